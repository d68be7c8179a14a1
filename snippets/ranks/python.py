"""Ranks: how many indices it takes to name one number."""

# %% setup data="../figures.mplstyle"
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

plt.style.use(Path(__file__).parents[1] / "figures.mplstyle")

# %% arrays
arrays = {
    "scalar": np.array(5),
    "vector": np.array([5, 2]),
    "matrix": np.array([[5, 2], [1, 3]]),
    "tensor": np.array([[[5, 2], [1, 3]], [[0, 4], [7, 6]], [[8, 1], [9, 2]]]),
}
DEPTH = 0.42  # how far, in squares, one matrix of a tensor stands behind the next


# %% ranks alt="Four arrays drawn as squares with numbers in them. Rank 0, a scalar, shape (): one square. Rank 1, a vector, shape (2,): two squares in a row. Rank 2, a matrix, shape (2, 2): two rows of two. Rank 3, a tensor, shape (3, 2, 2): three such matrices, one behind the other."
def draw(axes, array):
    """Draw each number as a square: the last index to the right, the one before downwards, the first into the depth."""
    matrices = array.reshape((-1, *np.atleast_2d(array).shape[-2:]))
    for depth, matrix in reversed(list(enumerate(matrices))):
        for (row, column), number in np.ndenumerate(matrix):
            corner = column + DEPTH * depth, -row + DEPTH * depth
            axes.add_patch(plt.Rectangle(corner, 1, 1, facecolor="#dcebf8", edgecolor="C2", linewidth=4))
            if depth == 0:
                axes.text(column + 0.5, 0.47 - row, number, size=34, ha="center", va="center")
    return matrices.shape[2] + DEPTH * (len(matrices) - 1)


figure, panels = plt.subplots(1, len(arrays), width_ratios=[1.7, 2.2, 2.2, 3])
for axes, (name, array) in zip(panels, arrays.items(), strict=True):
    width = draw(axes, array)
    axes.text(width / 2, 2.2, f"rank {array.ndim}\n{name}", size=20, weight="bold", ha="center")
    axes.text(width / 2, -1.3, f"shape\n{array.shape}", size=20, ha="center", va="top")
    axes.set(xlim=(min(-0.05, width / 2 - 0.85), max(width + 0.05, width / 2 + 0.85)), ylim=(-2.3, 3.1), aspect="equal")
    axes.axis("off")
plt.show()
