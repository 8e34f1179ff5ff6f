"""The pictures of RESULTS.md as SVG (matplotlib)."""

from itertools import cycle

import matplotlib
import numpy as np

matplotlib.use("svg")
from matplotlib import pyplot as plt

plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vitrt", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def overview(models, path):
    """Balanced accuracy against executed FLOPs (logarithmic), a point for each model."""
    figure, axes = plt.subplots(figsize=(7.5, 3.2))
    for model, marker in zip(sorted(models, key=lambda m: m["flops"]), cycle("os^vDP")):
        axes.scatter(model["flops"] / 1e6, 100 * model["result"]["balanced_accuracy"], marker=marker, label=model["name"])
    axes.set(xlabel="MFLOP per image", ylabel="balanced accuracy, %", xscale="log", ylim=(None, 101))
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1))
    save(figure, path)


def robustness(tables, path):
    """One panel for each kind of disturbance, a line for each model. tables: {kind: {strength: {model: accuracy}}}."""
    figure, panels = plt.subplots(2, 3, figsize=(9, 4.6), sharey=True)
    for axes, (kind, rows) in zip(panels.flat, tables.items()):
        for name in next(iter(rows.values())):
            axes.plot(list(rows), [100 * row[name] for row in rows.values()], marker="o", markersize=3, label=name)
        axes.set(xlabel=kind, ylim=(0, 105))
    panels[0, 0].set_ylabel("balanced accuracy, %")
    panels[1, 0].set_ylabel("balanced accuracy, %")
    panels[0, 0].legend(fontsize=7)
    save(figure, path)


def confusion(models, path):
    """Of each model the last exit's counts, true class by predicted class; colour is the share of the true class."""
    columns = min(4, len(models))
    figure, panels = plt.subplots(-(-len(models) // columns), columns, squeeze=False, figsize=(2.4 * columns, 2.6 * -(-len(models) // columns)))
    for axes in panels.flat[len(models):]:
        axes.set_axis_off()
    for axes, model in zip(panels.flat, models):
        counts, classes = np.array(model["counts"][model["last"]]), list(model["result"]["recall"])
        axes.imshow(counts / counts.sum(1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
        for (true, predicted), count in np.ndenumerate(counts):
            if count:
                axes.text(predicted, true, count, ha="center", va="center", fontsize=6, color="white" if true == predicted else "black")
        axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=6)
        axes.set_yticks(range(len(classes)), classes, fontsize=6)
        axes.set_title(model["name"], fontsize=7)
        axes.grid(False)
    save(figure, path)
