# %% root
a, b = 3.0, 4.0
# the legs, once more
square = a * a + b * b
# region sum
c = square**0.5
print(c)
# endregion
