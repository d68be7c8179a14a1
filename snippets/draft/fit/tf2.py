import tensorflow as tf

labels = tf.constant([0, 2])

# %% from_logits raises="TypeError"
# a squared error knows no logits
loss = tf.keras.losses.MeanSquaredError(from_logits=True)

# %% squared
loss = tf.keras.losses.MeanSquaredError()
# it names no class, and yet it is perfect: the label 2 was
# taken for the number 2, wanted from every class
logits = tf.constant([[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]])
print(loss(labels[:, None], logits).numpy())

# %% from_logits_mended
loss = tf.keras.losses.SparseCategoricalCrossentropy(
    from_logits=True,
)
print(loss(labels, logits).numpy().round(4), "= log 3")
