"""ViT: pre-norm transformer encoder over image patches, with the variations found in published models.

Input [B, 3, H, W]; one output, `logits` [B, classes]. LayerNorm eps 1e-6 as in the published weights.
"""

from functools import partial

import torch
from torch import nn

SIZES = {
    "tiny": dict(dim=192, depth=12, heads=3),
    "small": dict(dim=384, depth=12, heads=6),
    "base": dict(dim=768, depth=12, heads=12),
    "large": dict(dim=1024, depth=24, heads=16),
}
CONFIGS = {
    "small_images": dict(image=112, patch=16, stem=(32, 64, 128, 128), dim=128, depth=6, heads=4),
    **{f"{name}{patch}": dict(image=224, patch=patch, **size) for name, size in SIZES.items() for patch in (16, 32)},
}


class QuickGELU(nn.Module):
    """x * sigmoid(1.702 x), the activation of CLIP."""

    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


GELUS = {"none": nn.GELU, "tanh": partial(nn.GELU, approximate="tanh"), "quick": QuickGELU}


class Attention(nn.Module):
    """Multi-head self-attention on [B, N, D]: softmax(q k^T / sqrt(d)) v, then a projection."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.make_projections(dim)
        self.proj = nn.Linear(dim, dim)

    def make_projections(self, dim):
        self.qkv = nn.Linear(dim, 3 * dim)

    def projections(self, x):
        """q, k and v, each [B, heads, N, d]."""
        batch, tokens, dim = x.shape
        return self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x):
        q, k, v = self.projections(x)
        weights = (q * self.scale @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    """x += attention(norm(x)); x += mlp(norm(x)); each branch times a learned vector where `layer_scale` is given."""

    def __init__(self, dim, heads, gelu="none", attention=Attention, layer_scale=None, eps=1e-6):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=eps), nn.LayerNorm(dim, eps=eps)
        self.attn = attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), GELUS[gelu](), nn.Linear(4 * dim, dim))
        scale = lambda: nn.Parameter(torch.full((dim,), layer_scale)) if layer_scale else 1.0
        self.scale1, self.scale2 = scale(), scale()

    def forward(self, x, position=None, **attention):
        """`position` [1, N, D] is added to what the attention reads (MPVG)."""
        y = self.norm1(x)
        x = x + self.scale1 * self.attn(y if position is None else y + position, **attention)
        return x + self.scale2 * self.mlp(self.norm2(x))


def projection(patch, dim, stem, kernel=3):
    """[B, 3, H, W] -> [B, dim, H / patch, W / patch]: one convolution with stride = kernel or, with the widths of a
    `stem`, as many convolutions of stride 2 and a 1x1 (Xiao et al., arXiv 2106.14881), which small data needs."""
    if not stem:
        return nn.Conv2d(3, dim, patch, patch)
    if 2 ** len(stem) != patch:
        raise ValueError(f"a stem of {len(stem)} convolutions makes patches of {2 ** len(stem)}, not {patch}")
    layers = []
    for before, width in zip((3, *stem), stem):
        convolution = nn.Conv2d(before, width, kernel, 2, (kernel - 1) // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(stem[-1], dim, 1))


class Embedding(nn.Module):
    """Patches to tokens by `projection`, the class token in front, plus positions."""

    def __init__(self, image, patch, dim, class_token=True, stem=(), stem_kernel=3):
        super().__init__()
        if image % patch:
            raise ValueError(f"patch size {patch} does not divide the image size {image}")
        self.proj = projection(patch, dim, stem, stem_kernel)
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

    def __init__(self, classes, image, patch, dim, depth, heads, pool="token", gelu="none", stem=(), stem_kernel=3,
                 **block):
        super().__init__()
        if pool not in ("token", "avg", "gap"):
            raise ValueError(f"pool {pool}: token, avg or gap")
        self.pool = pool
        self.embed = Embedding(image, patch, dim, pool != "gap", stem, stem_kernel)
        self.blocks = nn.ModuleList(Block(dim, heads, gelu, **block) for _ in range(depth))
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
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def build(config, classes):
    return ViT(classes, **CONFIGS[config])
