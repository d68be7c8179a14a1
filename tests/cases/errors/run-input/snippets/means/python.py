# %% mean
values = input("values? ")
