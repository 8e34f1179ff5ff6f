"""MaPeT: masked and permuted pre-training for vision transformers, from the facts of arXiv 2306.07346."""

from models.mapet.backbone import CONFIGS, build

__all__ = ["CONFIGS", "build"]
