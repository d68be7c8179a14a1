import tensorflow as tf

# %% create parity="a"
# set initial value
initial_value = [1.0, 2.0]

# set variable
a = tf.Variable(initial_value)
print(a)

# %% update parity="assigned, added, subtracted"
# new value
b = tf.constant([10.0, 20.0])
# set value
assigned = a.assign(b).numpy().tolist()
print(assigned)
# increment (a + b)
added = a.assign_add(b).numpy().tolist()
print(added)
# decrement (a - b)
subtracted = a.assign_sub(b).numpy().tolist()
print(subtracted)
