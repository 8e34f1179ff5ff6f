"""Attention layers of Dyn-Perceiver (arXiv 2306.11248): latents read the feature map, the map reads the latents.

All on [B, rows, channels]; LayerNorm eps 1e-5, GELU erf, no dropout.
"""

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """softmax((q k^T) / sqrt(width / heads)) v, projected back to the query's channels.

    `positions`: the number of key rows that get a learned bias; it is added to the key, not to the score.
    """

    def __init__(self, query_channels, key_channels, width, heads=1, positions=0):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.q_proj = nn.Linear(query_channels, width, bias=False)
        self.k_proj = nn.Linear(key_channels, width, bias=False)
        self.v_proj = nn.Linear(key_channels, width, bias=False)
        self.o_proj = nn.Linear(width, query_channels)
        self.key_bias = nn.Parameter(0.02 * torch.randn(1, positions, width)) if positions else None

    def split(self, x):
        """[B, rows, heads * d] to [B * heads, rows, d]."""
        batch, rows, width = x.shape
        x = x.reshape(batch, rows, self.heads, width // self.heads).transpose(1, 2)
        return x.reshape(batch * self.heads, rows, width // self.heads)

    def forward(self, queries, keys):
        q, k, v = self.q_proj(queries), self.k_proj(keys), self.v_proj(keys)
        if self.key_bias is not None:
            k = k + self.key_bias
        q, k, v = self.split(q), self.split(k), self.split(v)
        weights = (torch.einsum("b i c, b j c -> b i j", q, k) * self.scale).softmax(-1)
        o = torch.einsum("b i j, b j c -> b i c", weights, v)
        rows, d = o.shape[1:]
        o = o.reshape(-1, self.heads, rows, d).transpose(1, 2).reshape(-1, rows, self.heads * d)
        return self.o_proj(o)


def mlp(channels, widening):
    hidden = channels * widening
    return nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels))


class CrossAttention(nn.Module):
    """out = queries + attention(norm(queries), norm(keys)); out += mlp(out)."""

    def __init__(self, query_channels, key_channels, width, positions=0):
        super().__init__()
        self.q_norm, self.kv_norm = nn.LayerNorm(query_channels), nn.LayerNorm(key_channels)
        self.attention = MultiHeadAttention(query_channels, key_channels, width, 1, positions)
        self.mlp = mlp(query_channels, 1)

    def forward(self, queries, keys):
        out = queries + self.attention(self.q_norm(queries), self.kv_norm(keys))
        return out + self.mlp(out)


class SelfAttention(nn.Module):
    """out = x + attention(norm(x)); out += mlp(out)."""

    def __init__(self, channels, heads, widening):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = MultiHeadAttention(channels, channels, channels, heads)
        self.mlp = mlp(channels, widening)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attention(y, y)
        return x + self.mlp(x)


class TokenMixer(nn.Module):
    """Between two stages: halves the tokens by a linear layer along them, then widens the channels."""

    def __init__(self, tokens, channels, next_channels):
        super().__init__()
        self.mix = nn.Sequential(nn.LayerNorm(tokens), nn.Linear(tokens, tokens // 2))
        self.widen = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, next_channels))

    def forward(self, z):
        return self.widen(self.mix(z.transpose(1, 2)).transpose(1, 2))
