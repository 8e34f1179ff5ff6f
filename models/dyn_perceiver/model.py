"""Dyn-Perceiver (arXiv 2306.11248): a convolutional branch x and a latent branch z with four exits.

forward gives the logits (early3, att, cnn, merge). The four `segment` methods are the work from one exit to
the next; what a later segment reads travels in `state`.
"""

import torch
from torch import nn

from models.dyn_perceiver import mobilenet_v3, regnet, resnet
from models.dyn_perceiver.attention import CrossAttention, SelfAttention, TokenMixer
from models.dyn_perceiver.variants import CONFIGS

FAMILIES = {"regnet": regnet, "resnet": resnet, "mobilenet_v3": mobilenet_v3}
GRID = 7  # the feature map is pooled to GRID x GRID before latents read it


class ReadMap(nn.Module):
    """Latents read the feature map: (7x7 depthwise + identity), pooling to 7x7, cross-attention with a key bias."""

    def __init__(self, channels, size, config):
        super().__init__()
        self.dwc = nn.Conv2d(channels, channels, 7, padding=3, groups=channels) if config.with_dwc else None
        if config.spatial_reduction and size % GRID:
            raise ValueError(f"a stage input of {size} pixels cannot be pooled to {GRID}x{GRID}")
        self.pool = nn.AdaptiveAvgPool2d(GRID) if config.spatial_reduction else nn.Identity()
        positions = GRID**2 if config.spatial_reduction else size**2
        self.attention = CrossAttention(channels, channels, channels, positions)

    def forward(self, z, x):
        if self.dwc is not None:
            x = self.dwc(x) + x
        return self.attention(z, self.pool(x).flatten(2).transpose(1, 2))


class ReadLatents(nn.Module):
    """The feature map reads the latents: every position is a query, one eighth of its channels wide."""

    def __init__(self, channels, latent_channels):
        super().__init__()
        self.attention = CrossAttention(channels, latent_channels, channels // 8)

    def forward(self, x, z):
        batch, channels, height, width = x.shape
        rows = self.attention(x.flatten(2).transpose(1, 2), z)
        return rows.transpose(1, 2).reshape(batch, channels, height, width)


class DynPerceiver(nn.Module):
    exits = ("early3", "att", "cnn", "merge")
    exit_weights = (0.5, 0.5, 1.0, 1.0)
    classifiers = ("early3", "att", "cnn", "merge", "isc3", "isc4")  # name prefixes of what depends on the class list

    def __init__(self, config, classes, squeeze_mean=False):
        """squeeze_mean adds the no-op squeeze(1) that stands in exports of the official code."""
        super().__init__()
        self.config, self.squeeze_mean = config, squeeze_mean
        self.stem, stages, c, strides = FAMILIES[config.family].build(**config.backbone)
        self.stages = nn.ModuleList(stages)
        tokens = [config.tokens >> k for k in range(4)]
        self.latent = nn.Parameter(0.5 * torch.randn(1, tokens[0], c[0]))
        read = [k == 0 or config.with_x2z for k in range(4)]
        self.read_map = nn.ModuleList(ReadMap(c[k], config.image // strides[k], config) if read[k] else None for k in range(4))
        self.read_latents = nn.ModuleList(ReadLatents(c[k], c[k]) if config.with_z2x else None for k in (1, 2, 3))
        depths = [n * f for n, f in zip(config.sa_layers, config.depth_factor)]
        self.self_attention = nn.ModuleList(
            nn.Sequential(*[SelfAttention(c[k], config.heads[k], config.sa_widening) for _ in range(depths[k])]) for k in range(4))
        self.mixers = nn.ModuleList(TokenMixer(tokens[k], c[k], c[k + 1]) for k in range(3))
        self.last_read = ReadLatents(c[4], c[3]) if config.with_last_ca else None
        self.pool = nn.AdaptiveAvgPool2d(1)
        self._classifiers(c, classes)
        self.apply(initialise)

    def _classifiers(self, c, classes):
        hint = c[3] if self.config.with_isc else 0
        carry = lambda: nn.Sequential(nn.Linear(classes, hint), nn.BatchNorm1d(hint), nn.ReLU()) if hint else None
        pooled = 2 if self.config.with_pooled_map else 0
        self.early3 = nn.Linear(c[2] + pooled * c[2], classes)
        self.att = nn.Linear(c[3] + pooled * c[3] + hint, classes)
        self.isc3, self.isc4 = carry(), carry()
        merged = c[4] + c[3] + hint
        if self.config.family == "mobilenet_v3":
            hidden = mobilenet_v3.divisible(1280 * self.config.backbone["width"])
            head = lambda n: [nn.Linear(n, hidden), nn.Hardswish(), nn.Linear(hidden, classes)]
        else:
            head = lambda n: [nn.Linear(n, classes)]
        self.cnn = nn.Sequential(*head(c[4]))
        self.merge = nn.Sequential(nn.BatchNorm1d(merged), *head(merged))

    def _mean(self, z):
        return z.mean(1).squeeze(1) if self.squeeze_mean else z.mean(1)

    def _read(self, z, x):
        """What a latent classifier reads: the mean of the latents and, where the variant says so, the pooled map."""
        mean = self._mean(z)
        return torch.cat([mean, x.mean((2, 3)), x.amax((2, 3))], 1) if self.config.with_pooled_map else mean

    def _exchange(self, k, x, z):
        """Before stage k: the map reads the latents, then the latents read the map and each other."""
        if k and self.read_latents[k - 1] is not None:
            x = self.read_latents[k - 1](x, z)
        if self.read_map[k] is not None:
            z = self.read_map[k](z, x)
        return x, self.self_attention[k](z)

    def segment1(self, image):
        x = self.stem(image)
        x, z = self._exchange(0, x, self.latent.expand(x.shape[0], -1, -1))
        for k in (1, 2):
            x, z = self._exchange(k, self.stages[k - 1](x), self.mixers[k - 1](z))
        logits = self.early3(self._read(z, x))
        return logits, (x, z, logits)

    def segment2(self, state):
        x, z, early = state
        x, z = self._exchange(3, self.stages[2](x), self.mixers[2](z))
        read = self._read(z, x)
        logits = self.att(read if self.isc3 is None else torch.cat([read, self.isc3(early)], 1))
        return logits, (x, z, self._mean(z), logits)

    def segment3(self, state):
        x, z, mean, att = state
        x = self.stages[3](x)
        return self.cnn(self.pool(x).flatten(1)), (x, z, mean, att)

    def segment4(self, state):
        x, z, mean, att = state
        x = x if self.last_read is None else self.last_read(x, z)
        parts = [self.pool(x).flatten(1), mean] + ([] if self.isc4 is None else [self.isc4(att)])
        return self.merge(torch.cat(parts, 1)), None

    def segments(self):
        return self.segment1, self.segment2, self.segment3, self.segment4

    def forward(self, image):
        state, logits = image, []
        for segment in self.segments():
            y, state = segment(state)
            logits.append(y)
        return tuple(logits)


def initialise(module):
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def build(config, classes):
    return DynPerceiver(CONFIGS[config], classes)
