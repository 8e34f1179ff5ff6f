"""Manifold Key, a RECONSTRUCTION after arXiv 2402.00534, whose equations are not public in full."""

from models.manifold_key.model import CONFIGS, build
from models.manifold_key.keys import CONSTRUCTIONS

__all__ = ["CONFIGS", "CONSTRUCTIONS", "build"]
