"""The plain vision transformer (ViT / DeiT encoder), from the facts of arXiv 2010.11929."""

from models.vit.model import CONFIGS, ViT, build

__all__ = ["CONFIGS", "ViT", "build"]
