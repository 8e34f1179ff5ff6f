"""The defects. Each changes the brightness map and the height map of a surface in place.

`scale` is the linear size (1 = clearly visible), `depth` the contrast (1 = clearly visible). Masks are drawn
four times too large and reduced, so that edges are smooth.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.defects.noise import fractal, grid, smooth

OVERSAMPLE = 4


class Canvas:
    """A mask in unit coordinates; `done` gives it as float32, 0..1."""

    def __init__(self, size):
        self.size = size
        self.image = Image.new("L", (size * OVERSAMPLE, size * OVERSAMPLE))
        self.pen = ImageDraw.Draw(self.image)

    def dot(self, x, y, radius):
        s = self.size * OVERSAMPLE
        self.pen.ellipse([(x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s], fill=255)

    def stroke(self, points, widths):
        """A line of discs joined by segments: `widths` in image shares, one per point."""
        s = self.size * OVERSAMPLE
        for (a, b), w in zip(zip(points, points[1:]), widths):
            self.pen.line([tuple(a * s), tuple(b * s)], fill=255, width=max(1, round(w * s)))
            self.dot(*b, w / 2)

    def done(self):
        return np.asarray(self.image.reduce(OVERSAMPLE), np.float32) / 255


def blurred(mask, radius):
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def blowhole(rng, albedo, height, scale, depth):
    """Gas pores: one to four round pits, dark inside, with a lit rim."""
    size = albedo.shape[0]
    canvas, spot = Canvas(size), rng.uniform(0.15, 0.85, 2)
    for i in range(rng.choice([1, 1, 2, 3, 4])):
        radius = scale * rng.uniform(0.022, 0.05) * (1.0 if i == 0 else 0.6)
        x, y = np.clip(spot + (0 if i == 0 else rng.normal(0, 0.12, 2)), 0.06, 0.94)
        lobes = 1 + 0.12 * rng.standard_normal(3)
        for k, lobe in enumerate(lobes):
            turn = 2 * np.pi * k / 3
            canvas.dot(x + 0.2 * radius * np.cos(turn), y + 0.2 * radius * np.sin(turn), radius * lobe * 0.9)
    pit = blurred(canvas.done(), 0.005 * size)
    albedo *= 1 - 0.75 * depth * pit
    height -= 5 * depth * blurred(pit, 0.008 * size)


def wander(rng, start, angle, length, steps, bend):
    """A random walk of `steps` steps from `start`; `bend` is the spread of the turn per step."""
    turns = angle + np.cumsum(rng.normal(0, bend, steps))
    turns = angle + (turns - angle) * 0.7
    step = length / steps * np.stack([np.cos(turns), np.sin(turns)], 1)
    return np.concatenate([[start], start + np.cumsum(step, 0)])


def crack(rng, albedo, height, scale, depth):
    """A jagged dark line that tapers off and may branch."""
    size = albedo.shape[0]
    canvas = Canvas(size)
    angle = rng.uniform(0, 2 * np.pi)
    length = np.clip(scale, 0.6, 1.6) * rng.uniform(0.35, 0.7)
    middle = rng.uniform(0.3, 0.7, 2)
    start = middle - 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
    path = wander(rng, start, angle, length, 28, 0.5)
    width = (0.5 + 0.5 * scale) * rng.uniform(0.009, 0.015)
    taper = width * (0.3 + 0.7 * np.sin(np.linspace(0.15, np.pi - 0.1, len(path)))) * rng.uniform(0.6, 1.3, len(path))
    canvas.stroke(path, taper)
    for _ in range(rng.integers(0, 3)):
        at = rng.integers(6, 22)
        side = angle + rng.choice([-1, 1]) * rng.uniform(0.5, 1.1)
        branch = wander(rng, path[at], side, length * rng.uniform(0.15, 0.4), 10, 0.5)
        canvas.stroke(branch, np.linspace(taper[at] * 0.8, width * 0.2, len(branch)))
    gap = canvas.done()
    albedo *= 1 - 0.8 * depth * gap
    height -= 2.0 * depth * blurred(gap, 0.005 * size)


def scratch(rng, albedo, height, scale, depth):
    """One to three straight or slightly curved lines, bare metal or dirt in them, a ridge along the side."""
    size = albedo.shape[0]
    canvas = Canvas(size)
    angle, middle = rng.uniform(0, np.pi), rng.uniform(0.3, 0.7, 2)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    curve = rng.normal(0, 0.12)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        length = np.clip(scale, 0.6, 1.6) * rng.uniform(0.35, 0.75)
        t = np.linspace(-0.5, 0.5, 24)[:, None]
        centre = middle + rng.normal(0, 0.05) * across + rng.normal(0, 0.05) * along
        path = centre + length * (t * along + curve * (t**2 - 0.08) * across)
        width = (0.5 + 0.5 * scale) * rng.uniform(0.006, 0.012)
        canvas.stroke(path, width * np.sqrt(np.clip(1 - (2 * t[:, 0])**2, 0.15, 1)))
    groove = canvas.done()
    if rng.random() < 0.7:
        albedo += 0.38 * depth * groove * rng.uniform(0.8, 1.1)
    else:
        albedo *= 1 - 0.55 * depth * groove
    height -= 1.2 * depth * blurred(groove, 0.004 * size)


def chip(rng, albedo, height, scale, depth):
    """A break: a piece missing from an edge or a corner, dark and rough where the material is gone."""
    size = albedo.shape[0]
    y, x = grid(size)
    reach = np.clip(scale, 0.5, 1.6) * rng.uniform(0.15, 0.26)
    along = 0.0 if rng.random() < 0.4 else rng.uniform(0.2, 0.8)  # 0 is the corner
    wide = rng.uniform(0.9, 1.7)
    ragged = 0.16 * smooth(rng, size, 6) + 0.10 * smooth(rng, size, 14) + 0.04 * smooth(rng, size, 40)
    u, v = np.abs(x - along) / (wide * reach), y / reach
    inside = 1 - 0.5 * np.maximum(u, v) - 0.5 * np.hypot(u, v)
    gone = np.clip((inside + ragged) * reach * size * 0.8, 0, 1)
    gone = np.rot90(gone, rng.integers(4))
    if rng.random() < 0.5:
        gone = gone[:, ::-1]
    rough = fractal(rng, size, size / 12, 3, 0.7)
    albedo *= 1 - depth * gone * np.clip(0.52 + 0.12 * rough, 0.2, 0.85)
    height += depth * gone * 1.8 * rough
    height -= 6 * depth * blurred(gone, 0.012 * size)


def stain(rng, albedo, height, scale, depth):
    """A blot of oil, water or rust: no relief, soft outline, often a darker rim."""
    size = albedo.shape[0]
    y, x = grid(size)
    spot, reach = rng.uniform(0.2, 0.8, 2), np.clip(scale, 0.5, 1.7) * rng.uniform(0.11, 0.2)
    turn, flat = rng.uniform(0, np.pi), rng.uniform(0.55, 1.0)
    u = (x - spot[0]) * np.cos(turn) + (y - spot[1]) * np.sin(turn)
    v = ((y - spot[1]) * np.cos(turn) - (x - spot[0]) * np.sin(turn)) / flat
    inside = 1 - np.sqrt(u**2 + v**2) / reach + 0.22 * smooth(rng, size, 7) + 0.08 * smooth(rng, size, 20)
    blot = 1 / (1 + np.exp(-np.clip(inside * rng.uniform(8, 25), -30, 30)))
    rim = np.exp(-(inside / 0.12)**2) * rng.choice([0.0, 0.5])
    tone = blot * (1 + 0.15 * smooth(rng, size, 9)) + rim
    if rng.random() < 0.75:
        albedo *= 1 - 0.42 * depth * np.clip(tone, 0, 1.3)
    else:
        albedo += 0.22 * depth * np.clip(tone, 0, 1.3)


BLEMISHES = {"blowhole": blowhole, "crack": crack, "scratch": scratch, "break": chip, "stain": stain}
