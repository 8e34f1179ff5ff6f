"""What a teacher says about training images: class probabilities and features by name, in one .npz file."""

from dataclasses import replace

import numpy as np

from models.data import DataError


def write(path, names, classes, soft, features):
    np.savez(path, names=np.array(names), classes=np.array(classes), soft=np.float32(soft), features=np.float32(features))


def attach(images, path):
    """The images with `soft` and `features` of the same names out of the file."""
    if not path.exists():
        raise DataError(f"there is no teacher's file {path}")
    with np.load(path) as stored:
        row = {name: i for i, name in enumerate(stored["names"])}
        if tuple(stored["classes"]) != images.classes:
            raise DataError(f"{path} has classes {', '.join(stored['classes'])}, not {', '.join(images.classes)}")
        if missing := [name for name in images.names if name not in row]:
            raise DataError(f"{path} says nothing of {len(missing)} images, {missing[0]} among them")
        rows = [row[name] for name in images.names]
        return replace(images, soft=stored["soft"][rows], features=stored["features"][rows])
