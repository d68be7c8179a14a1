# %% many
for number in range(60):
    print(f"line {number}")
