"""What small-scale pre-training predicts: patch tokens of a small trained ViT, in the place of k-CLIP's."""

import torch

from models import checkpoint, exported
from models.mapet.tokenizer import Nearest
from models.vit import build


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


class Teacher:
    """The encoder of a `vit` checkpoint or export, and centroids of its patch features on `images` [N, 3, H, W]."""

    def __init__(self, path, config, images, tokens, seed):
        self.model = (_from_export if path.suffix == ".onnx" else _from_checkpoint)(path, config, images).eval()
        generator = torch.Generator().manual_seed(seed)
        points = torch.cat([self.features(part) for part in images.split(64)]).flatten(0, 1)
        self.nearest = Nearest(k_means(points, tokens, generator))

    @torch.no_grad()
    def features(self, images):
        x = self.model.embed(images)
        for block in self.model.blocks:
            x = block(x)
        return self.model.norm(x)[:, 1:]

    @torch.no_grad()
    def tokens(self, images):
        """int64 [B, patches]."""
        return self.nearest(self.features(images))
