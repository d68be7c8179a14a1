import tensorflow as tf

# bill length and depth (mm) of a penguin
x = tf.constant([[39.1, 18.7]])


# %% recursion raises="RecursionError" output="any"
class Linear(tf.keras.Layer):
    def __init__(self, units=32):
        super().__init__()
        # not the layer of before: this class, for ever
        self.linear = Linear(units)

    def call(self, inputs):
        return self.linear(inputs)


Linear(units=1)


# %% recursion_mended
class LinearRegression(tf.keras.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.linear = tf.keras.layers.Dense(units)

    def call(self, inputs):
        return self.linear(inputs)


print(LinearRegression(units=1)(x).shape)


# %% unbound raises="UnboundLocalError"
class LinearBlock(tf.keras.Layer):
    def __init__(self):
        super().__init__()
        self.lin_1 = tf.keras.layers.Dense(32)
        self.lin_2 = tf.keras.layers.Dense(1)

    def call(self, inputs):
        x = self.lin_1(x)
        return self.lin_2(x)


LinearBlock()(x)


# %% unbound_mended
class MendedBlock(LinearBlock):
    def call(self, inputs):
        x = self.lin_1(inputs)
        return self.lin_2(x)


print(MendedBlock()(x).shape)
