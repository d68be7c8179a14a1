# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))
# region middle

# endregion middle
# --8<-- [start:last]
# --8<-- [end:last]
