"""A loss says in one number how wrong the predictions are."""

import tensorflow as tf
from tensorflow.keras import losses

# %% data
y_true = tf.constant([[1.0], [2.0], [3.0]])
y_pred = tf.constant([[1.5], [2.0], [2.0]])

# %% mse parity="loss"
# example loss function
loss_fn = tf.keras.losses.MeanSquaredError()
# the truth first
loss = loss_fn(y_true, y_pred)
print(f"loss {loss:.4f}")

# %% cross_entropy parity="loss"
labels = tf.constant([0, 2])
logits = tf.constant(
    [[2.0, 0.5, 0.1], [0.3, 0.2, 3.0]],
)
# classes are numbers, predictions are logits
loss_fn = losses.SparseCategoricalCrossentropy(
    from_logits=True,
)
# the truth first
loss = loss_fn(labels, logits)
print(f"loss {loss:.4f}")
