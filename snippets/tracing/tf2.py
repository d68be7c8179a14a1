"""A graph is made from Python once, then runs without it."""

from timeit import timeit

import tensorflow as tf


# %% trace parity="c"
@tf.function
def hypotenuse(a, b):
    # Python runs only while the graph is made
    print("tracing")
    return tf.sqrt(tf.square(a) + tf.square(b))


a, b = tf.constant(3.0), tf.constant(4.0)
for _ in range(3):
    c = hypotenuse(a, b).numpy()
    print(c)

# %% ops
graph = hypotenuse.get_concrete_function(a, b).graph
for op in graph.get_operations():
    print(op.name, "<-", *(i.op.name for i in op.inputs))


# %% timing output="any"
def steps(x):
    for _ in range(100):
        x = tf.sin(x)
    return x


compiled = tf.function(steps)
# the first call makes the graph
compiled(a)

eager = timeit(lambda: steps(a), number=20)
graph = timeit(lambda: compiled(a), number=20)
print(f"a graph is {eager / graph:.1f} times as fast")
