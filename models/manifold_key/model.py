"""ViT and Swin whose attention makes its key by one of the constructions of keys.py (RECONSTRUCTION, see there).

Query and value keep one linear layer. `broadcast` mixes each token of an MLP's result with the mean token, half and
half (context broadcasting, arXiv 2210.08457), which the paper uses as an option.
"""

from torch import nn

from models.manifold_key.keys import CONSTRUCTIONS
from models.swin import model as swin
from models.swin.windows import WindowAttention
from models.vit import model as vit

CHARTS = 8
BEST = {"vit": "vanilla", "swin": "spatial"}  # as published
TRUNKS = {"vit_tiny": vit.CONFIGS["tiny16"], "vit_small": vit.CONFIGS["small16"], "swin_tiny": swin.CONFIGS["tiny"]}
CONFIGS = {"small_images": dict(vit.CONFIGS["small_images"], key=BEST["vit"], charts=4)}
CONFIGS |= {f"{trunk}_{key}": dict(options, key=key) for trunk, options in TRUNKS.items() for key in CONSTRUCTIONS}
CONFIGS["vit_tiny_vanilla_broadcast"] = dict(CONFIGS["vit_tiny_vanilla"], broadcast=True)


def with_key(base, key, charts, grid, class_tokens):
    """The attention class `base` with q and v from one layer and the key from a construction."""

    class ManifoldAttention(base):
        def make_projections(self, dim):
            self.qv = nn.Linear(dim, 2 * dim)
            self.key = CONSTRUCTIONS[key](dim, charts, grid, class_tokens)

        def projections(self, x):
            split = (self.heads, x.shape[-1] // self.heads)
            q, v = self.qv(x).chunk(2, -1)
            return tuple(y.unflatten(2, split).transpose(1, 2) for y in (q, self.key(x), v))

    return ManifoldAttention


class Broadcast(nn.Module):
    """y / 2 + mean(y) / 2, the mean over all positions of [B, ..., D]."""

    def forward(self, y):
        return (y + y.mean(tuple(range(1, y.ndim - 1)), keepdim=True)) / 2


def build(config, classes):
    options = dict(CONFIGS[config])
    key, charts, broadcast = options.pop("key"), options.pop("charts", CHARTS), options.pop("broadcast", False)
    if "depths" in options:
        model = swin.Swin(classes, **options, attention=with_key(WindowAttention, key, charts, 7, 0))
        blocks = [block for stage in model.stages for block in stage]
    else:
        model = vit.ViT(classes, **options,
                        attention=with_key(vit.Attention, key, charts, options["image"] // options["patch"], 1))
        blocks = model.blocks
    for block in blocks if broadcast else ():
        block.mlp.append(Broadcast())
    return model
