# %% sum
import tensorflow as tf

values = tf.constant([1.0, 2.0, 3.0])
print(tf.reduce_sum(values).numpy())

# %% scaled
scaled = values * 2
print(scaled.numpy())
