"""Weights of timm's VisionTransformer (token or avg pooling) under the names of this definition."""

import re

RULES = [
    (r"^cls_token$", "embed.cls_token"),
    (r"^pos_embed$", "embed.pos_embed"),
    (r"^patch_embed\.proj\.", "embed.proj."),
    (r"^fc_norm\.", "norm."),
    (r"^(blocks\.\d+)\.mlp\.fc1\.", r"\1.mlp.0."),
    (r"^(blocks\.\d+)\.mlp\.fc2\.", r"\1.mlp.2."),
    (r"^(blocks\.\d+)\.ls([12])\.gamma$", r"\1.scale\2"),
]


def renamed(name):
    for pattern, replacement in RULES:
        name = re.sub(pattern, replacement, name)
    return name


def load_timm(model, state):
    """Every weight must find its place and every place its weight."""
    model.load_state_dict({renamed(name): weight for name, weight in state.items()})
