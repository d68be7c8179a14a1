"""Two inputs, a layer that both share, and two outputs."""

import numpy as np
import torch
from torch import fx, nn


# %% model parity="parameters"
class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(4, 3)
        self.score = nn.Linear(6, 1)
        self.label = nn.Linear(6, 2)

    def forward(self, left, right):
        # one layer, called twice: shared weights
        left = self.shared(left).relu()
        right = self.shared(right).relu()
        both = torch.cat([left, right], dim=1)
        # two outputs
        return self.score(both), self.label(both)


model = Branches()
parameters = sum(w.numel() for w in model.parameters())
print(f"{parameters} parameters")

# %% equal parity="scores, logits"
# both frameworks get these inputs and weights
rng = np.random.default_rng(0)
a, b = rng.normal(size=(2, 3, 4)).astype("float32")
shapes = [(4, 3), (3,), (6, 1), (1,), (6, 2), (2,)]
weights = [rng.normal(size=s) for s in shapes]

with torch.no_grad():
    for own, new in zip(model.parameters(), weights):
        own.copy_(torch.tensor(new.T))
    scores, logits = model(torch.tensor(a), torch.tensor(b))
print(scores.numpy().round(3))
print(logits.numpy().round(3))

# %% graph
for node in fx.symbolic_trace(model).graph.nodes:
    print(node.name, "<-", *node.all_input_nodes)
