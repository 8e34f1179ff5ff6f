"""Swin transformer, from the facts of arXiv 2103.14030."""

from models.swin.model import CONFIGS, Swin, build

__all__ = ["CONFIGS", "Swin", "build"]
