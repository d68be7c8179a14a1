"""A linear layer that grows by one part at a time."""

import tensorflow as tf


def size(layer):
    """How many numbers the layer can learn."""
    return sum(w.numpy().size for w in layer.weights)


# %% skeleton
class Linear(tf.keras.Layer):
    def __init__(self):
        super().__init__()
        # make parameters

    def call(self, inputs):
        # do stuff
        return inputs


# %% skeleton_size parity="parameters"
parameters = size(Linear())
print(parameters)


# %% constructor
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # make parameters

    def call(self, inputs):
        # do stuff
        return inputs


# %% constructor_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% weights
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        self.w = self.add_weight(
            shape=(input_dim, units),
            initializer="random_normal",
        )

    def call(self, inputs):
        # do stuff
        return inputs


# %% weights_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% bias
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        self.w = self.add_weight(
            shape=(input_dim, units),
            initializer="random_normal",
        )
        # bias parameter (zero)
        self.b = self.add_weight(
            shape=(units,),
            initializer="zeros",
        )

    def call(self, inputs):
        # do stuff
        return inputs


# %% bias_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% call
class Linear(tf.keras.Layer):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        self.w = self.add_weight(
            shape=(input_dim, units),
            initializer="random_normal",
        )
        # bias parameter (zero)
        self.b = self.add_weight(
            shape=(units,),
            initializer="zeros",
        )

    def call(self, inputs):
        return inputs @ self.w + self.b


# %% call_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)
