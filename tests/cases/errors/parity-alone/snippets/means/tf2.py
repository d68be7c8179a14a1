# %% mean
mean = 2.0
