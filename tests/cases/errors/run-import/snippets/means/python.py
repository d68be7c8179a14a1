# %% mean
import statistics_of_greenroom
