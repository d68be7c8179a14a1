# %% mean rtoll="1e-5"
values = [1, 2, 3]
print(sum(values) / len(values))
