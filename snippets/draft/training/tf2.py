import tensorflow as tf

model = tf.keras.layers.Dense(1, kernel_initializer="ones")
x, y = tf.constant([[1.0, 2.0]]), tf.constant([[5.0]])

# %% gradients raises="AttributeError"
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - y) ** 2)

# a tape has one method for this, and it is singular
grads = tape.gradients(loss, model.trainable_weights)

# %% gradients_mended
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - y) ** 2)

grads = tape.gradient(loss, model.trainable_weights)
for grad in grads:
    print(grad.numpy().ravel())
