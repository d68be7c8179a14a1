"""Papers: how many of those that name PyTorch or TensorFlow name PyTorch."""

# %% setup data="../figures.mplstyle"
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt

plt.style.use(Path(__file__).parents[1] / "figures.mplstyle")

# %% counts
# Papers that name PyTorch and papers that name TensorFlow; those that name both, and authors of the two companies,
# are left out. Horace He, "The State of Machine Learning Frameworks in 2019", data of 2019-10-10.
papers = {
    "CVPR": {2018: (82, 120), 2019: (283, 128)},
    "NAACL": {2018: (14, 38), 2019: (70, 23)},
    "ACL": {2018: (31, 35), 2019: (116, 36)},
    "ICLR": {2018: (24, 57), 2019: (72, 52)},
    "ICML": {2018: (23, 43), 2019: (70, 56)},
    "NeurIPS": {2018: (68, 91), 2019: (60, 20)},  # 2019: a partial list
    "ECCV": {2018: (99, 99)},
    "EMNLP": {2018: (56, 38)},
}
shares = {
    venue: {year: 100 * pytorch / (pytorch + tensorflow) for year, (pytorch, tensorflow) in years.items()}
    for venue, years in papers.items()
}


# %% share alt="Lines from 2018 to 2019, one a conference: PyTorch's share of the papers that name PyTorch or TensorFlow. ACL 47 to 76 percent, NAACL 27 to 75, NeurIPS 43 to 75, CVPR 41 to 69, ICLR 30 to 58, ICML 35 to 56. For 2018 alone, ECCV 50 and EMNLP 60. All but these two start under one half, and every line ends above it. Source: Horace He, The State of Machine Learning Frameworks in 2019, data of 2019-10-10."
def spread(heights, gap):
    """Push neighbours apart, as little as can be, until all are `gap` apart."""
    places = dict(sorted(heights.items(), key=lambda item: item[1]))
    for _ in range(100):
        for below, above in pairwise(places):
            missing = max(0, gap - (places[above] - places[below]))
            places[below] -= missing / 2
            places[above] += missing / 2
    return places


figure, axes = plt.subplots()
for years in shares.values():
    axes.plot(years.keys(), years.values(), "o-", color="C1")
for year, side, align in (2018, -0.035, "right"), (2019, 0.035, "left"):
    heights = {venue: years[year] for venue, years in shares.items() if year in years}
    for venue, place in spread(heights, gap=4.2).items():
        axes.text(year + side, place, f"{venue} {heights[venue]:.0f} %", ha=align, va="center")

axes.plot([2018, 2019.32], [50, 50], color="C3", linewidth=2, linestyle=(0, (4, 3)), zorder=0)
axes.text(2019.32, 49, "50 %: as many as TensorFlow", color="#5b6773", ha="right", va="top")
axes.set_xticks([2018, 2019], ["2018", "2019"], weight="bold")
axes.set(xlim=(2017.68, 2019.32), ylim=(24, 84), yticks=[])
axes.spines[["left", "bottom"]].set_visible(False)
axes.set_title("PyTorch's share of the papers that name one of the two", weight="bold", size=19, pad=16)
figure.supxlabel("Horace He, The State of Machine Learning Frameworks in 2019, data of 2019-10-10", size=15)
plt.show()
