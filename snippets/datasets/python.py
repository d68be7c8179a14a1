"""Batches without any framework."""

import numpy as np

# %% data
n_samples, batch_size = 10, 4
x_train = np.arange(n_samples, dtype="float32")
y_train = x_train**2
sums = []

# %% batches parity="sums"
n_batches = (n_samples - 1) // batch_size + 1

for idx in range(n_batches):
    # get indices for batches
    start_idx = idx * batch_size
    end_idx = start_idx + batch_size
    # get subset from data
    xbatch = x_train[start_idx:end_idx]
    ybatch = y_train[start_idx:end_idx]
    # do stuff
    print(xbatch, ybatch)
    sums.append(float(ybatch.sum()))
