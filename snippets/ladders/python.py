"""Ladders: from the simple way to the flexible one, a rung at a time."""

# %% setup data="../figures.mplstyle"
from pathlib import Path

import matplotlib.pyplot as plt

plt.style.use(Path(__file__).parents[1] / "figures.mplstyle")


def ladder(rungs, colour):
    """Draw a staircase of rungs: the name of each, and above it what you write yourself from there on."""
    _, axes = plt.subplots()
    for place, (name, yours) in enumerate(rungs):
        height = place + 1
        axes.bar(place, height, width=0.97, color=colour)
        axes.text(place, height - 0.17, name, color="white", weight="bold", size=19, ha="center", va="top")
        axes.text(place, height + 0.12, yours, ha="center", va="bottom")
    axes.text(-0.48, len(rungs) + 0.9, "What you write yourself:", weight="bold", size=19, va="top")
    axes.set(xlim=(-0.5, len(rungs) - 0.5), ylim=(0, len(rungs) + 0.9), xticks=[], yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlabel("simple  →  flexible", weight="bold", size=19, labelpad=10)
    plt.show()


# %% making alt="A staircase from simple to flexible that says what you write yourself on each step. Sequential: a list of layers. Functional: a graph of layers. Own layers: what a layer computes. Own model: how it all fits together."
ladder(
    [
        ("Sequential", "a list\nof layers"),
        ("functional", "a graph\nof layers"),
        ("own layers", "what a layer\ncomputes"),
        ("own model", "how it all\nfits together"),
    ],
    colour="C2",
)

# %% training alt="A staircase from simple to flexible that says what you write yourself on each step. fit: the data. Callbacks: what happens between epochs. train_on_batch: the loop over batches. Own loop: gradients and updates."
ladder(
    [
        ("fit", "the data"),
        ("callbacks", "what happens\nbetween epochs"),
        ("train_on_batch", "the loop\nover batches"),
        ("own loop", "gradients\nand updates"),
    ],
    colour="C0",
)
