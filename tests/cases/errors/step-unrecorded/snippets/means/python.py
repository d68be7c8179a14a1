# %% numbers
values = [1, 2, 3]
total = sum(values)


def mean(values):
    return total / len(values)


print(mean(values))
