"""The full training loop, written out."""

import numpy as np
import tensorflow as tf

# %% data
rng = np.random.default_rng(15)
x_train = rng.normal(size=(256, 2)).astype("float32")
y_train = 2 * x_train[:, :1] - x_train[:, 1:] + 0.5

dataset = tf.data.Dataset.from_tensor_slices(
    (x_train, y_train),
)
dataset = dataset.batch(32)

# %% model
model = tf.keras.Sequential(
    [tf.keras.Input([2]), tf.keras.layers.Dense(1)],
)
# both frameworks start from these weights
w, b = np.float32([[0.1], [0.2]]), np.float32([0])
model.set_weights([w, b])

loss_fn = tf.keras.losses.MeanSquaredError()
optimizer = tf.keras.optimizers.SGD(learning_rate=0.2)
losses = []

# %% loop parity="losses"
# loop through batches
for x, y in dataset:
    with tf.GradientTape() as tape:
        # predictions for minibatch
        preds = model(x, training=True)
        # loss value for minibatch
        loss = loss_fn(y, preds)
    # find gradients
    grads = tape.gradient(loss, model.trainable_weights)
    # apply optimization
    optimizer.apply(grads, model.trainable_weights)
    losses.append(float(loss))
print(np.round(losses, 3))

# %% learned parity="weights"
weights = np.concatenate(model.get_weights(), axis=None)
print(weights.round(3), "for [2 -1 0.5]")
