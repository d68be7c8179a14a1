# %% root
a, b = 3.0, 4.0
# the legs
square = a**2 + b**2
# region sum
c = square**0.5
print(c)
# endregion
