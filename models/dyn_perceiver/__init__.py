"""Dyn-Perceiver with its three backbone families, from the facts of arXiv 2306.11248."""

from models.dyn_perceiver.model import DynPerceiver, build
from models.dyn_perceiver.variants import CONFIGS, Config, variant

__all__ = ["CONFIGS", "Config", "DynPerceiver", "build", "variant"]
