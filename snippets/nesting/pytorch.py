import torch
from torch import nn

torch.manual_seed(0)

# the lazy layer, as PyTorch has it
Linear = nn.LazyLinear

# bill length and depth (mm) of three penguins
x_train = torch.tensor(
    [[39.1, 18.7], [46.5, 17.9], [46.1, 13.2]],
)


# %% outer parity="count"
class LinearRegression(nn.Module):
    def __init__(self, units=1):
        super().__init__()
        # call linear layer
        self.linear = Linear(units)

    def forward(self, inputs):
        return self.linear(inputs)


# the outer module owns the inner parameters
regression = LinearRegression()
print(regression(x_train).shape)
weights = regression.parameters()
count = sum(w.numel() for w in weights)
print(count)


# %% linear_block parity="count"
class LinearBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin_1 = Linear(32)
        self.lin_2 = Linear(32)
        self.lin_3 = Linear(1)

    def forward(self, inputs):
        x = self.lin_1(inputs)
        x = self.lin_2(x)
        return self.lin_3(x)


block = LinearBlock()
y = block(x_train)
weights = block.parameters()
count = sum(w.numel() for w in weights)
print(count)

# %% affine
# three affine maps are one affine map
lin_1, lin_2, lin_3 = block.children()
with torch.no_grad():
    w = lin_1.weight.T @ lin_2.weight.T
    w = w @ lin_3.weight.T
    b = block(torch.zeros(1, 2))
    collapsed = x_train @ w + b
    y = block(x_train)
    print(y.numpy().ravel().round(3))
    print(collapsed.numpy().ravel().round(3))


# %% relu
class ReluBlock(LinearBlock):
    def forward(self, inputs):
        x = torch.relu(self.lin_1(inputs))
        x = torch.relu(self.lin_2(x))
        return self.lin_3(x)


# the same weights, and no longer affine
relu_block = ReluBlock()
relu_block.load_state_dict(block.state_dict())
with torch.no_grad():
    y = relu_block(x_train)
    print(y.numpy().ravel().round(3))
