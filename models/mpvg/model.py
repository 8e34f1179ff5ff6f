"""PVG and MPVG (arXiv 2502.02919): every layer's attention reads the position embedding again.

The embedding goes through a LayerNorm of its own before each layer, and what comes out is what the next one starts
from. MPVG also adds the first embedding, through one more LayerNorm, after the last LayerNorm; PVG does not. There is
no class token: the classifier reads the mean of all patches.
"""

import torch
from torch import nn

from models.swin import model as swin
from models.vit import model as vit

KINDS = {"pvg": False, "mpvg": True}  # whether the first embedding is added after the last LayerNorm
CONFIGS = {"small_images": dict(vit.CONFIGS["small_images"], last=True)}
for kind, last in KINDS.items():
    CONFIGS |= {f"{kind}_deit_{size}": dict(vit.CONFIGS[f"{size}16"], last=last) for size in ("tiny", "small", "base")}
    CONFIGS[f"{kind}_swin_tiny"] = dict(swin.CONFIGS["tiny"], last=last)


class PositionedViT(nn.Module):
    exits = ("logits",)
    exit_weights = (1.0,)
    classifiers = ("head",)  # name prefixes of what depends on the class list

    def __init__(self, classes, image, patch, dim, depth, heads, last, stem=()):
        super().__init__()
        norm = lambda: nn.LayerNorm(dim, eps=1e-6)
        self.embed = vit.Embedding(image, patch, dim, class_token=False, stem=stem)
        self.blocks = nn.ModuleList(vit.Block(dim, heads) for _ in range(depth))
        self.pos_norms = nn.ModuleList(norm() for _ in range(depth - 1))  # the first layer has x + positions already
        self.norm, self.last_pos_norm = norm(), norm() if last else None
        self.head = nn.Linear(dim, classes)
        self.apply(vit.initialise)

    def forward(self, x):
        x, position = self.embed(x), self.embed.pos_embed
        for depth, block in enumerate(self.blocks):
            if depth:
                position = self.pos_norms[depth - 1](position)
            x = block(x, position if depth else None)
        x = self.norm(x)
        if self.last_pos_norm is not None:
            x = x + self.last_pos_norm(self.embed.pos_embed)
        return (self.head(x.mean(1)),)


class PositionedSwin(swin.Swin):
    """A reconstruction: the paper does not say how the embedding passes the merging layers. Here it goes through the
    same PatchMerging as the features, which adds no parameter, and the first layer is not left out, as published."""

    def __init__(self, classes, image, dim, depths, heads, last, **options):
        super().__init__(classes, image, dim, depths, heads, **options)
        size = image // 4
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, size, size, dim))
        self.pos_norms = nn.ModuleList(nn.LayerNorm(dim << stage) for stage, depth in enumerate(depths) for _ in range(depth))
        self.last_pos_norm = nn.LayerNorm(dim << len(depths) - 1) if last else None

    def forward(self, x):
        first = position = self.pos_embed
        x, layer = self.embed(x) + first, 0
        for stage, blocks in enumerate(self.stages):
            if stage:
                x, first, position = (self.merging[stage - 1](y) for y in (x, first, position))
            for block in blocks:
                position = self.pos_norms[layer](position)
                x, layer = block(x, position), layer + 1
        x = self.norm(x)
        if self.last_pos_norm is not None:
            x = x + self.last_pos_norm(first)
        return (self.head(x.mean((1, 2))),)


def build(config, classes):
    options = CONFIGS[config]
    return (PositionedSwin if "depths" in options else PositionedViT)(classes, **options)
