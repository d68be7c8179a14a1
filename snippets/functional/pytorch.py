"""A module, and the graph that torch.fx reads from it."""

import numpy as np
import torch
from torch import fx, nn


# %% model parity="parameters"
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.layer_1 = nn.Linear(28 * 28, 512)
        self.dropout = nn.Dropout(0.2)
        self.layer_2 = nn.Linear(512, 10)

    def forward(self, inputs):
        x = self.flatten(inputs)
        x = self.layer_1(x).relu()
        x = self.dropout(x)
        return self.layer_2(x).softmax(dim=1)


model = Classifier()
parameters = sum(w.numel() for w in model.parameters())
print(f"{parameters:,} parameters")

# %% equal parity="probabilities"
# both frameworks get these images and weights
rng = np.random.default_rng(0)
images = rng.uniform(size=(16, 28, 28)).astype("float32")
labels = rng.integers(10, size=16)
shapes = [(784, 512), (512,), (512, 10), (10,)]
weights = [rng.normal(scale=0.05, size=s) for s in shapes]

model.eval()
with torch.no_grad():
    for own, new in zip(model.parameters(), weights):
        own.copy_(torch.tensor(new.T))
    probabilities = model(torch.tensor(images))
print(probabilities[0].numpy().round(2))

# %% compile parity="loss, accuracy"
# nothing to compile: the loss and the metric, by hand
y = torch.tensor(labels)
loss = nn.functional.nll_loss(probabilities.log(), y)
accuracy = (probabilities.argmax(1) == y).float().mean()
print(f"loss {loss:.4f}, accuracy {accuracy}")

# %% graph
for node in fx.symbolic_trace(model).graph.nodes:
    print(node.name, "<-", *node.all_input_nodes)
