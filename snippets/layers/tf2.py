import tensorflow as tf

tf.keras.utils.set_random_seed(0)


# %% linear
# region constructor
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # endregion
        # region weights
        # weights parameter (random)
        self.w = self.add_weight(
            shape=(input_dim, units),
            initializer="random_normal",
        )
        # endregion
        # region bias
        # bias parameter (zero)
        self.b = self.add_weight(
            shape=(units,),
            initializer="zeros",
        )
        # endregion

    # region call
    def call(self, inputs):
        return inputs @ self.w + self.b

    # endregion


# %% use parity="shape, count"
# bill length and depth (mm) of three penguins
x_train = tf.constant(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)

# initialize linear layer
linear_layer = Linear(units=4, input_dim=2)
# builds the layer if need be, then call(x)
y = linear_layer(x_train)
shape = tuple(y.shape)
count = linear_layer.count_params()
print(shape, count)

# %% equal parity="y"
# length, depth, their mean, and a constant
w = [
    [1.0, 0.0, 0.5, 0.0],
    [0.0, 1.0, 0.5, 0.0],
]
b = [0.0, 0.0, 0.0, 1.0]

linear_layer.w.assign(w)
linear_layer.b.assign(b)

y = linear_layer(x_train)
print(y.numpy())

# %% spread
# how far apart the initial weights are
for input_dim in (25, 100, 400):
    w = Linear(1000, input_dim).w
    w = w.numpy()
    print(input_dim, w.std().round(2))
