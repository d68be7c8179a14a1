import torch
from torch import func
from torch.autograd import grad

# %% function parity="dc_da, dc_db"
a = torch.tensor([3.0, 8.0], requires_grad=True)
b = torch.tensor([4.0, 6.0], requires_grad=True)

# do operation
c = torch.sqrt(a**2 + b**2)
# calculate multiple gradients
# region derivatives
dc_da, dc_db = torch.autograd.grad(
    c.sum(),
    [a, b],
)
# endregion
print(dc_da.numpy(), dc_db.numpy())

# %% tape parity="dc_da"
# init variables that record what they undergo
a = torch.tensor([3.0, 8.0], requires_grad=True)
b = torch.tensor([4.0, 6.0], requires_grad=True)

# do operation
c = torch.sqrt(a**2 + b**2)
# calculate gradients ( dc/da and dc/db )
c.sum().backward()

# extract gradients
dc_da = a.grad
print(dc_da)

# %% accumulate
# backward adds to what `grad` already holds
torch.sqrt(a**2 + b**2).sum().backward()
print(a.grad)

# start afresh
a.grad = None
torch.sqrt(a**2 + b**2).sum().backward()
print(a.grad)

# %% nested parity="dc_da, d2c_da2"
# init variables
a = torch.tensor([3.0, 8.0]).requires_grad_()
b = torch.tensor([4.0, 6.0]).requires_grad_()

# do operation
c = torch.sqrt(a**2 + b**2).sum()
# extract gradients ( dc/da ), recorded too
(dc_da,) = grad(c, a, create_graph=True)
# extract gradients ( d2c/da2 )
(d2c_da2,) = grad(dc_da.sum(), a)
print(dc_da.detach(), d2c_da2)


# %% transform
def hypotenuse(a, b):
    return torch.sqrt(a**2 + b**2)


# a derivative is a function too; vmap: for each triangle
second_derivative = func.vmap(func.grad(func.grad(hypotenuse)))
with torch.no_grad():
    print(second_derivative(a, b))
