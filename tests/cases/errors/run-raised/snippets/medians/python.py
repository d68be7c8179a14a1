# %% median raises="IndexError"
values = {}
values["median"]
