import tensorflow as tf

tf.keras.utils.set_random_seed(0)


# %% linear
class Linear(tf.keras.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units

    # region build
    def build(self, input_shape):
        # Weights variable
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            trainable=True,
        )
        # Bias variable
        self.b = self.add_weight(
            shape=(self.units,),
            initializer="zeros",
            trainable=True,
        )

    # endregion

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


# %% use parity="shape"
# bill length and depth (mm) of three penguins
x_train = tf.constant(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)

# initialize linear layer (without input dims)
linear_layer = Linear(units=4)
print(linear_layer.trainable_weights)
# internally -> build(x_train.shape), then call
y = linear_layer(x_train)
shape = tuple(linear_layer.w.shape)
print(shape)
