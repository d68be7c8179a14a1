# %% mean parity="mean, middle"
mean = [2.0]
middle = 2
