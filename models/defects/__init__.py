"""Seeded generator of surface-defect images, for the demo, the tests and the small trained models."""

from models.defects.generate import CLASSES, Sample, difficulty_of, generate

__all__ = ["CLASSES", "Sample", "difficulty_of", "generate"]
