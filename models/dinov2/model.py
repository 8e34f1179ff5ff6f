"""DINOv2 (arXiv 2304.07193): a pre-norm ViT with LayerScale, read after several blocks.

After each block of `exits_after`, tokens pass the backbone's last norm and are pooled: class token, mean and maximum
of the patches. An exit's classifier is one linear layer on the pooled tokens of its own and of earlier exits, which are
at hand and cost next to nothing; only the first exit reads the first. Exits are named exit<depth>; the last is `logits`.
"""

import torch
from torch import nn

from models.preprocess import Recipe
from models.vit import model as vit

CONFIGS = {"small14": dict(image=224, patch=14, dim=384, depth=12, heads=6, exits_after=(4, 6, 8, 10, 12))}
POOLS = 3  # class token, mean, maximum


def reads(exit):
    """The exits whose pooled tokens the classifier of an exit reads: with the first among them it was no better on folds."""
    return slice(min(exit, 1), exit + 1)


class DinoV2(nn.Module):
    classifiers = ("heads",)  # name prefixes of what depends on the class list

    def __init__(self, classes, image, patch, dim, depth, heads, exits_after):
        super().__init__()
        if exits_after[-1] != depth:
            raise ValueError(f"the last exit is after block {exits_after[-1]} of {depth}")
        self.exits_after = exits_after
        self.exits = tuple(f"exit{k}" for k in exits_after[:-1]) + ("logits",)
        self.exit_weights = (1.0,) * len(exits_after)
        self.embed = vit.Embedding(image, patch, dim)
        self.blocks = nn.ModuleList(vit.Block(dim, heads, layer_scale=1.0) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.heads = nn.ModuleList(nn.Linear(POOLS * dim * max(k, 1), classes) for k in range(len(exits_after)))

    def pool(self, x):
        """[B, N, D] to [B, POOLS * D]."""
        x = self.norm(x)
        return torch.cat([x[:, 0], x[:, 1:].mean(1), x[:, 1:].amax(1)], 1)

    def pooled(self, image):
        """The pooled tokens of every exit, each computed when it is asked for."""
        x = self.embed(image)
        for depth, block in enumerate(self.blocks, 1):
            x = block(x)
            if depth in self.exits_after:
                yield self.pool(x)

    def forward(self, image):
        read, logits = [], []
        for k, (head, pooled) in enumerate(zip(self.heads, self.pooled(image))):
            read.append(pooled)
            logits.append(head(torch.cat(read[reads(k)], 1)))
        return tuple(logits)


def recipe(config):
    """What the published weights were trained with, at the configuration's size."""
    size = CONFIGS[config]["image"]
    return Recipe(size, size, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def build(config, classes):
    return DinoV2(classes, **CONFIGS[config])
