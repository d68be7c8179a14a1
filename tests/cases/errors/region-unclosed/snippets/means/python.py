# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))
# region middle
print(values[1])

# %% last
# --8<-- [start:last]
print(values[-1])
