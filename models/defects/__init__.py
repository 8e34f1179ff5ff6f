"""Seeded generator of surface-defect images, for the demo, the tests and the small trained models."""

from models.defects.generate import CLASSES, Sample, generate

__all__ = ["CLASSES", "Sample", "generate"]
