"""The same training step, captured once as a graph."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# %% data
rng = np.random.default_rng(15)
x_train = rng.normal(size=(256, 2)).astype("float32")
y_train = 2 * x_train[:, :1] - x_train[:, 1:] + 0.5
y_train = np.maximum(y_train, 0)

dataset = TensorDataset(
    torch.tensor(x_train),
    torch.tensor(y_train),
)
dataset = DataLoader(dataset, batch_size=32)


# %% layer
class MLP(nn.Module):
    def __init__(self, units=32, reg=1e-3):
        super().__init__()
        self.linear = nn.LazyLinear(units)
        self.reg = reg

    def forward(self, inputs):
        x = self.linear(inputs)
        x = torch.relu(x)
        # the loss leaves with the output
        extra = self.reg * torch.sum(x**2)
        return x, extra


# %% model
model = MLP(1)
# both frameworks start from these weights
w, b = torch.tensor([[0.1, 0.2]]), torch.zeros(1)
model.linear.load_state_dict({"weight": w, "bias": b})

loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.4)
losses = []


# %% step
# the model as a graph
graph = torch.compile(model, backend="eager")


def train_step(x, y):
    # initialize gradients
    optimizer.zero_grad()
    # predictions for minibatch
    preds, extra = graph(x)
    # loss value for minibatch
    loss = loss_fn(preds, y)
    loss += extra
    # find gradients
    loss.backward()
    # apply optimization
    optimizer.step()
    return loss


# %% loop parity="losses" rtol="1e-4"
# loop through batches
for x, y in dataset:
    loss = train_step(x, y)
    losses.append(loss.item())

print(np.round(losses, 3))

# %% learned parity="weights" rtol="1e-4"
weights = nn.utils.parameters_to_vector(model.parameters())
weights = weights.detach().numpy()
print(weights.round(3))
