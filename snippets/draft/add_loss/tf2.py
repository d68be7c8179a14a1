import tensorflow as tf

tf.keras.utils.set_random_seed(0)
x = tf.constant([[0.0], [1.0], [2.0], [3.0]])
y = 2 * x
loss_fn = tf.keras.losses.MeanSquaredError()


# %% undefined raises="NameError"
class MLP(tf.keras.Layer):
    def __init__(self, units=32, reg=1e-3):
        super().__init__()
        self.linear = tf.keras.layers.Dense(units)
        self.reg = reg

    def call(self, inputs):
        x = self.linear(inputs)
        x = tf.nn.relu(x)
        # the tensor is called `x`
        self.add_loss(tf.reduce_sum(output**2) * self.reg)
        return x


MLP(1).call(x)


# %% undefined_mended
class MLP(tf.keras.Layer):
    def __init__(self, units=32, reg=1e-3):
        super().__init__()
        self.linear = tf.keras.layers.Dense(units)
        self.reg = reg

    def call(self, inputs):
        x = self.linear(inputs)
        x = tf.nn.relu(x)
        self.add_loss(tf.reduce_sum(x**2) * self.reg)
        return x


model = MLP(1)
model(x)
print(len(model.losses), "extra loss")

# %% broadcast
preds = MLP(32)(x)
# every truth is held against 32 predictions
loss = loss_fn(y, preds)
print(preds.shape, y.shape, loss.shape)

# %% broadcast_mended
preds = MLP(1)(x)
loss = loss_fn(y, preds)
print(preds.shape, y.shape, loss.shape)
