"""ViT with early exits: after each block of `exits_after`, LayerNorm and a linear classifier on the class token.

Exits are named exit<depth>; the last is the ViT's own head, `logits`. An exit's classifier feeds nothing, so
cutting the graph by ancestors gives segments of whole blocks.
"""

from torch import nn

from models.vit import model as vit

CONFIGS = {"small_images": vit.CONFIGS["small_images"] | dict(exits_after=(2, 4))}


class EarlyExitViT(nn.Module):
    classifiers = ("head", "early")  # name prefixes of what depends on the class list

    def __init__(self, classes, image, patch, dim, depth, heads, exits_after, stem=()):
        super().__init__()
        self.exits_after = exits_after
        self.exits = tuple(f"exit{k}" for k in exits_after) + ("logits",)
        self.exit_weights = (0.5,) * len(exits_after) + (1.0,)
        self.embed = vit.Embedding(image, patch, dim, stem=stem)
        self.blocks = nn.ModuleList(vit.Block(dim, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)
        self.early = nn.ModuleList(nn.Sequential(nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, classes)) for _ in exits_after)
        self.apply(vit.initialise)

    def forward(self, x):
        x, logits = self.embed(x), []
        for depth, block in enumerate(self.blocks, 1):
            x = block(x)
            if depth in self.exits_after:
                logits.append(self.early[len(logits)](x[:, 0]))
        return (*logits, self.head(self.norm(x)[:, 0]))


def build(config, classes):
    return EarlyExitViT(classes, **CONFIGS[config])
