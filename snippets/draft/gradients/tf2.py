import tensorflow as tf

a = tf.Variable([3.0, 8.0])
b = tf.Variable([4.0, 6.0])

# %% eager raises="RuntimeError"
c = tf.sqrt(tf.square(a) + tf.square(b))
dc_da, dc_db = tf.gradients(c, [a, b])

# %% eager_mended
with tf.GradientTape() as tape:
    c = tf.sqrt(tf.square(a) + tf.square(b))

dc_da, dc_db = tape.gradient(c, [a, b])
print(dc_da.numpy(), dc_db.numpy())

# %% wrong_tape raises="RuntimeError"
with tf.GradientTape() as outer_tape:
    with tf.GradientTape() as inner_tape:
        c = tf.sqrt(tf.square(a) + tf.square(b))
        # `tape` is the last cell's, and has served
        dc_da = tape.gradient(c, a)
    d2c_da2 = outer_tape.gradient(dc_da, a)

# %% wrong_tape_mended
with tf.GradientTape() as outer_tape:
    with tf.GradientTape() as inner_tape:
        c = tf.sqrt(tf.square(a) + tf.square(b))
    dc_da = inner_tape.gradient(c, a)

d2c_da2 = outer_tape.gradient(dc_da, a)
print(d2c_da2.numpy())

# %% unwatched
b = tf.constant([4.0, 6.0])
with tf.GradientTape() as tape:
    c = tf.sqrt(tf.square(a) + tf.square(b))

# nobody watched the constant
print(tape.gradient(c, b))

# %% unwatched_mended
with tf.GradientTape() as tape:
    tape.watch(b)
    c = tf.sqrt(tf.square(a) + tf.square(b))

print(tape.gradient(c, b).numpy())
