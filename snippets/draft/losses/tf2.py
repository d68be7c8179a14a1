import tensorflow as tf

# %% no_such_loss raises="AttributeError"
# this name is PyTorch's
loss_fn = tf.keras.losses.MSELoss()

# %% no_such_loss_mended
loss_fn = tf.keras.losses.MeanSquaredError()
print(loss_fn([[0.0]], [[2.0]]).numpy())
