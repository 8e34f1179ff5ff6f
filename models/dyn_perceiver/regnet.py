"""RegNetY (arXiv 2003.13678) in the form of torchvision: stem and four stages, every stage halves the size."""

from torch import nn


def conv_norm(channels_in, channels, kernel, stride=1, groups=1, relu=True):
    conv = nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels), *([nn.ReLU()] if relu else []))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.ReLU(),
                                  nn.Conv2d(squeezed, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.gate(x)


class Block(nn.Module):
    """1x1, grouped 3x3, squeeze-excite (a quarter of the block's input channels), 1x1; residual; ReLU."""

    def __init__(self, channels_in, channels, stride, group_width):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(channels_in, channels, 1),
            conv_norm(channels, channels, 3, stride, channels // group_width),
            SqueezeExcite(channels, round(0.25 * channels_in)),
            conv_norm(channels, channels, 1, relu=False))
        same = channels_in == channels and stride == 1
        self.shortcut = nn.Identity() if same else conv_norm(channels_in, channels, 1, stride, relu=False)
        if same:
            nn.init.zeros_(self.body[3][1].weight)  # begins as nothing but its shortcut
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.shortcut(x) + self.body(x))


def build(stem, widths, depths, group_width):
    """(stem, stages, channels of the four stage inputs and of the output, strides of the same)."""
    channels = [stem, *widths]
    stages = []
    for a, b, depth in zip(channels, widths, depths):
        stages.append(nn.Sequential(*[Block(a if i == 0 else b, b, 2 if i == 0 else 1, group_width) for i in range(depth)]))
    return conv_norm(3, stem, 3, 2), stages, channels, [2, 4, 8, 16, 32]
