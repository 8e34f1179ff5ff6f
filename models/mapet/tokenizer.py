"""The k-CLIP tokenizer of MaPeT: a CLIP-style image encoder, then for each patch the nearest of the centroids.

One output, `token_ids` int64 [B, patches]. Encoder: no bias in the patch convolution, LayerNorm before the first and
after the last block, QuickGELU, eps 1e-5. The centroids come from k-means over the encoder's features.
"""

import torch
from torch import nn

from models.vit import model as vit

CONFIGS = {
    "k_clip_base16": dict(image=224, patch=16, dim=768, depth=12, heads=12, centroids=8192),
    "k_clip_tiny16": dict(image=224, patch=16, dim=192, depth=12, heads=3, centroids=8192),
}


class Nearest(nn.Module):
    """[B, N, D] to the number of the nearest centroid: argmin |c|^2 - 2 x c, the square of x being the same for all."""

    def __init__(self, centroids):
        super().__init__()
        self.register_buffer("centroids", centroids)

    def forward(self, x):
        return (self.centroids.square().sum(1) - 2 * (x @ self.centroids.t())).argmin(-1)


class Tokenizer(nn.Module):
    exits = ("token_ids",)

    def __init__(self, image, patch, dim, depth, heads, centroids):
        super().__init__()
        self.embed = vit.Embedding(image, patch, dim)
        self.embed.proj = nn.Conv2d(3, dim, patch, patch, bias=False)
        self.pre_norm, self.post_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.blocks = nn.ModuleList(vit.Block(dim, heads, "quick", eps=1e-5) for _ in range(depth))
        self.nearest = Nearest(torch.randn(centroids, dim))

    def forward(self, x):
        x = self.pre_norm(self.embed(x))
        for block in self.blocks:
            x = block(x)
        return (self.nearest(self.post_norm(x)[:, 1:]),)


def build(config, classes=None):
    """There are no classes; the argument is that of every system."""
    return Tokenizer(**CONFIGS[config])
