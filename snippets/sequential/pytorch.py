"""A sequential model: a list of modules, one after the other."""

import numpy as np
import torch
from torch import nn

# %% model
model = nn.Sequential(
    nn.LazyLinear(256),
    nn.ReLU(),
    nn.LazyLinear(256),
    nn.ReLU(),
    nn.LazyLinear(10),
)

# %% build parity="parameters"
# 28 x 28 pixels in a row: the first call makes the weights
images = torch.zeros(2, 784)
model(images)

parameters = sum(w.numel() for w in model.parameters())
print(f"{parameters:,} parameters")

# %% equal parity="logits"
# both frameworks get these images and weights
rng = np.random.default_rng(0)
images = rng.uniform(size=(2, 784)).astype("float32")
sizes = [(784, 256), (256,), (256, 256), (256,), (256, 10)]
weights = [rng.normal(0, 0.05, s) for s in [*sizes, (10,)]]

with torch.no_grad():
    for own, new in zip(model.parameters(), weights):
        own.copy_(torch.tensor(new.T))
    logits = model(torch.tensor(images)).numpy()
print(logits[:, :5].round(3))
