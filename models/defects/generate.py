"""One surface-defect image from (seed, index): surface, defect, light, camera.

The class is index modulo six, so any run of indices is balanced. Nothing outside the two numbers and the
settings enters, so a data set is described by its settings and need not be stored.
"""

from dataclasses import dataclass

import numpy as np

from models.defects.blemishes import BLEMISHES, Canvas, blurred
from models.defects.noise import grid, resized, smooth
from models.defects.surfaces import SURFACES

CLASSES = ("none", "blowhole", "crack", "scratch", "break", "stain")


@dataclass(frozen=True)
class Sample:
    image: np.ndarray  # uint8 [size, size], grey
    label: int  # index into CLASSES
    surface: str
    difficulty: float


def speckle(rng, albedo, amount):
    """Dust and small marks that are no defect: they keep `none` from meaning 'nothing at all'."""
    canvas = Canvas(albedo.shape[0])
    for _ in range(rng.poisson(6 * amount)):
        canvas.dot(*rng.uniform(0, 1, 2), rng.uniform(0.002, 0.006))
    albedo += rng.choice([-0.12, 0.1]) * amount * canvas.done()


def lit(rng, albedo, height, shift):
    """Shades the height map with a low lamp and lays the uneven light of a real set-up over it."""
    size = albedo.shape[0]
    lamp = rng.uniform(0, 2 * np.pi)
    dy, dx = np.gradient(height)
    shade = 1 + 0.32 * np.clip(dx * np.cos(lamp) + dy * np.sin(lamp), -1.6, 1.6)
    y, x = grid(size)
    ramp = (x - 0.5) * np.cos(lamp) + (y - 0.5) * np.sin(lamp)
    falloff = 1 - rng.uniform(0, 0.35) * ((x - 0.5)**2 + (y - 0.5)**2)
    light = (1 + rng.uniform(0.0, 0.35) * ramp) * falloff * (1 + 0.04 * smooth(rng, size, 3))
    exposure = rng.uniform(0.85, 1.15) + shift * rng.choice([-0.4, 0.4])
    return albedo * shade * light * exposure


def moved(rng, picture, shift):
    """The picture as from a camera that stands nearer and to the side: enlarged, then cut off-centre."""
    size = picture.shape[0]
    large = round(size * (1 + 0.25 * shift))
    y, x = rng.integers(0, large - size + 1, 2)
    return resized(picture, large, large)[y:y + size, x:x + size]


def difficulty_of(seed, index):
    """What generate(seed, index) draws for its difficulty, without making the image."""
    return float(np.random.default_rng([seed, index]).uniform(0, 1))


def generate(seed, index, size=160, difficulty=None, shift=0.0):
    """The image of one (seed, index).

    difficulty: 0 (large, strong) to 1 (small, faint); None draws it per image. shift: 0 (as in training) to 1;
    changes brightness, camera position and texture from what the models were trained on.
    """
    rng = np.random.default_rng([seed, index])
    label = index % len(CLASSES)
    drawn = float(rng.uniform(0, 1))  # the first draw: difficulty_of relies on it
    difficulty = drawn if difficulty is None else float(difficulty)
    name = list(SURFACES)[rng.integers(len(SURFACES))]
    rough = float(np.exp(rng.normal(0, 0.12) + shift * rng.choice([-0.6, 0.6])))
    albedo, height = SURFACES[name](rng, size, rough)
    speckle(rng, albedo, 0.4 + 0.6 * difficulty)
    if label:
        scale = (1.45 - 0.75 * difficulty) * rng.uniform(0.9, 1.1)
        depth = (1.0 - 0.6 * difficulty) * rng.uniform(0.9, 1.1)
        BLEMISHES[CLASSES[label]](rng, albedo, height, scale, depth)
    picture = lit(rng, albedo, height, shift)
    if shift:
        picture = moved(rng, picture, shift)
    picture = blurred(picture, rng.uniform(0.3, 0.8) * size / 160)
    picture = picture + rng.normal(0, rng.uniform(0.006, 0.018), picture.shape)
    return Sample((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), label, name, difficulty)
