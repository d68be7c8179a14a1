"""Compile, fit, evaluate: the loop that comes with Keras."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import losses

# %% data
# three clouds of points, far enough from each other
rng = np.random.default_rng(0)
labels = np.arange(150) % 3
centers = np.array([[0, 3], [-3, -2], [3, -2]])
points = centers[labels] + rng.normal(size=(150, 2))
points = points.astype("float32")

dataset = tf.data.Dataset.from_tensor_slices(
    (points[:120], labels[:120]),
).batch(20)
test_dataset = tf.data.Dataset.from_tensor_slices(
    (points[120:], labels[120:]),
).batch(30)

# %% model
model = tf.keras.Sequential(
    [
        tf.keras.Input([2]),
        tf.keras.layers.Dense(8, activation="relu"),
        tf.keras.layers.Dense(3),
    ]
)
# both frameworks start from these weights
shapes = [(2, 8), (8,), (8, 3), (3,)]
weights = [rng.normal(scale=0.5, size=s) for s in shapes]
model.set_weights(weights)

# %% fit parity="test_loss, acc" rtol="1e-3"
# loss function
loss = losses.SparseCategoricalCrossentropy(from_logits=True)
# accuracy metrics
accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
# optimizer
optimizer = tf.keras.optimizers.Adam(learning_rate=0.02)
# put them together
model.compile(optimizer, loss=loss, metrics=[accuracy])
# Fit Model
model.fit(dataset, epochs=3, shuffle=False, verbose=0)
# Test Data
test_loss, acc = model.evaluate(test_dataset, verbose=0)
print(f"loss {test_loss:.3f}, accuracy {acc:.3f}")
