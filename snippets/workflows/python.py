"""Workflows: how you make a model against how you train it, and the people in between."""

# %% setup data="../figures.mplstyle"
from pathlib import Path

import matplotlib.pyplot as plt

plt.style.use(Path(__file__).parents[1] / "figures.mplstyle")

making = ["Sequential", "functional", "own layers", "own model"]
training = ["fit", "fit + callbacks", "train_on_batch", "own loop"]
users = [
    # who, what they want, where on the two axes, where the words stand
    ("User 1", "find huts", (0, 0), ("left", "top")),
    ("User 2", "shared weights,\ntwo inputs", (1, 1), ("left", "top")),
    ("User 3", "Bayesian layers,\nown loss", (3, 3), ("right", "bottom")),
]

# %% plane alt="A plane. To the right, four ways of making a model: Sequential, functional, own layers, own model. Upwards, four ways of training it: fit, fit with callbacks, train_on_batch, own loop. User 1, who wants to find huts, sits in the simple corner: Sequential and fit. User 2, who wants shared weights and two inputs, is one step along both: functional, and fit with callbacks. User 3, who wants Bayesian layers and a loss of their own, sits in the flexible corner: own model and own loop."
figure, axes = plt.subplots()
axes.plot([0, 3], [0, 3], color="C3", linewidth=26, alpha=0.25, solid_capstyle="round")
for name, wish, (x, y), (align, valign) in users:
    axes.scatter(x, y, s=900, color="C2", zorder=2)
    axes.text(x, y - 0.02, name[-1], color="white", weight="bold", size=20, ha="center", va="center")
    words = x + (0.16 if align == "left" else -0.16), y + (0.12 if valign == "top" else -0.12)
    axes.text(*words, f"{name}\n{wish}", color="C2", weight="bold", ha=align, va=valign)

axes.set_xticks(range(len(making)), making)
axes.set_yticks(range(len(training)), training)
axes.tick_params(pad=9)
axes.set_xlabel("making the model:  simple  →  flexible", weight="bold", labelpad=8)
axes.set_ylabel("training it:  simple  →  flexible", weight="bold", labelpad=8)
axes.set(xlim=(-0.4, 3.4), ylim=(-0.65, 3.8))
plt.show()
