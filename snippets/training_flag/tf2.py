"""A layer may behave otherwise in training than in use."""

import tensorflow as tf


# %% layer
class Center(tf.keras.Layer):
    """Subtract the mean: the heart of batch norm."""

    def __init__(self):
        super().__init__()
        self.mean = self.add_weight(
            shape=(),
            initializer="zeros",
            trainable=False,
        )

    # region mode
    def call(self, x, training=False):
        if training:
            # do training stuff: the batch's mean
            mean = tf.reduce_mean(x)
            learned = 0.5 * self.mean + 0.5 * mean
            self.mean.assign(learned)
        else:
            # do inference stuff: the learned mean
            mean = self.mean
        return x - mean

    # endregion


# %% modes parity="trained, used"
center = Center()
x = tf.constant([3.0, 4.0, 5.0])
# inference is the default
print("inference", center(x).numpy())
trained = center(x, training=True).numpy()
print("training ", trained)
# the layer has learned half of the way to 4
used = center(x, training=False).numpy()
print("inference", used)
