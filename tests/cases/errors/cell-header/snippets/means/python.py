# %% the mean
values = [1, 2, 3]
print(sum(values) / len(values))

# %% a.b
x = 1

# %% c [code]
x = 1
if x:
    # %% d
    y = 1
