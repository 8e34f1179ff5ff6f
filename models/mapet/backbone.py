"""The fine-tuning backbones of MaPeT (arXiv 2306.07346): ViT with separate q and kv, LayerScale and mean pooling.

The class token is kept and not read. `small_images` has a stem of convolutions that do not overlap (hMLP, arXiv
2203.09795), because in pre-training no patch may see into another.
"""

from torch import nn

from models.vit import model as vit

TUNED = dict(pool="avg", layer_scale=0.1)
CONFIGS = {f"vit_{size}": vit.CONFIGS[f"{size}16"] | TUNED for size in ("tiny", "small", "base")}
CONFIGS["small_images"] = vit.CONFIGS["small_images"] | TUNED | dict(stem_kernel=2)


class SplitAttention(vit.Attention):
    """q from one layer, k and v from another; the scale after the product of q and k."""

    def make_projections(self, dim):
        self.q, self.kv = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)

    def projections(self, x):
        batch, tokens, dim = x.shape
        q = self.q(x).reshape(batch, tokens, self.heads, dim // self.heads).transpose(1, 2)
        k, v = self.kv(x).reshape(batch, tokens, 2, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return q, k, v

    def forward(self, x, allowed=None):
        """`allowed` [N, N]: which position (row) may read which (column)."""
        q, k, v = self.projections(x)
        scores = (q @ k.transpose(-2, -1)) * self.scale
        if allowed is not None:
            scores = scores.masked_fill(~allowed, -1e30)
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))


def build(config, classes):
    return vit.ViT(classes, **CONFIGS[config], attention=SplitAttention)
