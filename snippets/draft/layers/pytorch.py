import torch
from torch import nn

torch.manual_seed(0)


# %% untracked
class Linear(nn.Module):
    def __init__(self, units, input_dim):
        super().__init__()
        self.weights = torch.randn(
            (input_dim, units),
            requires_grad=True,
        )


# a gradient it has, but no optimizer is told of it
linear_layer = Linear(units=4, input_dim=2)
print(list(linear_layer.parameters()))


# %% untracked_mended
class Linear(nn.Module):
    def __init__(self, units, input_dim):
        super().__init__()
        self.weights = nn.Parameter(
            torch.randn(input_dim, units),
            requires_grad=True,
        )


linear_layer = Linear(units=4, input_dim=2)
for w in linear_layer.parameters():
    print(tuple(w.shape))
