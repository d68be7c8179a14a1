"""The full training loop, written out."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# %% data
rng = np.random.default_rng(15)
x_train = rng.normal(size=(256, 2)).astype("float32")
y_train = 2 * x_train[:, :1] - x_train[:, 1:] + 0.5

dataset = TensorDataset(
    torch.tensor(x_train),
    torch.tensor(y_train),
)
dataset = DataLoader(dataset, batch_size=32)

# %% model
model = nn.Linear(2, 1)
# both frameworks start from these weights
w, b = torch.tensor([[0.1, 0.2]]), torch.zeros(1)
model.load_state_dict({"weight": w, "bias": b})

loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
losses = []

# %% loop parity="losses"
# loop through batches
for x, y in dataset:
    # initialize gradients
    optimizer.zero_grad()
    # predictions for minibatch
    preds = model(x)
    # loss value for minibatch
    loss = loss_fn(preds, y)
    # find gradients
    loss.backward()
    # apply optimization
    optimizer.step()
    losses.append(loss.item())
print(np.round(losses, 3))

# %% learned parity="weights"
weights = nn.utils.parameters_to_vector(model.parameters())
weights = weights.detach().numpy()
print(weights.round(3), "for [2 -1 0.5]")
