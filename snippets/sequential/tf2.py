"""A sequential model: a list of layers, one after the other."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

# %% model
model = tf.keras.Sequential(
    [
        layers.Dense(256, activation="relu"),
        layers.Dense(256, activation="relu"),
        layers.Dense(10),
    ]
)

# %% build parity="parameters"
# 28 x 28 pixels in a row: the first call makes the weights
images = np.zeros((2, 784), "float32")
model(images)

parameters = model.count_params()
print(f"{parameters:,} parameters")

# %% equal parity="logits"
# both frameworks get these images and weights
rng = np.random.default_rng(0)
images = rng.uniform(size=(2, 784)).astype("float32")
sizes = [(784, 256), (256,), (256, 256), (256,), (256, 10)]
weights = [rng.normal(0, 0.05, s) for s in [*sizes, (10,)]]

model.set_weights(weights)
logits = model(images).numpy()
print(logits[:, :5].round(3))
