"""MPVG: layer-wise position embeddings for pooled vision transformers, from the facts of arXiv 2502.02919."""

from models.mpvg.model import CONFIGS, PositionedSwin, PositionedViT, build

__all__ = ["CONFIGS", "PositionedSwin", "PositionedViT", "build"]
