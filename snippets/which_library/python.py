"""Which library? Lines of this talk's own snippets that do not name theirs."""

# %% setup data="../figures.mplstyle"
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt

snippets = Path(__file__).parents[1]
plt.style.use(snippets / "figures.mplstyle")


# %% excerpts data="../layers/pytorch.py ../layers/tf2.py ../training/pytorch.py ../training/tf2.py"
def two_lines(module, second):
    """A line of a module and the one that starts with `second` after it, comments left out."""
    source = (snippets / module).read_text(encoding="utf-8").splitlines()
    code = [line for line in source if not line.lstrip().startswith("#")]
    number = [line.lstrip().startswith(second) for line in code].index(True)
    return textwrap.dedent("\n".join(code[number - 1 : number + 1]))


excerpts = {
    "A": two_lines("layers/pytorch.py", "return inputs @"),
    "B": two_lines("training/tf2.py", "loss = loss_fn"),
    "C": two_lines("layers/tf2.py", "return inputs @"),
    "D": two_lines("training/pytorch.py", "loss = loss_fn"),
}

# %% game alt="Four pieces of code, two lines each, none of which names its library. A defines forward, which returns inputs @ self.weights + self.bias. B calls model(x, training=True) and then loss_fn(y, preds), the truth first. C defines call, which returns inputs @ self.w + self.b. D calls model(x) and then loss_fn(preds, y), the truth last."
figure, axes = plt.subplots(figsize=(10, 4.6))
for row, (letter, code) in enumerate(excerpts.items()):
    axes.text(0, -row, letter, size=34, weight="bold", color="C2", va="center")
    axes.text(0.09, -row, code, size=20, family="DejaVu Sans Mono", linespacing=1.5, va="center")
    axes.axhline(-row - 0.5, color="C3", linewidth=1.5, visible=row < len(excerpts) - 1)
axes.set(ylim=(0.5 - len(excerpts), 0.5))
axes.axis("off")
plt.show()
