# %% mean parity="mean, total"
mean = "two"
