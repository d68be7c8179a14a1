# %% mean
values = [1, 2, 3


class Mean:
    ...
