import tensorflow as tf

x = tf.reshape(tf.range(32.0), [16, 2])
batches = tf.data.Dataset.from_tensor_slices(x).batch(4)
steps = tf.Variable(0)


# %% return_in_loop raises="NotImplementedError"
@tf.function
def train_step(dataset):
    for x in dataset:
        steps.assign_add(1)
        # a loop in a graph cannot be left half-way
        return tf.reduce_mean(x)


train_step(batches)


# %% return_at_once
# over a Python list nothing fails: the loop just ends
loss = train_step(list(batches))
print(steps.numpy(), "batch of", len(list(batches)))


# %% return_in_loop_mended
@tf.function
def train_step(x):
    steps.assign_add(1)
    return tf.reduce_mean(x)


steps.assign(0)
for x in batches:
    loss = train_step(x)
print(steps.numpy(), "batches of", len(list(batches)))
