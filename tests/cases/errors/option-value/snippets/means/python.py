# %% mean rtol="small" output="all" raises="Type Error"
values = [1, 2, 3]
print(sum(values) / len(values))
