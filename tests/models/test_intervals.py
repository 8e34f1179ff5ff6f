"""Scores and bootstrap intervals of confusion counts, and measurements that are kept. Needs numpy only."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

from models.report import intervals
from models.report.kept import Measurements


class Scores(unittest.TestCase):
    COUNTS = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])  # the third class has no image and is never predicted

    def test_are_those_of_the_definition(self):
        found = intervals.scores(self.COUNTS)
        self.assertAlmostEqual(found["accuracy"], 11 / 14)
        self.assertAlmostEqual(found["balanced"], (8 / 10 + 3 / 4) / 2)
        self.assertAlmostEqual(found["macro_f1"], (2 * 8 / (10 + 9) + 2 * 3 / (4 + 5)) / 2)

    def test_rows_of_vitrt_become_counts(self):
        rows = {"/v/a/1.png": {"class_x": "a"}, "/v/a/2.png": {"class_x": "b"}, "/v/b/3.png": {"class_x": "b"}}
        self.assertEqual(intervals.confusion(rows, "x", ["a", "b"]).tolist(), [[1, 1], [0, 1]])


class Intervals(unittest.TestCase):
    def test_hold_the_value_and_narrow_with_more_images(self):
        few, many = (intervals.intervals(n * np.array([[7, 1], [2, 6]])) for n in (1, 100))
        for name in few:
            with self.subTest(name):
                for value, low, high in (few[name], many[name]):
                    self.assertLess(low, value)
                    self.assertLess(value, high)
                self.assertLess(10 * (many[name][2] - many[name][1]), 1.5 * (few[name][2] - few[name][1]))

    def test_the_accuracy_of_one_class_is_as_wide_as_the_binomial(self):
        value, low, high = intervals.intervals(np.array([[300, 100], [0, 1]]))["accuracy"]
        deviation = (0.75 * 0.25 / 400) ** 0.5
        self.assertAlmostEqual(high - low, 2 * 1.96 * deviation, delta=0.2 * deviation)

    def test_without_a_mistake_there_is_no_width(self):
        self.assertEqual(intervals.intervals(np.diag([5, 3]))["balanced"], (1, 1, 1))


class Kept(unittest.TestCase):
    def test_a_measurement_is_made_once_for_each_export(self):
        calls = []
        measure = lambda: calls.append(1) or dict(values=(1, 2))
        with tempfile.TemporaryDirectory() as folder:
            for export, expected in ((b"a", 1), (b"a", 1), (b"b", 2), (b"b", 2)):
                kept = Measurements(Path(folder) / "m.report.json", export)
                self.assertEqual(kept.get("x", measure), dict(values=[1, 2]))
                self.assertEqual(len(calls), expected)


if __name__ == "__main__":
    unittest.main()
