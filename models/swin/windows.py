"""Windows of a feature map [B, H, W, C] and attention inside them (Swin, arXiv 2103.14030)."""

import torch
from torch import nn


def partition(x, window):
    """[B, H, W, C] to [B * windows, window * window, C]."""
    batch, height, width, channels = x.shape
    x = x.view(batch, height // window, window, width // window, window, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, channels)


def merge(windows, window, batch, height, width):
    """The inverse of partition."""
    x = windows.view(batch, height // window, width // window, window, window, windows.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, windows.shape[-1])


def relative_index(window):
    """[window^2, window^2]: the row of the bias table for a pair of positions."""
    places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
    away = places[:, :, None] - places[:, None, :] + window - 1
    return away[0] * (2 * window - 1) + away[1]


def shift_mask(size, window, shift):
    """[windows, window^2, window^2]: -100 between positions that the cyclic shift has brought together, else 0."""
    band = torch.zeros(size, dtype=torch.long)
    band[size - window:size - shift], band[size - shift:] = 1, 2
    regions = partition((3 * band[:, None] + band[None, :]).view(1, size, size, 1), window).squeeze(-1)
    return (regions[:, None, :] != regions[:, :, None]).float() * -100.0


class WindowAttention(nn.Module):
    """Multi-head attention on [B * windows, N, C] with a learned bias for each relative position."""

    def __init__(self, dim, heads, window):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.bias_table = nn.Parameter(0.02 * torch.randn((2 * window - 1) ** 2, heads))
        self.register_buffer("bias_index", relative_index(window), persistent=False)
        self.make_projections(dim)
        self.proj = nn.Linear(dim, dim)

    def make_projections(self, dim):
        self.qkv = nn.Linear(dim, 3 * dim)

    def projections(self, x):
        """q, k and v, each [B * windows, heads, N, d]."""
        rows, tokens, dim = x.shape
        return self.qkv(x).reshape(rows, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x, mask=None):
        q, k, v = self.projections(x)
        rows, heads, tokens, _ = q.shape
        bias = self.bias_table[self.bias_index.view(-1)].view(tokens, tokens, heads).permute(2, 0, 1)
        scores = q * self.scale @ k.transpose(-2, -1) + bias
        if mask is not None:
            scores = scores.view(-1, mask.shape[0], heads, tokens, tokens) + mask[:, None]
            scores = scores.view(-1, heads, tokens, tokens)
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))
