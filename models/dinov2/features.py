"""Pooled tokens of the frozen backbone for a set of images, computed once and kept on disk."""

import sys

import numpy as np
import torch

from models.data import save_array
from models.train import tensor

CHUNK = 16


@torch.no_grad()
def pooled(model, pixels, recipe):
    """float32 [N, exits, POOLS * D]. Matrix products are in bfloat16 where the CPU has them: several times as fast there, and
    several times as slow anywhere else."""
    with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu.get_capabilities().get("avx512_bf16", False)):
        return torch.stack(list(model.pooled(tensor(pixels, recipe))), 1).float().numpy()


def features(model, images, recipe, cache, name):
    """The same of all images; what the cache folder holds is not computed again."""
    cache.mkdir(parents=True, exist_ok=True)
    stored = cache / f"{name}-{len(images)}.npy"
    if not stored.exists():
        print(f"features of {len(images)} images of {name}", file=sys.stderr, flush=True)
        chunks = [pooled(model, images.pixels[i:i + CHUNK], recipe) for i in range(0, len(images), CHUNK)]
        save_array(stored, np.concatenate(chunks))
    return torch.from_numpy(np.load(stored))
