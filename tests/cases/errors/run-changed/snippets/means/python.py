# %% mean
from pathlib import Path

Path(__file__).write_text("print(2.0)\n")
