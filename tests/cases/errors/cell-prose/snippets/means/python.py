# %% mean
values = [1, 2, 3]
print(sum(values) / len(values))

# %% [markdown]
# The median is the value in the middle.
print(values[1])
