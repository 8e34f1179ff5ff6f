"""The registered variants: backbone, number of latents, depth factors; and a small one to train on a CPU."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Config:
    """The switches carry the official names; README commands set all of them, with widening 4."""

    family: str  # regnet, resnet, mobilenet_v3
    backbone: dict
    tokens: int
    depth_factor: tuple = (1, 1, 1, 1)
    sa_layers: tuple = (3, 3, 9, 3)
    heads: tuple = (1, 2, 4, 8)
    sa_widening: int = 4
    spatial_reduction: bool = True  # keys are the map pooled to 7x7
    with_x2z: bool = True  # latents read the map in stages 2 to 4 (stage 1 always does)
    with_z2x: bool = True  # the map reads the latents before stages 2 to 4
    with_last_ca: bool = True  # the last map reads the latents before the merging classifier
    with_dwc: bool = True  # a 7x7 depthwise convolution before the map is read
    with_isc: bool = True  # earlier logits feed the next latent classifiers
    with_pooled_map: bool = False  # not in the paper: early3 and att also read mean and maximum of the feature map
    image: int = 224

    def __getitem__(self, key):
        return getattr(self, key)


REGNETS = {
    "reg400m": dict(stem=32, widths=(48, 104, 208, 440), depths=(1, 3, 6, 6), group_width=8),
    "reg800m": dict(stem=32, widths=(64, 144, 320, 784), depths=(1, 3, 8, 2), group_width=16),
    "reg1x6g": dict(stem=32, widths=(48, 120, 336, 888), depths=(2, 6, 17, 2), group_width=24),
    "reg3x2g": dict(stem=32, widths=(72, 216, 576, 1512), depths=(2, 5, 13, 1), group_width=24),
}
RESNETS = {
    "resnet18": (dict(depths=(2, 2, 2, 2), wide=False), (128, 256, 512)),
    "resnet34": (dict(depths=(3, 4, 6, 3), wide=False), (128, 256, 512)),
    "resnet50": (dict(depths=(3, 4, 6, 3)), (64, 128, 256, 512)),
    "resnet50_0375": (dict(depths=(3, 4, 6, 3), width=0.375), (64, 128, 256)),
    "resnet50_050": (dict(depths=(3, 4, 6, 3), width=0.5), (64, 128, 256)),
    "resnet50_0625": (dict(depths=(3, 4, 6, 3), width=0.625), (128, 160, 192, 256)),
    "resnet50_075": (dict(depths=(3, 4, 6, 3), width=0.75), (128, 256)),
}
MOBILENETS = {"_0x5": 0.5, "_0x75": 0.75, "": 1.0, "_1x25": 1.25, "_1x5": 1.5, "_2x0": 2.0}


def registered():
    """Every registered name with depth factors 1111, as registered."""
    table = {}
    for name, backbone in REGNETS.items():
        for tokens in (32, 64, 128, 256, 512) if name in ("reg400m", "reg800m") else (128, 256, 512):
            table[f"{name}_perceiver_t{tokens}"] = Config("regnet", backbone, tokens)
    for name, (backbone, counts) in RESNETS.items():
        table |= {f"{name}_perceiver_t{tokens}": Config("resnet", backbone, tokens) for tokens in counts}
    for suffix, width in MOBILENETS.items():
        for tokens in (128, 256, 512):
            table[f"mobilenetV3{suffix}_perceiver_t{tokens}"] = Config("mobilenet_v3", dict(width=width), tokens)
    return table


CONFIGS = registered()
CONFIGS["small_images"] = Config(
    "regnet", dict(stem=16, widths=(24, 48, 128, 256), depths=(1, 1, 4, 2), group_width=8), tokens=64,
    sa_layers=(1, 1, 2, 2), heads=(1, 2, 4, 4), sa_widening=2, image=112)
CONFIGS["small_early"] = replace(  # more of the work before the first exit, which reads the map too
    CONFIGS["small_images"], backbone=dict(stem=16, widths=(24, 48, 128, 256), depths=(1, 4, 4, 2), group_width=8),
    with_pooled_map=True)


def variant(name, depth_factor=(1, 1, 1, 1), **switches):
    return replace(CONFIGS[name], depth_factor=tuple(depth_factor), **switches)
