"""Compile, fit, evaluate: the loop that you write yourself."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# %% data
# three clouds of points, far enough from each other
rng = np.random.default_rng(0)
labels = np.arange(150) % 3
centers = np.array([[0, 3], [-3, -2], [3, -2]])
points = centers[labels] + rng.normal(size=(150, 2))
points = points.astype("float32")

inputs, targets = torch.tensor(points), torch.tensor(labels)
dataset = TensorDataset(inputs[:120], targets[:120])
dataset = DataLoader(dataset, batch_size=20)
x_test, y_test = inputs[120:], targets[120:]

# %% model
model = nn.Sequential(
    nn.Linear(2, 8),
    nn.ReLU(),
    nn.Linear(8, 3),
)
# both frameworks start from these weights
shapes = [(2, 8), (8,), (8, 3), (3,)]
weights = [rng.normal(scale=0.5, size=s) for s in shapes]
with torch.no_grad():
    for own, new in zip(model.parameters(), weights):
        own.copy_(torch.tensor(new.T))

# %% fit parity="test_loss, acc" rtol="1e-3"
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
# Fit Model
for _ in range(3):
    for x, y in dataset:
        # region batch
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        # endregion
# Test Data
with torch.no_grad():
    logits = model(x_test)
test_loss = loss_fn(logits, y_test).item()
acc = (logits.argmax(1) == y_test).float().mean()
print(f"loss {test_loss:.3f}, accuracy {acc:.3f}")
