# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))
# endregion
# region middle
print(values[1])
# endregion midle
# endregion middle
# --8<-- [end:last]
