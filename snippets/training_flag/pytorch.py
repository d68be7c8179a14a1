"""A layer may behave otherwise in training than in use."""

import torch
from torch import nn


# %% layer
class Center(nn.Module):
    """Subtract the mean: the heart of batch norm."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.0))

    # region mode
    def forward(self, x):
        if self.training:
            # do training stuff: the batch's mean
            mean = x.mean()
            learned = 0.5 * self.mean + 0.5 * mean
            self.mean = learned
        else:
            # do inference stuff: the learned mean
            mean = self.mean
        return x - mean

    # endregion


# %% modes parity="trained, used"
center = Center()
x = torch.tensor([3.0, 4.0, 5.0])
# training is the default, so choose
center.eval()
print("inference", center(x).numpy())
center.train()
trained = center(x).numpy()
print("training ", trained)
# the module has learned half of the way to 4
center.eval()
used = center(x).numpy()
print("inference", used)
