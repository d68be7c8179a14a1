"""A graph is made from Python once, then runs without it."""

import torch


# %% trace parity="c"
# a backend is a function that is given the graph once
def backend(module, _):
    print("tracing")
    graphs.append(module.graph)
    return module.forward


@torch.compile(backend=backend)
def hypotenuse(a, b):
    return torch.sqrt(torch.square(a) + torch.square(b))


graphs = []
a, b = torch.tensor(3.0), torch.tensor(4.0)
for _ in range(3):
    c = hypotenuse(a, b).numpy()
    print(c)

# %% ops
for node in graphs[0].nodes:
    print(node.name, "<-", *node.all_input_nodes)
