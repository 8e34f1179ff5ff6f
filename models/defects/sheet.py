"""A large sheet of one surface with defects here and there, as a line camera sees it: for `vitrt scan`."""

from dataclasses import dataclass

import numpy as np

from models.defects.blemishes import BLEMISHES, blurred
from models.defects.generate import CLASSES, lit, speckle
from models.defects.surfaces import SURFACES

PATCH = 160  # pixels; what a data set of generated images shows of a surface


@dataclass(frozen=True)
class Place:
    y: int
    x: int
    label: int  # index into CLASSES


def sheet(seed, size=4096, surface="coated", defects=30):
    """(uint8 [size, size], places): a place is the patch of PATCH pixels that its defect lies in; places do not overlap."""
    rng = np.random.default_rng([seed, size])
    albedo, height = (np.asarray(field, np.float32) for field in SURFACES[surface](rng, size, 1.0))
    cells = size // PATCH
    patches = [(row * PATCH, column * PATCH) for row in range(cells) for column in range(cells)]
    places = []
    for i, at in enumerate(rng.permutation(len(patches))):
        y, x = patches[at]
        part = (slice(y, y + PATCH), slice(x, x + PATCH))
        difficulty = rng.uniform(0, 1)
        speckle(rng, albedo[part], 0.4 + 0.6 * difficulty)
        if i < defects:
            label = 1 + i % (len(CLASSES) - 1)
            BLEMISHES[CLASSES[label]](rng, albedo[part], height[part], 1.45 - 0.75 * difficulty, 1 - 0.6 * difficulty)
            places.append(Place(y, x, label))
    picture = blurred(lit(rng, albedo, height, 0.0), 0.5)
    picture = picture + rng.normal(0, 0.012, picture.shape)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), places


def tiles(picture, places, count, seed):
    """`count` (image, label) cut at random from a sheet: as the line gives them, most without a defect. A tile that a
    defect's patch lies in only partly is left out: what it shows, nobody can say."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        y, x = rng.integers(0, len(picture) - PATCH + 1, 2)
        near = [p for p in places if abs(p.y - y) < PATCH and abs(p.x - x) < PATCH]
        whole = [p for p in near if abs(p.y - y) <= PATCH // 8 and abs(p.x - x) <= PATCH // 8]
        if len(near) == len(whole) <= 1:
            found.append((picture[y:y + PATCH, x:x + PATCH], whole[0].label if whole else 0))
    for place in places:
        found.append((picture[place.y:place.y + PATCH, place.x:place.x + PATCH], place.label))
    return found
