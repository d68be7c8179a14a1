import tensorflow as tf
from tensorflow.keras import layers

# %% shape raises="ValueError"
inputs = tf.keras.Input([28, 28])
# a layer that flattens needs no shape
x = layers.Flatten(shape=(28, 28))(inputs)

# %% skipped
inputs = tf.keras.Input([28, 28])
x = layers.Flatten()(inputs)
# called on `inputs`, so nothing is flattened
x = layers.Dense(512, activation="relu")(inputs)
x = layers.Dense(10, activation="softmax")(x)
model = tf.keras.Model(inputs, x)
print(model.output_shape, f"{model.count_params():,}")

# %% skipped_mended
inputs = tf.keras.Input([28, 28])
x = layers.Flatten()(inputs)
x = layers.Dense(512, activation="relu")(x)
x = layers.Dense(10, activation="softmax")(x)
model = tf.keras.Model(inputs, x)
print(model.output_shape, f"{model.count_params():,}")
