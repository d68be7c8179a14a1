# %% mean parity="mean"
mean = 2.0
