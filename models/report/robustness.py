"""The disturbances that the robustness table is about. Each works on the picture at the model's own size, 0..255.

What comes in at an edge is mirrored, as in training, so that a shift or a turn adds no black border.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from models.data import image_files


def moved(image, dx=0, dy=0, degrees=0):
    pixels, margin = np.asarray(image), 48
    padded = Image.fromarray(np.pad(pixels, [(margin, margin)] * 2 + [(0, 0)] * (pixels.ndim - 2), mode="symmetric"))
    turned = padded.rotate(degrees, Image.BILINEAR)
    return turned.crop((margin - dx, margin - dy, margin - dx + image.width, margin - dy + image.height))


def noisy(image, sigma):
    pixels = np.asarray(image, np.float32)
    noise = np.random.default_rng(int(pixels.sum()) % 2**31).standard_normal(pixels.shape) * sigma * 255
    return Image.fromarray(np.clip(pixels + noise + 0.5, 0, 255).astype(np.uint8))


STRENGTHS = {  # kind: the disturbance by its strength, the strengths, the one that changes nothing
    "shift right, px": (lambda image, n: moved(image, dx=n), (-16, -8, -4, 0, 4, 8, 16), 0),
    "shift down, px": (lambda image, n: moved(image, dy=n), (-16, 0, 16), 0),
    "rotation, degrees": (lambda image, n: moved(image, degrees=n), (-15, -5, 0, 5, 15), 0),
    "brightness, factor": (lambda image, n: image.point(lambda v: v * n), (0.6, 0.8, 1.0, 1.2, 1.4), 1),
    "noise, deviation": (noisy, (0.0, 0.01, 0.02, 0.04), 0),
    "blur, radius in px": (lambda image, n: image.filter(ImageFilter.GaussianBlur(n)), (0.0, 0.5, 1.0, 2.0), 0),
}


def write(images, folder, disturb, recipe):
    """Copies of images/<class>/* at the recipe's size, disturbed."""
    for source in sorted(p for p in Path(images).iterdir() if p.is_dir()):
        target = Path(folder) / source.name
        target.mkdir(parents=True)
        for path in image_files(source):
            with Image.open(path) as image:
                disturb(Image.fromarray(recipe.pixels(image))).save(target / f"{path.stem}.png")
