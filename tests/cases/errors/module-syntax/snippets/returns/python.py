# %% mean
return 1
