import tensorflow as tf

# %% function parity="dc_da, dc_db"
a = tf.constant([3.0, 8.0])
b = tf.constant([4.0, 6.0])


@tf.function
def gradients(a, b):
    c = tf.sqrt(a**2 + b**2)
    # calculate multiple gradients
    return tf.gradients(c, [a, b])


dc_da, dc_db = gradients(a, b)
print(dc_da.numpy(), dc_db.numpy())

# %% tape parity="dc_da"
# init variables
a = tf.Variable([3.0, 8.0])
b = tf.Variable([4.0, 6.0])

# define gradient scope
with tf.GradientTape() as tape:
    # do operation
    c = tf.sqrt(a**2 + b**2)

# extract gradients ( dc/da )
dc_da = tape.gradient(c, a)
print(dc_da.numpy())

# %% nested parity="dc_da, d2c_da2"
# init variables
a = tf.Variable([3.0, 8.0])
b = tf.Variable([4.0, 6.0])
# define gradient scopes
with tf.GradientTape() as outer_tape:
    with tf.GradientTape() as inner_tape:
        # do operation
        c = tf.sqrt(a**2 + b**2)
    # extract gradients ( dc/da )
    dc_da = inner_tape.gradient(c, a)
# extract gradients ( d2c/da2 )
d2c_da2 = outer_tape.gradient(dc_da, a)
print(dc_da.numpy(), d2c_da2.numpy())
