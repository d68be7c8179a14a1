import torch
from torch import nn

# %% create parity="a"
# set initial value
initial_value = torch.tensor([1.0, 2.0])

# set parameter
a = nn.Parameter(initial_value)
print(a)

# %% update parity="assigned, added, subtracted"
# new value
b = torch.tensor([10.0, 20.0])
with torch.no_grad():
    # set value
    assigned = a.copy_(b).tolist()
    print(assigned)
    # increment (a + b)
    added = a.add_(b).tolist()
    print(added)
    # decrement (a - b)
    subtracted = a.sub_(b).tolist()
    print(subtracted)
