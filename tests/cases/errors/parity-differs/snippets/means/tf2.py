# %% mean parity="mean" rtol="1e-6"
mean = [2.0, 2.0]
