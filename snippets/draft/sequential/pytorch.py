import torch
import torch.nn.functional as F
from torch import nn

x = torch.zeros(2, 784)

# %% one_size raises="TypeError"
# a Linear wants to know both of its sizes
layer = nn.Linear(256)

# %% one_size_mended
# a LazyLinear finds out the first when it is called
layer = nn.LazyLinear(256)
print(layer(x).shape)

# %% no_such_function raises="AttributeError"
layers = nn.Sequential(nn.LazyLinear(256), F.reLU())

# %% function raises="TypeError"
# spelt right it is a function, which wants its input now
layers = nn.Sequential(nn.LazyLinear(256), F.relu())

# %% function_mended
layers = nn.Sequential(nn.LazyLinear(256), nn.ReLU())
print(layers(x).shape)
