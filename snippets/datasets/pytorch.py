"""Batches from TensorDataset and DataLoader."""

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

# %% data
n_samples, batch_size = 10, 4
x_train = torch.arange(n_samples, dtype=torch.float32)
y_train = x_train**2
sums = []

# %% slices
# create dataset
train_ds = TensorDataset(x_train, y_train)

# loop through batches
for start_idx in range(0, n_samples, batch_size):
    end_idx = start_idx + batch_size
    # one slice gives the inputs and the outputs
    xbatch, ybatch = train_ds[start_idx:end_idx]
    print(xbatch.numpy(), ybatch.numpy())

# %% batches parity="sums"
# create dataset
train_ds = TensorDataset(x_train, y_train)
# create dataloader
train_dl = DataLoader(train_ds, batch_size=batch_size)

# loop through batches
for xbatch, ybatch in train_dl:
    # do stuff
    print(xbatch.numpy(), ybatch.numpy())
    sums.append(ybatch.sum().item())

# %% collate
# pairs of arrays: the loader makes tensors of them
pairs = list(zip(np.arange(4), np.arange(4) ** 2))
for xbatch, ybatch in DataLoader(pairs, batch_size=2):
    print(xbatch, ybatch)
