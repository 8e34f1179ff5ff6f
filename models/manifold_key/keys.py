"""RECONSTRUCTION of the key constructions of Manifold Key (arXiv 2402.00534).

Known: the key has its own projection; a trainable scale expands it to charts; features of each chart pass group-wise
one-dimensional convolutions; one of four aggregations makes the key of them. The equations are not public in full, so
what the four do is a guess from their names. Each is a module [B, N, D] -> [B, N, D], made by
`construction(dim, charts, grid, class_tokens)`; put another into CONSTRUCTIONS to replace it.
"""

import torch
from torch import nn


class Charts(nn.Module):
    """Linear projection, times the scale: [B, N, D] to [B, charts * D, N]."""

    def __init__(self, dim, charts):
        super().__init__()
        self.project = nn.Linear(dim, dim)
        self.scale = nn.Parameter(torch.ones(charts, 1, dim) + 0.02 * torch.randn(charts, 1, dim))

    def forward(self, x):
        charts = self.project(x).unsqueeze(1) * self.scale  # [B, charts, N, D]
        return charts.transpose(2, 3).flatten(1, 2)


class SimpleK(nn.Module):
    """The mean of the charts, no convolution."""

    def __init__(self, dim, charts, grid, class_tokens):
        super().__init__()
        self.count, self.charts = charts, Charts(dim, charts)

    def aggregate(self, features):
        return features.unflatten(1, (self.count, -1)).mean(1).transpose(1, 2)

    def forward(self, x):
        return self.aggregate(self.charts(x))


class VanillaK(SimpleK):
    """A pointwise convolution inside each chart, then their mean."""

    kernel = 1

    def __init__(self, dim, charts, grid, class_tokens):
        super().__init__(dim, charts, grid, class_tokens)
        self.conv = nn.Conv1d(charts * dim, charts * dim, self.kernel, padding=self.kernel // 2, groups=charts)

    def forward(self, x):
        return self.aggregate(self.conv(self.charts(x)))


class KUA(VanillaK):
    """The convolution reaches over three neighbouring tokens; charts are weighed by a learned softmax."""

    kernel = 3

    def __init__(self, dim, charts, grid, class_tokens):
        super().__init__(dim, charts, grid, class_tokens)
        self.weights = nn.Parameter(torch.zeros(charts))

    def aggregate(self, features):
        weights = self.weights.softmax(0).view(-1, 1, 1)
        return (features.unflatten(1, (self.count, -1)) * weights).sum(1).transpose(1, 2)


class SpatialK(SimpleK):
    """Tokens lie on their grid: a one-dimensional convolution down and one across, for each channel of each chart. The
    class token, if there is one, stays as it is."""

    def __init__(self, dim, charts, grid, class_tokens):
        super().__init__(dim, charts, grid, class_tokens)
        self.grid, self.class_tokens, width = grid, class_tokens, charts * dim
        self.down = nn.Conv2d(width, width, (3, 1), padding=(1, 0), groups=width)
        self.across = nn.Conv2d(width, width, (1, 3), padding=(0, 1), groups=width)

    def forward(self, x):
        charts = self.charts(x)
        patches = charts[:, :, self.class_tokens:].unflatten(2, (self.grid, self.grid))
        patches = self.across(self.down(patches)).flatten(2)
        if self.class_tokens:
            patches = torch.cat([charts[:, :, :self.class_tokens], patches], 2)
        return self.aggregate(patches)


CONSTRUCTIONS = {"vanilla": VanillaK, "simple": SimpleK, "kua": KUA, "spatial": SpatialK}
