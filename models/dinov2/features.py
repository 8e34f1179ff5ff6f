"""Pooled tokens of the frozen backbone for a set of images, as they are and augmented, computed once and kept on disk."""

import sys

import numpy as np
import torch

from models.augment import augment
from models.data import save_array
from models.train import tensor

SHIFT = 10  # pixels of 224
CHUNK = 16


@torch.no_grad()
def pooled(model, pixels, recipe):
    """float32 [N, exits, POOLS * D], by matrix products in bfloat16: several times as fast where the CPU has them."""
    with torch.autocast("cpu", torch.bfloat16):
        return torch.stack(list(model.pooled(tensor(pixels, recipe))), 1).float().numpy()


def view(model, images, recipe, number):
    """Features of view `number`: 0 is the images as they are, others are augmented, each in its own way."""
    rng, found = np.random.default_rng([1, number]), []
    for i in range(0, len(images), CHUNK):
        pixels = images.pixels[i:i + CHUNK]
        found.append(pooled(model, augment(rng, pixels, SHIFT, turns=False) if number else pixels, recipe))
    return np.concatenate(found)


def views(model, images, recipe, count, cache, name):
    """float32 [views, N, exits, POOLS * D]; what a cache folder holds of them is not computed again."""
    cache.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        stored = cache / f"{name}-{len(images)}-view{number}.npy"
        if not stored.exists():
            print(f"features of {len(images)} images, {name}, view {number}", file=sys.stderr, flush=True)
            save_array(stored, view(model, images, recipe, number))
        found.append(np.load(stored))
    return np.stack(found)
