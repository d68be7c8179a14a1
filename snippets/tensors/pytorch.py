import torch

torch.manual_seed(0)

# %% constant parity="x"
# create constant
x = torch.tensor([[5, 2], [1, 3]])
print(x)

# %% filled parity="t_ones, t_zeros"
# create ones tensor
t_ones = torch.ones(2, 1)
print(t_ones)

# create zeros tensor
t_zeros = torch.zeros(2, 1)
print(t_zeros)

# %% random
# bell-shaped: most values lie near the mean
normal = torch.normal(0.0, 1.0, size=(2, 2))
print(normal.numpy().round(2))

# flat: every value in the range is as likely
uniform = torch.empty(2, 2).uniform_(0, 10)
print(uniform.numpy().round(2))
