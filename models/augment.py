"""Augmentation of a batch of uint8 images: flips, quarter turns, shifts, brightness, contrast and noise."""

import numpy as np


def augment(rng, pixels, shift):
    """float32 copy of pixels [B, H, W, ...] in 0..1. `shift`: largest move in pixels; edges are mirrored."""
    out = np.empty(pixels.shape, np.float32)
    height, width = pixels.shape[1:3]
    for i, image in enumerate(pixels):
        image = image[:, ::-1] if rng.random() < 0.5 else image
        turns = rng.integers(4) if height == width else 2 * rng.integers(2)
        image = np.rot90(image, turns)
        y, x = rng.integers(0, 2 * shift + 1, 2)
        margins = [(shift, shift), (shift, shift)] + [(0, 0)] * (image.ndim - 2)
        image = np.pad(image, margins, mode="symmetric")[y:y + height, x:x + width].astype(np.float32) / 255
        middle = image.mean()
        out[i] = (image - middle) * rng.uniform(0.8, 1.25) + middle * rng.uniform(0.75, 1.25)
    out += rng.standard_normal(out.shape, np.float32) * np.float32(rng.uniform(0, 0.02))
    return np.clip(out, 0, 1, out=out)
