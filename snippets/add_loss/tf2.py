"""A layer adds a loss of its own while it is called."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

# %% data
rng = np.random.default_rng(15)
x_train = rng.normal(size=(256, 2)).astype("float32")
y_train = 2 * x_train[:, :1] - x_train[:, 1:] + 0.5
y_train = np.maximum(y_train, 0)

dataset = tf.data.Dataset.from_tensor_slices(
    (x_train, y_train),
)
dataset = dataset.batch(32)


# %% layer
class MLP(tf.keras.Layer):
    def __init__(self, units=32, reg=1e-3):
        super().__init__()
        self.linear = layers.Dense(units)
        self.reg = reg

    def call(self, inputs):
        x = self.linear(inputs)
        x = tf.nn.relu(x)
        # add loss during the call
        extra = self.reg * tf.reduce_sum(x**2)
        self.add_loss(extra)
        return x


# %% model
model = MLP(1)
model(x_train)
# both frameworks start from these weights
w, b = np.float32([[0.1], [0.2]]), np.float32([0])
model.set_weights([w, b])

loss_fn = tf.keras.losses.MeanSquaredError()
optimizer = tf.keras.optimizers.Adam(learning_rate=0.4)
losses = []

# %% loop parity="losses" rtol="1e-4"
for x, y in dataset:
    with tf.GradientTape() as tape:
        # predictions for minibatch
        preds = model(x, training=True)
        # loss value for minibatch
        loss = loss_fn(y, preds)
        # extra losses
        loss += sum(model.losses)
    # find gradients
    grads = tape.gradient(loss, model.trainable_weights)
    # apply optimization
    optimizer.apply(grads, model.trainable_weights)
    losses.append(float(loss))
print(np.round(losses, 3))

# %% learned parity="weights" rtol="1e-4"
weights = np.concatenate(model.get_weights(), axis=None)
print(weights.round(3))
