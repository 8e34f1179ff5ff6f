"""Random fields on an image grid, float32, zero mean and about unit variance.

Every function draws only from the generator it is given, so one (seed, index) pair gives one image.
"""

import numpy as np
from PIL import Image


def resized(field, height, width):
    """The field resampled with Pillow's bicubic filter."""
    return np.asarray(Image.fromarray(field.astype(np.float32)).resize((width, height), Image.BICUBIC))


def white(rng, size):
    return rng.standard_normal((size, size), dtype=np.float32)


def smooth(rng, size, cells, cells_y=None):
    """Noise whose features are size / cells pixels wide (and size / cells_y high)."""
    rows, columns = max(2, int(cells_y or cells)), max(2, int(cells))
    grid = rng.standard_normal((rows + 2, columns + 2), dtype=np.float32)
    # One cell of margin on every side, cut off below, keeps the filter's edge handling out of the picture.
    height, width = round(size * (rows + 2) / rows), round(size * (columns + 2) / columns)
    field = resized(grid, height, width)
    y, x = (height - size) // 2, (width - size) // 2
    field = field[y:y + size, x:x + size]
    return (field - field.mean()) / (field.std() + 1e-6)


def fractal(rng, size, cells, octaves, gain=0.5):
    """A sum of smooth noises, each twice as fine and `gain` times as strong as the one before."""
    total = sum(gain**o * smooth(rng, size, min(size, cells * 2**o)) for o in range(octaves))
    return total / (total.std() + 1e-6)


def streaks(rng, size, angle, length, fineness):
    """Noise drawn out along `angle` (radians): `length` and `fineness` are shares of the image size."""
    wide = int(size * 1.5)
    field = smooth(rng, wide, 1.5 / length, 1.5 / fineness)
    turned = Image.fromarray(field).rotate(np.degrees(angle), Image.BILINEAR)
    start = (wide - size) // 2
    field = np.asarray(turned)[start:start + size, start:start + size]
    return (field - field.mean()) / (field.std() + 1e-6)


def grid(size):
    """Coordinates y, x of the pixel centres, from 0 to 1."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    return axis[:, None], axis[None, :]
