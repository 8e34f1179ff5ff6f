"""ViT: pre-norm transformer encoder over image patches, with the variations found in published models.

Input [B, 3, H, W]; one output, `logits` [B, classes]. LayerNorm eps 1e-6 as in the published weights.
"""

import torch
from torch import nn

TINY = dict(patch=16, dim=192, depth=12, heads=3)
CONFIGS = {
    "small_images": dict(image=112, patch=16, stem=(32, 64, 128, 128), dim=128, depth=6, heads=4),
    "tiny": dict(image=224, **TINY),
    "small": dict(image=224, **TINY | dict(dim=384, heads=6)),
    "base": dict(image=224, **TINY | dict(dim=768, heads=12)),
    "large": dict(image=224, **TINY | dict(dim=1024, depth=24, heads=16)),
}


class Attention(nn.Module):
    """Multi-head self-attention on [B, N, D]: softmax(q k^T / sqrt(d)) v, then a projection."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q * self.scale @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, dim))


class Block(nn.Module):
    """x += attention(norm(x)); x += mlp(norm(x))."""

    def __init__(self, dim, heads, gelu="none"):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate=gelu), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def projection(patch, dim, stem):
    """[B, 3, H, W] -> [B, dim, H / patch, W / patch]: one convolution with stride = kernel or, with the widths of a
    `stem`, as many 3x3 convolutions of stride 2 and a 1x1 (Xiao et al., arXiv 2106.14881), which small data needs."""
    if not stem:
        return nn.Conv2d(3, dim, patch, patch)
    if 2 ** len(stem) != patch:
        raise ValueError(f"a stem of {len(stem)} convolutions makes patches of {2 ** len(stem)}, not {patch}")
    layers = []
    for before, width in zip((3, *stem), stem):
        layers += [nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(stem[-1], dim, 1))


class Embedding(nn.Module):
    """Patches to tokens by `projection`, the class token in front, plus positions."""

    def __init__(self, image, patch, dim, class_token=True, stem=()):
        super().__init__()
        if image % patch:
            raise ValueError(f"patch size {patch} does not divide the image size {image}")
        self.proj = projection(patch, dim, stem)
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, dim)) if class_token else None
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, (image // patch) ** 2 + class_token, dim))

    def forward(self, x):
        x = self.proj(x).flatten(2).transpose(1, 2)
        if self.cls_token is not None:
            x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1)
        return x + self.pos_embed


class ViT(nn.Module):
    """`pool`: token = norm, then the class token; avg = mean of the patches, then norm; gap = norm, then mean."""

    exits = ("logits",)
    exit_weights = (1.0,)
    classifiers = ("head",)  # name prefixes of what depends on the class list

    def __init__(self, classes, image, patch, dim, depth, heads, pool="token", gelu="none", stem=()):
        super().__init__()
        self.pool = pool
        self.embed = Embedding(image, patch, dim, pool != "gap", stem)
        self.blocks = nn.ModuleList(Block(dim, heads, gelu) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)
        self.apply(initialise)

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        if self.pool == "token":
            x = self.norm(x)[:, 0]
        elif self.pool == "avg":
            x = self.norm(x[:, 1:].mean(1))
        else:
            x = self.norm(x).mean(1)
        return (self.head(x),)


def initialise(module):
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


def build(config, classes):
    return ViT(classes, **CONFIGS[config])
