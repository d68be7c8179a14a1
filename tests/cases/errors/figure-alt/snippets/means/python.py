# %% plot
import matplotlib.pyplot as plt

plt.figure(figsize=(1, 1))
