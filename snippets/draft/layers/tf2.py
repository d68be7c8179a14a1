import tensorflow as tf

tf.keras.utils.set_random_seed(0)

# bill length and depth (mm) of a penguin
x = tf.constant([[39.1, 18.7]])


# %% no_call raises="NotImplementedError"
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()


Linear(units=4, input_dim=2)(x)


# %% untracked
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        w_init = tf.random_normal_initializer()
        self.w = tf.Variable(
            initial_value=w_init((input_dim, units)),
            trainable=True,
        )


# Keras sees no variable, so `fit` moves none
linear_layer = Linear(units=4, input_dim=2)
print(linear_layer.trainable_weights)


# %% untracked_mended
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        self.w = self.add_weight(
            shape=(input_dim, units),
            initializer="random_normal",
            trainable=True,
        )


linear_layer = Linear(units=4, input_dim=2)
for w in linear_layer.trainable_weights:
    print(tuple(w.shape))


# %% no_self raises="NameError"
class LinearWithBias(Linear):
    def __init__(self, units=32, input_dim=32):
        super().__init__(units, input_dim)
        self.b = self.add_weight((units,), "zeros")

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + b


LinearWithBias(units=4, input_dim=2)(x)


# %% no_self_mended
class MendedLinear(LinearWithBias):
    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


print(MendedLinear(units=4, input_dim=2)(x).shape)
