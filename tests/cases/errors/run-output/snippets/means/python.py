# %% mean
for value in range(100_000_000):
    print("value", value)
