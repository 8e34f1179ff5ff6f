"""MobileNetV3-Large (arXiv 1905.02244) with a width factor, cut into a stem and four stages. BatchNorm eps 1e-3."""

from torch import nn

# kernel, expanded, out, squeeze-excite, hard-swish, stride (table 1 of the paper)
ROWS = [
    (3, 16, 16, False, False, 1), (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1), (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1), (5, 120, 40, True, False, 1), (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1), (3, 184, 80, False, True, 1), (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1), (3, 672, 112, True, True, 1), (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1), (5, 960, 160, True, True, 1),
]
STAGES = [ROWS[2:4], ROWS[4:7], ROWS[7:13], ROWS[13:15]]


def divisible(value):
    """The nearest multiple of 8, but not more than 10 % below the value."""
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


def conv_norm(channels_in, channels, kernel, stride=1, groups=1, act=None):
    conv = nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01), *([act()] if act else []))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        squeezed = divisible(channels / 4)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.ReLU(),
                                  nn.Conv2d(squeezed, channels, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.gate(x)


class InvertedResidual(nn.Module):
    """1x1 up, depthwise, squeeze-excite, 1x1 down; the sum where shapes allow it."""

    def __init__(self, channels_in, row, width):
        super().__init__()
        kernel, expanded, out, squeeze, swish, stride = row
        expanded, self.channels = divisible(expanded * width), divisible(out * width)
        act = nn.Hardswish if swish else nn.ReLU
        layers = [conv_norm(channels_in, expanded, 1, act=act)] if expanded != channels_in else []
        layers.append(conv_norm(expanded, expanded, kernel, stride, expanded, act))
        layers += [SqueezeExcite(expanded)] if squeeze else []
        self.body = nn.Sequential(*layers, conv_norm(expanded, self.channels, 1))
        self.residual = stride == 1 and channels_in == self.channels

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def chain(channels, rows, width):
    blocks = []
    for row in rows:
        blocks.append(InvertedResidual(channels, row, width))
        channels = blocks[-1].channels
    return blocks, channels


def build(width=1.0):
    """(stem, stages, channels of the four stage inputs and of the output, strides of the same)."""
    first = divisible(16 * width)
    blocks, channels = chain(first, ROWS[:2], width)
    stem = nn.Sequential(conv_norm(3, first, 3, 2, act=nn.Hardswish), *blocks)
    inputs, stages = [channels], []
    for rows in STAGES:
        blocks, channels = chain(channels, rows, width)
        stages.append(nn.Sequential(*blocks))
        inputs.append(channels)
    stages[-1].append(conv_norm(channels, 6 * channels, 1, act=nn.Hardswish))
    inputs[-1] = 6 * channels
    return stem, stages, inputs, [4, 8, 16, 32, 32]
