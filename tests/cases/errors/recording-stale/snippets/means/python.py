# %% mean
values = [1, 2, 6]
print(sum(values) / len(values))
