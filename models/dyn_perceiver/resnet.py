"""ResNet (arXiv 1512.03385) with a width factor; the stride sits on the 3x3 convolution of a bottleneck."""

from torch import nn

from models.dyn_perceiver.regnet import conv_norm


class Residual(nn.Module):
    def __init__(self, body, channels_in, channels, stride):
        super().__init__()
        self.body = body
        same = channels_in == channels and stride == 1
        self.shortcut = nn.Identity() if same else conv_norm(channels_in, channels, 1, stride, relu=False)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.shortcut(x) + self.body(x))


def basic(channels_in, planes, stride):
    body = nn.Sequential(conv_norm(channels_in, planes, 3, stride), conv_norm(planes, planes, 3, relu=False))
    return Residual(body, channels_in, planes, stride)


def bottleneck(channels_in, planes, stride):
    body = nn.Sequential(conv_norm(channels_in, planes, 1), conv_norm(planes, planes, 3, stride),
                         conv_norm(planes, 4 * planes, 1, relu=False))
    return Residual(body, channels_in, 4 * planes, stride)


def build(depths, width=1.0, wide=True):
    """(stem, stages, channels of the four stage inputs and of the output, strides of the same)."""
    block, factor = (bottleneck, 4) if wide else (basic, 1)
    planes = [int(width * p) for p in (64, 128, 256, 512)]
    stem = nn.Sequential(conv_norm(3, planes[0], 7, 2), nn.MaxPool2d(3, 2, 1))
    channels = [planes[0], *(factor * p for p in planes)]
    stages = []
    for k, (p, depth) in enumerate(zip(planes, depths)):
        strides = [1 if k == 0 else 2] + [1] * (depth - 1)
        stages.append(nn.Sequential(*[block(channels[k] if i == 0 else channels[k + 1], p, s) for i, s in enumerate(strides)]))
    return stem, stages, channels, [4, 4, 8, 16, 32]
