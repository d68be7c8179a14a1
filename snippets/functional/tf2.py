"""A functional model: layers called on each other's outputs."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

# %% model parity="parameters"
inputs = tf.keras.Input([28, 28])
# input checks
x = layers.Flatten()(inputs)
# Layer 1
x = layers.Dense(512, activation="relu")(x)
# Layer 2
x = layers.Dropout(0.2)(x)
# outputs
outputs = layers.Dense(10, activation="softmax")(x)
# create model class
model = tf.keras.Model(inputs, outputs)

parameters = model.count_params()
print(f"{parameters:,} parameters")

# %% equal parity="probabilities"
# both frameworks get these images and weights
rng = np.random.default_rng(0)
images = rng.uniform(size=(16, 28, 28)).astype("float32")
labels = rng.integers(10, size=16)
shapes = [(784, 512), (512,), (512, 10), (10,)]
weights = [rng.normal(scale=0.05, size=s) for s in shapes]

model.set_weights(weights)
probabilities = model(images).numpy()
print(probabilities[0].round(2))

# %% compile parity="loss, accuracy"
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
loss, accuracy = model.evaluate(images, labels, verbose=0)
print(f"loss {loss:.4f}, accuracy {accuracy}")

# %% graph
for layer in model.layers:
    print(f"{layer.name:12} {layer.output.shape}")
