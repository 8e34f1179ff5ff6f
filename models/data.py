"""Labelled images as one uint8 array: from folders (PATH/train/<class>, PATH/val/<class>) or generated.

Everything is preprocessed once (models/preprocess.py) and kept in memory; augmentation works on the result.
With a cache folder, generated sets are stored there and mapped on the next start.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from models import defects

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"}
TRAIN_SEED, VAL_SEED = 1, 2


class DataError(Exception):
    """Something about the data folder that its owner has to put right."""


@dataclass(frozen=True)
class Images:
    pixels: np.ndarray  # uint8 [N, H, W] (grey) or [N, H, W, 3]
    labels: np.ndarray  # int64 [N]
    classes: tuple
    difficulty: np.ndarray | None = None  # 0 easy to 1 hard, where it is known
    names: tuple = ()  # class/file of images from folders
    soft: np.ndarray | None = None  # a teacher's class probabilities, float32 [N, C]
    features: np.ndarray | None = None  # a teacher's features, float32 [N, F]

    def __len__(self):
        return len(self.labels)

    def counts(self):
        return np.bincount(self.labels, minlength=len(self.classes))


def save_array(path, array):
    """Written beside its place and renamed, so that an interruption leaves no half file."""
    part = path.with_suffix(".part.npy")
    np.save(part, array)
    part.replace(path)


def image_files(folder):
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)


def read_folder(folder, recipe, classes=None):
    """All images under folder/<class>/. `classes` fixes the class order; an unknown class folder is an error."""
    if not folder.is_dir():
        raise DataError(f"there is no data folder {folder}")
    found = tuple(sorted(p.name for p in folder.iterdir() if p.is_dir()))
    if len(found) < 2:
        raise DataError(f"{folder} needs at least two class folders, it has {len(found)}")
    if classes is not None and (unknown := sorted(set(found) - set(classes))):
        raise DataError(f"{folder} has classes that the training split lacks: {', '.join(unknown)}")
    classes = classes or found
    pixels, labels, names = [], [], []
    for name in found:
        for path in image_files(folder / name):
            try:
                with Image.open(path) as image:
                    pixels.append(recipe.pixels(image))
            except (OSError, UnidentifiedImageError) as error:
                raise DataError(f"{path} is not a readable image: {error}") from error
            labels.append(classes.index(name))
            names.append(f"{name}/{path.name}")
    if not pixels:
        raise DataError(f"{folder} has class folders but no image in them")
    if len({p.ndim for p in pixels}) > 1:
        pixels = [np.stack([p] * 3, -1) if p.ndim == 2 else p for p in pixels]
    return Images(np.stack(pixels), np.array(labels), classes, names=tuple(names))


def folder_splits(path, recipe):
    train = read_folder(path / "train", recipe)
    for name, count in zip(train.classes, train.counts()):
        if count < 2:
            raise DataError(f"class {name} has {count} training image(s) in {path / 'train'}; at least two are needed")
    return train, read_folder(path / "val", recipe, train.classes)


def generated(seed, count, recipe, cache=None):
    """`count` generated images at mixed difficulty."""
    size = f"{recipe.height}x{recipe.width}"
    stored = cache / f"defects-seed{seed}-{count}-{size}.npy" if cache else None
    labels = np.arange(count) % len(defects.CLASSES)
    difficulty = np.array([defects.difficulty_of(seed, i) for i in range(count)])
    if stored and stored.exists():
        return Images(np.load(stored, mmap_mode="r"), labels, defects.CLASSES, difficulty)
    print(f"generating {count} images (seed {seed})", file=sys.stderr)
    pixels = np.stack([recipe.pixels(Image.fromarray(defects.generate(seed, i).image)) for i in range(count)])
    if stored:
        cache.mkdir(parents=True, exist_ok=True)
        save_array(stored, pixels)
    return Images(pixels, labels, defects.CLASSES, difficulty)


def load(source, recipe, count, val_count, cache=None):
    """(train, val) of `source`: the word `defects`, or a folder with train/ and val/."""
    if source == "defects":
        return generated(TRAIN_SEED, count, recipe, cache), generated(VAL_SEED, val_count, recipe, cache)
    return folder_splits(Path(source), recipe)
