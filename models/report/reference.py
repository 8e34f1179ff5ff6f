"""The same predictions through PyTorch, from the checkpoint that the export was made of."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from models import checkpoint
from models.data import image_files
from models.preprocess import Recipe
from models.systems import system
from models.train import tensor


@torch.no_grad()
def predictions(run, images):
    """{path: {exit: class name}} of every image under images/<class>/, by RUN/best.pt."""
    state = checkpoint.load(run / "best.pt")
    model = system(state["system"]).build(state["config"], len(state["classes"])).eval()
    model.load_state_dict(state["model"])
    recipe = Recipe(**state["recipe"])
    found = {}
    for folder in sorted(p for p in Path(images).iterdir() if p.is_dir()):
        for path in image_files(folder):
            with Image.open(path) as image:
                logits = model(tensor(recipe.pixels(image)[None], recipe))
            found[str(path.resolve())] = {name: state["classes"][int(np.argmax(y[0]))] for name, y in zip(model.exits, logits)}
    return found


def differences(rows, reference, exits):
    """(image, exit, through vitrt, its confidence, through PyTorch) wherever the two say different things."""
    return [(f"{Path(path).parent.name}/{Path(path).name}", name, row[f"class_{name}"], float(row[f"confidence_{name}"]),
             reference[path][name]) for path, row in sorted(rows.items()) for name in exits
            if row[f"class_{name}"] != reference[path][name]]


def accuracy(reference, name):
    return float(np.mean([Path(path).parent.name == classes[name] for path, classes in reference.items()]))
