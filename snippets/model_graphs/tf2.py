"""Model graphs: any functional Keras model, drawn from what the model says of itself."""

# %% setup data="../figures.mplstyle"
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import tensorflow as tf
from tensorflow.keras import ops

snippets = Path(__file__).parents[1]
plt.style.use(snippets / "figures.mplstyle")
BOX = {"boxstyle": "round,pad=0.6", "facecolor": "#fdeee0", "edgecolor": "C0", "linewidth": 3}
ARROW = {"arrowstyle": "-|>", "linewidth": 3, "color": "C3", "mutation_scale": 25}


# %% draw
def sources(node):
    """The names of the layers whose outputs a node of the model's configuration takes in."""
    if isinstance(node, dict):
        history = node.get("keras_history")
        return [history[0]] if history else sources(list(node.values()))
    return [name for part in node for name in sources(part)] if isinstance(node, list | tuple) else []


def draw(model, size):
    """Draw each layer as a box with its output's shape, to the right of those it takes its inputs from."""
    arrows = {layer["name"]: sources(layer["inbound_nodes"]) for layer in model.get_config()["layers"]}
    column = {}
    for name, before in arrows.items():  # a model lists its layers after their sources
        column[name] = max((column[source] + 1 for source in before), default=0)

    _, axes = plt.subplots(figsize=size)
    boxes = {}
    for layer in model.operations:
        x = column[layer.name]
        beside = [name for name in column if column[name] == x]
        y = (len(beside) - 1) / 2 - beside.index(layer.name)
        text = f"{layer.name}\n{layer.output.shape[1:]}"
        boxes[layer.name] = axes.text(x, y, text, size=19, ha="center", va="center", linespacing=1.4, bbox=BOX)
    for name, before in arrows.items():
        for source in before:
            ends = {"patchA": boxes[source].get_bbox_patch(), "patchB": boxes[name].get_bbox_patch()}
            axes.annotate("", boxes[name].get_position(), boxes[source].get_position(), arrowprops=ARROW | ends)
    axes.set(xlim=(-0.5, max(column.values()) + 0.5), ylim=(-1, 1))
    axes.axis("off")
    plt.show()


# %% models data="../functional/tf2.py ../branches/tf2.py"
digits = runpy.run_path(snippets / "functional" / "tf2.py")["model"]
branches = runpy.run_path(snippets / "branches" / "tf2.py")["model"]

# %% hypotenuse alt="A graph, from left to right. Two inputs, a and b, each lead to a box named square. Both squares lead to add, and add leads to sqrt. Every box has the shape (), a single number."
# a placeholder for each input
a = tf.keras.Input((), name="a")
b = tf.keras.Input((), name="b")
# what is done to them is noted down
c = ops.sqrt(ops.square(a) + ops.square(b))
# the graph from the inputs to the output
hypotenuse = tf.keras.Model([a, b], c)

draw(hypotenuse, size=(10, 3.6))

# %% digits alt="A chain of five boxes with the shapes of their outputs: input_layer (28, 28), flatten (784,), dense (512,), dropout (512,), dense_1 (10,)."
draw(digits, size=(10, 2.2))

# %% branches alt="A graph, from left to right. Two inputs, left and right, of shape (4,), both lead to one box named shared, (3,). It leads to both, (6,), which joins its two outputs. From there one arrow leads to score, (1,), and one to label, (2,)."
draw(branches, size=(10, 3.6))
