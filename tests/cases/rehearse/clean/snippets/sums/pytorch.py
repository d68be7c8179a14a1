# %% sum
import torch

values = torch.tensor([1.0, 2.0, 3.0])
print(values.sum().item())

# %% scaled
scaled = values * 2
print(scaled.numpy())
