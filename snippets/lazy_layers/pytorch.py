import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin

torch.manual_seed(0)


# %% linear
class Linear(LazyModuleMixin, nn.Module):
    def __init__(self, units=32):
        super().__init__()
        self.units = units
        self.w = nn.UninitializedParameter()
        self.b = nn.Parameter(torch.zeros(units))

    # region build
    @torch.no_grad()
    def initialize_parameters(self, inputs):
        # Weights parameter
        shape = (inputs.shape[-1], self.units)
        self.w.materialize(shape)
        self.w.normal_(std=0.05)

    # endregion

    def forward(self, inputs):
        return inputs @ self.w + self.b


# %% use parity="shape"
# bill length and depth (mm) of three penguins
x_train = torch.tensor(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)

# initialize linear layer (without input dims)
linear_layer = Linear(units=4)
print(linear_layer.w)
# initialize_parameters(x_train), then forward
y = linear_layer(x_train)
shape = tuple(linear_layer.w.shape)
print(shape)

# %% lazy
# PyTorch's own: becomes nn.Linear when it sees data
linear_layer = nn.LazyLinear(4)
print(linear_layer)

y = linear_layer(x_train)
print(linear_layer)
