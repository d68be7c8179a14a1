"""A loss says in one number how wrong the predictions are."""

import torch

# %% data
y_true = torch.tensor([[1.0], [2.0], [3.0]])
y_pred = torch.tensor([[1.5], [2.0], [2.0]])

# %% mse parity="loss"
# example loss function
loss_fn = torch.nn.MSELoss()
# the truth last
loss = loss_fn(y_pred, y_true)
print(f"loss {loss:.4f}")

# %% cross_entropy parity="loss"
labels = torch.tensor([0, 2])
logits = torch.tensor(
    [[2.0, 0.5, 0.1], [0.3, 0.2, 3.0]],
)
# classes are numbers, predictions are logits
loss_fn = torch.nn.CrossEntropyLoss()
# the truth last
loss = loss_fn(logits, labels)
print(f"loss {loss:.4f}")
