"""Two inputs, a layer that both share, and two outputs."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

# %% model parity="parameters"
left = tf.keras.Input([4], name="left")
right = tf.keras.Input([4], name="right")
# one layer, called twice: its weights are shared
shared = layers.Dense(3, activation="relu", name="shared")
both = layers.Concatenate(name="both")(
    [shared(left), shared(right)],
)
# two outputs
score = layers.Dense(1, name="score")(both)
label = layers.Dense(2, name="label")(both)
model = tf.keras.Model([left, right], [score, label])

parameters = model.count_params()
print(f"{parameters} parameters")

# %% equal parity="scores, logits"
# both frameworks get these inputs and weights
rng = np.random.default_rng(0)
a, b = rng.normal(size=(2, 3, 4)).astype("float32")
shapes = [(4, 3), (3,), (6, 1), (1,), (6, 2), (2,)]
weights = [rng.normal(size=s) for s in shapes]

model.set_weights(weights)
scores, logits = model([a, b])
print(scores.numpy().round(3))
print(logits.numpy().round(3))

# %% graph
for layer in model.layers:
    print(layer.name, layer.count_params())
