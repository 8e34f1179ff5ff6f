"""The generator of surface-defect images. Run: python tests/models/run.py"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

from models import defects
from models.defects import sheet

ROOT = Path(__file__).resolve().parents[2]


class Generator(unittest.TestCase):
    def test_gives_the_same_image_for_the_same_seed_and_index(self):
        for index in range(6):
            a, b = defects.generate(5, index, 96), defects.generate(5, index, 96)
            self.assertTrue(np.array_equal(a.image, b.image))
            self.assertEqual(a.label, index % 6)

    def test_gives_another_image_for_another_seed_or_index(self):
        image = defects.generate(5, 1, 96).image
        self.assertFalse(np.array_equal(image, defects.generate(6, 1, 96).image))
        self.assertFalse(np.array_equal(image, defects.generate(5, 7, 96).image))

    def test_knows_the_difficulty_without_making_the_image(self):
        for index in range(12):
            self.assertEqual(defects.generate(5, index, 64).difficulty, defects.difficulty_of(5, index))

    def test_difficulty_changes_the_defect_and_not_the_picture_around_it(self):
        """An easy and a hard image of one (seed, index) differ somewhere; both are full-range grey pictures."""
        for index in range(1, 6):
            easy, hard = (defects.generate(9, index, 96, d).image for d in (0.0, 1.0))
            self.assertFalse(np.array_equal(easy, hard))
            self.assertEqual((easy.dtype, easy.shape), (np.uint8, (96, 96)))
            self.assertGreater(hard.std(), 2)

    def test_a_sheet_has_its_defects_where_it_says_and_tiles_are_labelled_by_them(self):
        picture, places = sheet.sheet(4, size=480, surface="cast", defects=2)
        again, _ = sheet.sheet(4, size=480, surface="cast", defects=2)
        self.assertTrue(np.array_equal(picture, again))
        self.assertEqual((picture.dtype, picture.shape, len(places)), (np.uint8, (480, 480), 2))
        flawless, nothing = sheet.sheet(4, size=480, surface="cast", defects=0)
        self.assertEqual(nothing, [])
        for place in places:
            part = (slice(place.y, place.y + sheet.PATCH), slice(place.x, place.x + sheet.PATCH))
            self.assertGreater(np.abs(picture[part].astype(float) - flawless[part]).max(), 30)
        cut = sheet.tiles(picture, places, 20, seed=1)
        self.assertEqual([label for _, label in cut[20:]], [place.label for place in places])
        self.assertTrue(all(tile.shape == (sheet.PATCH, sheet.PATCH) for tile, _ in cut))
        self.assertIn(0, [label for _, label in cut[:20]])

    def test_shift_changes_brightness(self):
        means = [[defects.generate(3, i, 64, 0.5, s).image.mean() for i in range(24)] for s in (0.0, 1.0)]
        self.assertGreater(np.std(means[1]), 1.5 * np.std(means[0]))


class CommandLine(unittest.TestCase):
    def command(self, *args):
        return subprocess.run([sys.executable, "-m", "models.defects", *map(str, args)], cwd=ROOT, capture_output=True, text=True)

    def test_writes_one_folder_per_class(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "set"
            self.assertEqual(self.command("--out", out, "--count", 12, "--size", 48).returncode, 0)
            self.assertEqual({p.name: len(list(p.iterdir())) for p in out.iterdir()}, {c: 2 for c in defects.CLASSES})

    def test_refuses_a_folder_that_is_not_empty(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "mine.txt").write_text("keep")
            result = self.command("--out", folder, "--count", 6)
            self.assertEqual(result.returncode, 2)
            self.assertIn("not an empty folder", result.stderr)


if __name__ == "__main__":
    unittest.main()
