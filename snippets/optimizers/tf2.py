"""An optimizer moves the weights against their gradients."""

import tensorflow as tf

# %% sgd parity="path"
w = tf.Variable(3.0)
optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)

path = []
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = w**2
    # the optimizer meets the weights with their gradients
    optimizer.apply([tape.gradient(loss, w)], [w])
    path.append(float(w))
print(" ".join(f"{each:.4f}" for each in path))

# %% adam parity="path"
w = tf.Variable(3.0)
optimizer = tf.keras.optimizers.Adam(learning_rate=0.1)

path = []
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = w**2
    # the optimizer meets the weights with their gradients
    optimizer.apply([tape.gradient(loss, w)], [w])
    path.append(float(w))
print(" ".join(f"{each:.4f}" for each in path))
