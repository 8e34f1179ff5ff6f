"""Accuracy, balanced accuracy and macro-F1 with bootstrap intervals: few images of a class make a wide one."""

from pathlib import Path

import numpy as np

RESAMPLES, LEVEL, SEED = 2000, 0.95, 1


def confusion(rows, name, classes):
    """Counts [true class, predicted class] of one exit. rows: those of `vitrt eval --csv-out` by path."""
    counts = np.zeros((len(classes), len(classes)), int)
    for path, row in rows.items():
        counts[classes.index(Path(path).parent.name), classes.index(row[f"class_{name}"])] += 1
    return counts


def scores(counts):
    """{name: value} of confusion counts [..., true, predicted]; classes without images do not enter the means."""
    hits, true, predicted = np.diagonal(counts, 0, -2, -1), counts.sum(-1), counts.sum(-2)
    present = true > 0
    mean = lambda values: np.where(present, values, 0).sum(-1) / present.sum(-1)
    return dict(accuracy=hits.sum(-1) / true.sum(-1), balanced=mean(hits / np.maximum(true, 1)),
                macro_f1=mean(2 * hits / np.maximum(true + predicted, 1)))


def intervals(counts):
    """{name: (value, low, high)}: percentiles over resamples of the images of each class, so that every class keeps
    its number of images."""
    rng = np.random.default_rng(SEED)
    drawn = np.zeros((RESAMPLES, *counts.shape), int)
    for k, row in enumerate(counts):
        if row.sum():
            drawn[:, k] = rng.multinomial(row.sum(), row / row.sum(), RESAMPLES)
    ends = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    sampled = scores(drawn)
    return {name: (float(value), *map(float, np.percentile(sampled[name], ends))) for name, value in scores(counts).items()}
