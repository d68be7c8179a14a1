import tensorflow as tf

tf.random.set_seed(0)

# %% constant parity="x"
# create constant
x = tf.constant([[5, 2], [1, 3]])
print(x)

# %% filled parity="t_ones, t_zeros"
# create ones tensor
t_ones = tf.ones(shape=(2, 1))
print(t_ones)

# create zeros tensor
t_zeros = tf.zeros(shape=(2, 1))
print(t_zeros)

# %% random
# bell-shaped: most values lie near the mean
normal = tf.random.normal((2, 2), stddev=1.0)
print(normal.numpy().round(2))

# flat: every value in the range is as likely
uniform = tf.random.uniform((2, 2), maxval=10)
print(uniform.numpy().round(2))
