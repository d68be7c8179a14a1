# %% numbers
from statistics import fmean  # of values, not of (values)

values = [1, 2, 3]
total = sum(values)


def average(values):
    return total / len(values)


print(average(values))
