# %% median parity="median"
median = 2
