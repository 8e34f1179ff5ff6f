"""Swin transformer (arXiv 2103.14030): attention in windows, shifted in every second block, merging between stages.

Input [B, 3, H, W]; one output, `logits`. Feature maps are [B, H, W, C]; LayerNorm eps 1e-5.
"""

import torch
from torch import nn

from models.swin.windows import WindowAttention, merge, partition, shift_mask
from models.vit.model import initialise, projection

LAYOUTS = ("timm", "official")
DEPTHS = {"tiny": (2, 2, 6, 2), "small": (2, 2, 18, 2), "base": (2, 2, 18, 2)}
CONFIGS = {
    "small_images": dict(image=112, patch=8, stem=(32, 64, 64), dim=64, depths=(4, 4), heads=(2, 4)),
    **{name: dict(image=224, dim=128 if name == "base" else 96, depths=depths,
                  heads=(4, 8, 16, 32) if name == "base" else (3, 6, 12, 24)) for name, depths in DEPTHS.items()},
}


class SwinBlock(nn.Module):
    """x += attention(norm(x)) in windows; x += mlp(norm(x)). Windows move by `shift` where the map is larger than one."""

    def __init__(self, dim, heads, size, window, shift, attention=WindowAttention, official=False):
        super().__init__()
        self.window, self.shift, self.official = window, shift if size > window else 0, official
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = attention(dim, heads, window)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.register_buffer("mask", shift_mask(size, window, shift) if self.shift else None, persistent=False)

    def attend(self, x):
        batch, height, width, _ = x.shape
        if self.shift:
            x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        windows = self.attn(partition(x, self.window), self.mask)
        if self.official:  # this is how a fixed batch gets into exports of the official code
            batch = int(windows.shape[0] / (height * width / self.window**2))
        x = merge(windows, self.window, batch, height, width)
        return torch.roll(x, (self.shift, self.shift), (1, 2)) if self.shift else x

    def forward(self, x, position=None):
        """`position` [1, H, W, C] is added to what the attention reads (MPVG)."""
        y = self.norm1(x)
        x = x + self.attend(y if position is None else y + position)
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    """Four neighbours side by side, LayerNorm, a linear layer to twice the channels."""

    def __init__(self, dim, official=False):
        super().__init__()
        self.official = official
        self.norm, self.reduction = nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        if self.official:
            x = torch.cat([x[:, i::2, j::2, :] for j in (0, 1) for i in (0, 1)], -1)
        else:
            batch, height, width, dim = x.shape
            x = x.reshape(batch, height // 2, 2, width // 2, 2, dim).permute(0, 1, 3, 4, 2, 5).flatten(3)
        return self.reduction(self.norm(x))


class Swin(nn.Module):
    """`layout` chooses between two ways to write the same thing, which export differently."""

    exits = ("logits",)
    exit_weights = (1.0,)
    classifiers = ("head",)  # name prefixes of what depends on the class list

    def __init__(self, classes, image, dim, depths, heads, patch=4, window=7, stem=(), layout="timm", **block):
        super().__init__()
        if layout not in LAYOUTS:
            raise ValueError(f"layout {layout}: {' or '.join(LAYOUTS)}")
        official, size = layout == "official", image // patch
        self.proj, self.embed_norm = projection(patch, dim, stem), nn.LayerNorm(dim)
        self.stages, self.merging = nn.ModuleList(), nn.ModuleList()
        for stage, (depth, count) in enumerate(zip(depths, heads)):
            if size % window:
                raise ValueError(f"stage {stage + 1} has a map of {size}, which windows of {window} do not divide")
            self.stages.append(nn.ModuleList(
                SwinBlock(dim, count, size, window, window // 2 * (k % 2), official=official, **block) for k in range(depth)))
            if stage + 1 < len(depths):
                self.merging.append(PatchMerging(dim, official))
                dim, size = 2 * dim, size // 2
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, classes)
        self.apply(initialise)

    def embed(self, x):
        return self.embed_norm(self.proj(x).permute(0, 2, 3, 1))

    def forward(self, x):
        x = self.embed(x)
        for stage, blocks in enumerate(self.stages):
            x = self.merging[stage - 1](x) if stage else x
            for block in blocks:
                x = block(x)
        return (self.head(self.norm(x).mean((1, 2))),)


def build(config, classes):
    return Swin(classes, **CONFIGS[config])
