# %% mean
# region all
values = [
    1,
    # %% more
    2,
# %% last
    3,
]
print(values)
# endregion
