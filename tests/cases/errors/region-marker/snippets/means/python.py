# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))

# region of interest: the middle
print(values[1])  # --8<-- [start:middle]
# --8<-- [end:middle] here
