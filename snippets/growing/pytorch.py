"""A linear layer that grows by one part at a time."""

import math

import torch
from torch import nn


def size(layer):
    """How many numbers the layer can learn."""
    return sum(w.numel() for w in layer.parameters())


# %% skeleton
class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        # make parameters

    def forward(self, inputs):
        # do stuff
        return inputs


# %% skeleton_size parity="parameters"
parameters = size(Linear())
print(parameters)


# %% constructor
class Linear(nn.Module):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # make parameters

    def forward(self, inputs):
        # do stuff
        return inputs


# %% constructor_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% weights
class Linear(nn.Module):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        w_init = torch.randn(input_dim, units)
        self.weights = nn.Parameter(
            w_init / math.sqrt(input_dim),
        )

    def forward(self, inputs):
        # do stuff
        return inputs


# %% weights_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% bias
class Linear(nn.Module):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        w_init = torch.randn(input_dim, units)
        self.weights = nn.Parameter(
            w_init / math.sqrt(input_dim),
        )
        # bias parameter (zero)
        self.bias = nn.Parameter(
            torch.zeros(units),
        )

    def forward(self, inputs):
        # do stuff
        return inputs


# %% bias_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)


# %% call
class Linear(nn.Module):
    def __init__(self, units=32, input_dim=32):
        super().__init__()
        # weights parameter (random)
        w_init = torch.randn(input_dim, units)
        self.weights = nn.Parameter(
            w_init / math.sqrt(input_dim),
        )
        # bias parameter (zero)
        self.bias = nn.Parameter(
            torch.zeros(units),
        )

    def forward(self, inputs):
        return inputs @ self.weights + self.bias


# %% call_size parity="parameters"
parameters = size(Linear(4, 2))
print(parameters)
