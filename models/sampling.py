"""Which images train, which choose the checkpoint, and how often each is drawn."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

BALANCES = {"root": 0.5, "equal": 1.0, "none": 0.0}  # an image's weight is its class's count to the minus this


def number(name):
    """The last number in a file's name, by which neighbouring frames stand side by side; -1 without one."""
    digits = re.findall(r"\d+", Path(name).stem)
    return int(digits[-1]) if digits else -1


def by_frame(name):
    """Order of the frames of a line: exposures of one part, and neighbouring parts, stand together."""
    return number(name), name


def by_name(name):
    return name


def parts(images, count, runs=None, order=by_frame):
    """The part of each image: each class, in `order`, is cut into `runs` (default: `count`) runs, which are dealt to the
    parts in turn. With `by_frame` and one run a part, a part holds what was not photographed for the others."""
    found = np.zeros(len(images), int)
    for k in range(len(images.classes)):
        members = sorted(np.flatnonzero(images.labels == k), key=lambda i: order(images.names[i]))
        for index, run in enumerate(np.array_split(np.int64(members), runs or count)):
            found[run] = index % count
    return found


def fold(images, index, folds):
    """(the rest, part `index` of `folds`)."""
    chosen = parts(images, folds) == index
    return some(images, ~chosen), some(images, chosen)


def some(images, chosen):
    pick = lambda values: None if values is None else values[chosen]
    names = tuple(np.array(images.names, object)[chosen]) if images.names else ()
    return replace(images, pixels=images.pixels[chosen], labels=images.labels[chosen], names=names,
                   difficulty=pick(images.difficulty), soft=pick(images.soft), features=pick(images.features))


def draw(rng, data, args, step):
    """Indices of one training batch, in rising order."""
    weight = np.maximum(data.counts(), 1)[data.labels] ** -BALANCES[args.balance]
    if data.difficulty is not None and step < args.easy_first:
        weight = weight * (data.difficulty <= 0.25 + 0.75 * step / args.easy_first)
    return np.sort(rng.choice(len(data), args.batch, p=weight / weight.sum()))
