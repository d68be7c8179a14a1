import math

import torch
from torch import nn

torch.manual_seed(0)


# %% linear
# region constructor
class Linear(nn.Module):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # endregion
        # region weights
        # weights parameter (random)
        w_init = torch.randn(input_dim, units)
        self.weights = nn.Parameter(
            w_init / math.sqrt(input_dim),
        )
        # endregion
        # region bias
        # bias parameter (zero)
        self.bias = nn.Parameter(
            torch.zeros(units),
        )
        # endregion

    # region call
    def forward(self, inputs):
        return inputs @ self.weights + self.bias

    # endregion


# %% use parity="shape, count"
# bill length and depth (mm) of three penguins
x_train = torch.tensor(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)

# initialize linear layer
linear_layer = Linear(units=4, input_dim=2)
# runs the hooks there are, and forward(x)
y = linear_layer(x_train)
shape = tuple(y.shape)
weights = linear_layer.parameters()
count = sum(w.numel() for w in weights)
print(shape, count)

# %% equal parity="y"
# length, depth, their mean, and a constant
w = [
    [1.0, 0.0, 0.5, 0.0],
    [0.0, 1.0, 0.5, 0.0],
]
b = [0.0, 0.0, 0.0, 1.0]

with torch.no_grad():
    linear_layer.weights[:] = torch.tensor(w)
    linear_layer.bias[:] = torch.tensor(b)
    y = linear_layer(x_train)
print(y.numpy())

# %% spread
# how far apart the initial weights are
for input_dim in (25, 100, 400):
    w = Linear(1000, input_dim).weights
    w = w.detach().numpy()
    print(input_dim, w.std().round(2))
