# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))

# %% mean
# region last
print(values[1])
# endregion
# region last
print(values[-1])
# endregion
