"""Batches from tf.data: dataset and loader in one."""

import numpy as np
import tensorflow as tf

# %% data
n_samples, batch_size = 10, 4
x_train = np.arange(n_samples, dtype="float32")
y_train = x_train**2
sums = []

# %% batches parity="sums"
# create dataset
train_ds = tf.data.Dataset.from_tensor_slices(
    (x_train, y_train),
)
# create dataloader
train_dl = train_ds.batch(batch_size)

# loop through batches
for xbatch, ybatch in train_dl:
    # do stuff
    print(xbatch.numpy(), ybatch.numpy())
    sums.append(float(ybatch.numpy().sum()))
