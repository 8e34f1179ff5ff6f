"""Flawless surfaces: a brightness map (albedo, 0..1) and a height map each, lit later together with the defect.

Heights are in pixels; only their slope is seen. `rough` scales how coarse and strong the texture is: 1 is
what the training sets use, the shift setting moves it away from that.
"""

import numpy as np

from models.defects.noise import fractal, smooth, streaks, white


def metal(rng, size, rough):
    """Rolled, textured sheet: fine grain, faint rolling marks in one direction."""
    angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.05)
    height = 0.25 * fractal(rng, size, size / (6 * rough), 2) + 0.35 * streaks(rng, size, angle, 0.5, 0.012 * rough)
    albedo = 0.5 + 0.025 * fractal(rng, size, 3, 3) + 0.02 * white(rng, size)
    return albedo, height * rough


def cast(rng, size, rough):
    """Cast iron: grainy, mottled, with shallow dimples."""
    grain = fractal(rng, size, size / (9 * rough), 3, 0.7)
    albedo = 0.4 + 0.04 * fractal(rng, size, 4, 4, 0.6) + 0.025 * white(rng, size)
    return albedo, (0.8 * grain + 0.5 * smooth(rng, size, size / (14 * rough))) * rough


def brushed(rng, size, rough):
    """Brushed or ground metal: long fine lines along one direction."""
    angle = rng.uniform(0, np.pi)
    lines = streaks(rng, size, angle, rng.uniform(0.6, 1.2), 0.009 * rough)
    coarse = streaks(rng, size, angle, 1.2, 0.03 * rough)
    albedo = 0.55 + 0.035 * lines + 0.025 * coarse + 0.012 * white(rng, size)
    return albedo, (0.28 * lines + 0.15 * coarse) * rough


def coated(rng, size, rough):
    """Paint or powder coat: smooth, with orange peel."""
    peel = smooth(rng, size, size / (11 * rough))
    albedo = rng.uniform(0.45, 0.7) + 0.008 * fractal(rng, size, 2, 2) + 0.008 * white(rng, size)
    return albedo, (0.55 * peel + 0.25 * smooth(rng, size, size / (5 * rough))) * rough


SURFACES = {"metal": metal, "cast": cast, "brushed": brushed, "coated": coated}
