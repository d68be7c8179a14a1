import numpy as np
import torch
from torch.utils.data import TensorDataset

batch_size = 4
x_train = np.arange(10, dtype="float32")
y_train = x_train**2

# %% arrays raises="TypeError"
# it takes tensors, and converts nothing
train_ds = TensorDataset(x_train, y_train)

# %% arrays_mended
train_ds = TensorDataset(
    torch.from_numpy(x_train),
    torch.from_numpy(y_train),
)
print(train_ds[2:4])

# %% unpack raises="TypeError"
# a range gives one number at a time
for start_idx, end_idx in range(batch_size):
    xbatch, ybatch = train_ds[start_idx:end_idx]

# %% unpack_mended
for start_idx in range(0, len(train_ds), batch_size):
    end_idx = start_idx + batch_size
    xbatch, ybatch = train_ds[start_idx:end_idx]
    print(start_idx, xbatch.numpy())
