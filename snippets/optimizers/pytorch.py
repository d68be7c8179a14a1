"""An optimizer moves the weights against their gradients."""

import torch

# %% sgd parity="path"
w = torch.tensor(3.0, requires_grad=True)
# example optimizer: told its weights
optimizer = torch.optim.SGD([w], lr=0.1)

path = []
for _ in range(4):
    optimizer.zero_grad()
    loss = w**2
    loss.backward()
    optimizer.step()
    path.append(w.item())
print([round(w, 4) for w in path])

# %% adam parity="path"
w = torch.tensor(3.0, requires_grad=True)
# example optimizer: told its weights
optimizer = torch.optim.Adam([w], lr=0.1)

path = []
for _ in range(4):
    optimizer.zero_grad()
    loss = w**2
    loss.backward()
    optimizer.step()
    path.append(w.item())
print([round(w, 4) for w in path])
