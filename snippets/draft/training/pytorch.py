import torch
from torch import nn

torch.manual_seed(0)
x = torch.tensor([[1.0], [2.0], [3.0]])
y = 2 * x
loss_func = nn.MSELoss()

# %% two_models
# the optimizer holds `model`, the loop calls `lr_model`
model, lr_model = nn.Linear(1, 1), nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for _ in range(4):
    optimizer.zero_grad()
    loss = loss_func(lr_model(x), y)
    loss.backward()
    optimizer.step()
    # nothing fails, and nothing is learned
    print(f"{loss.item():.3f}")

# %% two_models_mended
optimizer = torch.optim.SGD(lr_model.parameters(), lr=0.1)

for _ in range(4):
    optimizer.zero_grad()
    loss = loss_func(lr_model(x), y)
    loss.backward()
    optimizer.step()
    print(f"{loss.item():.3f}")

# %% names raises="NameError"
dataset = [(x, y)]

# the loop calls its batches `x` and `y`
for x, y in dataset:
    ypred = lr_model(xbatch)
    loss = loss_func(ypred, ybatch)

# %% names_mended
for xbatch, ybatch in dataset:
    ypred = lr_model(xbatch)
    loss = loss_func(ypred, ybatch)
print(f"{loss.item():.3f}")
