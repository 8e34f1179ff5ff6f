"""Augmentation of a batch of uint8 images: flips, quarter turns, affine moves, brightness, contrast and noise."""

import numpy as np
from PIL import Image

TILT = 0.15  # largest rotation in radians, beside the quarter turns
STRETCH = 0.15  # largest change of the natural logarithm of width and of height
CONTRAST, BRIGHTNESS = 0.35, 0.3  # the same of the differences from an image's mean, and of the mean
NOISE = 0.02  # largest deviation of the noise, of full scale


def affine(rng, size, shift):
    """Six coefficients for Pillow: the place in the source of each pixel of a picture of `size` (height, width)."""
    middle = (np.array(size[::-1]) - 1) / 2
    angle, stretch = rng.uniform(-TILT, TILT), np.exp(rng.uniform(-STRETCH, STRETCH, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * stretch
    offset = middle - turn @ middle + rng.uniform(-shift, shift, 2)
    return turn, offset


def moved(rng, image, shift):
    """The picture turned, stretched and shifted; what comes in at the edges is mirrored."""
    height, width = image.shape[:2]
    margin = shift + max(height, width) // 4
    turn, offset = affine(rng, (height, width), shift)
    padded = np.pad(image, [(margin, margin)] * 2 + [(0, 0)] * (image.ndim - 2), mode="symmetric")
    coefficients = (*turn[0], offset[0] + margin, *turn[1], offset[1] + margin)
    return np.asarray(Image.fromarray(padded).transform((width, height), Image.AFFINE, coefficients, Image.BILINEAR))


def augment(rng, pixels, shift, turns=True):
    """float32 copy of pixels [B, H, W, ...] in 0..1. `shift`: largest move in pixels; `turns`: quarter turns too, for
    square images of surfaces that have no up and down."""
    out = np.empty(pixels.shape, np.float32)
    for i, image in enumerate(pixels):
        image = image[:, ::-1] if rng.random() < 0.5 else image
        image = np.rot90(image, rng.integers(4) if turns else 2 * rng.integers(2))
        image = moved(rng, np.ascontiguousarray(image), shift).astype(np.float32) / 255
        middle, contrast = image.mean(), np.exp(rng.uniform(-CONTRAST, CONTRAST))
        out[i] = (image - middle) * contrast + middle * np.exp(rng.uniform(-BRIGHTNESS, BRIGHTNESS))
        out[i] += rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(0, NOISE))
    return np.clip(out, 0, 1, out=out)
