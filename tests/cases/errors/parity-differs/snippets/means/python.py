# %% mean parity="mean"
mean = [2.0, 2.001]
