"""The report: disturbances, the comparison with PyTorch, tables. Programs are run by hand (README). Needs torch."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
from PIL import Image

from models.report import page
from models.report.robustness import STRENGTHS, moved, noisy, write

try:
    from models.report import reference
    from models.preprocess import Recipe
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error


def dotted(x, y, size=32):
    pixels = np.full((size, size), 100, np.uint8)
    pixels[y, x] = 255
    return Image.fromarray(pixels)


class Disturbances(unittest.TestCase):
    def test_a_shift_moves_right_and_down(self):
        pixels = np.asarray(moved(dotted(10, 5), dx=4, dy=-2))
        self.assertEqual(np.argwhere(pixels == 255).tolist(), [[3, 14]])

    def test_the_neutral_strength_of_every_kind_changes_nothing(self):
        image = dotted(7, 7)
        for kind, (disturb, strengths, neutral) in STRENGTHS.items():
            with self.subTest(kind):
                self.assertIn(neutral, strengths)
                self.assertTrue(np.array_equal(np.asarray(disturb(image, neutral)), np.asarray(image)))

    def test_noise_is_the_same_for_the_same_image_and_has_its_strength(self):
        image = Image.fromarray(np.full((64, 64), 128, np.uint8))
        a, b = (np.asarray(noisy(image, 0.02), float) for _ in range(2))
        self.assertTrue(np.array_equal(a, b))
        self.assertAlmostEqual(a.std() / 255, 0.02, delta=0.002)

    def test_copies_keep_names_and_classes_and_have_the_size_of_the_model(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "in" / "good"
            source.mkdir(parents=True)
            dotted(3, 3).save(source / "a.png")
            write(source.parent, Path(folder) / "out", lambda image: image, Recipe(16, 24))
            with Image.open(Path(folder) / "out/good/a.png") as image:
                self.assertEqual(image.size, (24, 16))


class Comparison(unittest.TestCase):
    ROWS = {"/d/good/1.png": {"class_a": "good", "confidence_a": "0.9", "class_b": "bad", "confidence_b": "0.51"},
            "/d/bad/2.png": {"class_a": "bad", "confidence_a": "0.8", "class_b": "bad", "confidence_b": "0.7"}}
    TORCH = {"/d/good/1.png": {"a": "good", "b": "good"}, "/d/bad/2.png": {"a": "good", "b": "bad"}}

    def test_every_differing_image_and_exit_is_listed(self):
        self.assertEqual(reference.differences(self.ROWS, self.TORCH, ["a", "b"]),
                         [("bad/2.png", "a", "bad", 0.8, "good"), ("good/1.png", "b", "bad", 0.51, "good")])

    def test_accuracy_reads_the_class_from_the_folder(self):
        self.assertEqual(reference.accuracy(self.TORCH, "a"), 0.5)
        self.assertEqual(reference.accuracy(self.TORCH, "b"), 1.0)


class Page(unittest.TestCase):
    def test_a_table_has_one_row_for_each_model_and_one_column_for_each_strength(self):
        text = page.disturbed({"shift": {0: {"m": 0.5, "n": None}, 8: {"m": 0.25, "n": 1.0}}})
        self.assertEqual(text.splitlines(), ["| shift | 0 | 8 |", "|---|---|---|", "| m | 50.0 | 25.0 |", "| n | - | 100.0 |"])


if __name__ == "__main__":
    unittest.main()
