import tensorflow as tf

tf.keras.utils.set_random_seed(0)

# bill length and depth (mm) of a penguin
x = tf.constant([[39.1, 18.7]])


# %% no_units raises="AttributeError"
class Linear(tf.keras.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
        )

    def call(self, inputs):
        return tf.matmul(inputs, self.w)


Linear()(x)


# %% no_units_mended
class MendedLinear(Linear):
    def __init__(self, units=32):
        super().__init__()
        self.units = units


print(MendedLinear(units=4)(x).shape)

# %% unbuilt raises="AttributeError"
# "same thing as linear_layer(x)": not before it is built
linear_layer = MendedLinear(units=4)
linear_layer.call(x)

# %% unbuilt_mended
# builds first, then calls linear_layer.call(x)
print(linear_layer(x).shape)
