"""The preprocessing recipe: what happens between an image file and the model's input tensor.

Training reads images through this, and the JSON written beside every exported model says the same to
`vitrt-convert --preprocess`, so both sides compute one thing: decode, resize (Pillow's filters), centre crop,
scale to 0..1, subtract the mean, divide by the standard deviation. Grey images are repeated over the channels.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

FILTERS = {
    "nearest": Image.NEAREST,
    "box": Image.BOX,
    "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC,
    "lanczos": Image.LANCZOS,
}


@dataclass(frozen=True)
class Recipe:
    height: int
    width: int
    interpolation: str = "bilinear"
    mean: tuple = (0.5, 0.5, 0.5)
    std: tuple = (0.25, 0.25, 0.25)

    def pixels(self, image):
        """uint8 [height, width] for a grey image, [height, width, 3] for any other."""
        grey = image.mode in ("1", "L", "LA")
        image = image.convert("L" if grey else "RGB")
        return np.asarray(image.resize((self.width, self.height), FILTERS[self.interpolation]))

    def measured(self, pixels):
        """The same with mean and deviation of uint8 images [N, H, W(, 3)], one of each for all channels."""
        mean, std = round(float(pixels.mean()) / 255, 3), round(float(pixels.std()) / 255, 3)
        return replace(self, mean=(mean,) * 3, std=(max(std, 0.01),) * 3)

    def write(self, path):
        text = {
            "channels": 3,
            "resize": {"rule": "exact", "height": self.height, "width": self.width},
            "interpolation": self.interpolation,
            "mean": list(self.mean),
            "std": list(self.std),
        }
        Path(path).write_text(json.dumps(text, indent=2) + "\n")

    def settings(self):
        return asdict(self)
