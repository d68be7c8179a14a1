# %% walk
total = 0
for number in range(4):
    total += number
print(total)

# %% plot alt="A line that rises"
import matplotlib.pyplot as plt

plt.plot([0, 1, 4, 9])
