import math
import warnings

import torch

# PyTorch warns before Python fails
warnings.simplefilter("ignore")

init_value = [3.0, 8.0]
b = torch.tensor([4.0, 6.0])

# %% math_sqrt raises="ValueError"
a = torch.tensor(init_value, requires_grad=True)
c = math.sqrt(a**2 + b**2)

# %% math_sqrt_mended
c = torch.sqrt(a**2 + b**2)
print(c)

# %% backward
# the argument is a weight for each output of c: 3 and 8
c.backward(a)
dc_da = a.grad
print(dc_da)

# %% backward_mended
a = torch.tensor(init_value, requires_grad=True)
c = torch.sqrt(a**2 + b**2)
c.sum().backward()
dc_da = a.grad
print(dc_da)
