"""An optimizer moves the weights against their gradients."""

import tensorflow as tf

# %% sgd parity="path"
w = tf.Variable(3.0)
# example optimizer
optimizer = tf.keras.optimizers.SGD(0.1)

path = []
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = w**2
    grad = tape.gradient(loss, w)
    # it meets the weights here
    optimizer.apply([grad], [w])
    path.append(float(w))
print([round(w, 4) for w in path])

# %% adam parity="path"
w = tf.Variable(3.0)
# example optimizer
optimizer = tf.keras.optimizers.Adam(0.1)

path = []
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = w**2
    grad = tape.gradient(loss, w)
    # it meets the weights here
    optimizer.apply([grad], [w])
    path.append(float(w))
print([round(w, 4) for w in path])
