"""DINOv2 ViT-S/14 with classifiers on the pooled tokens of several blocks."""

from models.dinov2.model import CONFIGS, DinoV2, build, recipe

__all__ = ["CONFIGS", "DinoV2", "build", "recipe"]
