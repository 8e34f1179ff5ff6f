"""A plain ViT with classifiers on intermediate class tokens: early exits that belong to no one architecture."""

from models.early_exit_vit.model import CONFIGS, EarlyExitViT, build

__all__ = ["CONFIGS", "EarlyExitViT", "build"]
