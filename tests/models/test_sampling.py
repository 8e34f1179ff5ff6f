"""Folds and draws. Needs numpy only."""

import unittest
from types import SimpleNamespace

import numpy as np

from models.data import Images
from models.sampling import by_name, draw, fold, parts


def images(counts, difficulty=None):
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"{k}/exp{i % 3}_num_{10 * i}.jpg" for k in range(len(counts)) for i in range(counts[k]))
    return Images(np.zeros((len(labels), 2, 2), np.uint8), labels, tuple("abc"[:len(counts)]), difficulty, names,
                  soft=np.eye(len(counts), dtype=np.float32)[labels])


class Folds(unittest.TestCase):
    def test_every_image_is_in_one_part_and_every_class_is_spread_over_all(self):
        data = images([20, 8])
        found = parts(data, 4)
        for k, size in ((0, 5), (1, 2)):
            self.assertEqual(np.bincount(found[data.labels == k]).tolist(), [size] * 4)

    def test_neighbouring_frames_stand_together(self):
        data = images([12])
        numbers = sorted(int(n.split("_")[-1][:-4]) for n in fold(data, 1, 3)[1].names)
        self.assertEqual(numbers, [40, 50, 60, 70])

    def test_runs_are_dealt_in_turn_in_the_order_of_names(self):
        data = images([12])
        found = dict(zip(data.names, parts(data, 2, 4, by_name)))
        self.assertEqual([found[name] for name in sorted(data.names)], [0, 0, 0, 1, 1, 1] * 2)

    def test_both_sides_keep_names_labels_and_the_teacher_together(self):
        data = images([6, 4])
        rest, chosen = fold(data, 0, 2)
        self.assertEqual(sorted(rest.names + chosen.names), sorted(data.names))
        for side in (rest, chosen):
            self.assertEqual([int(n[0]) for n in side.names], side.labels.tolist())
            self.assertEqual(side.soft.argmax(1).tolist(), side.labels.tolist())


class Draws(unittest.TestCase):
    def shares(self, data, **options):
        args = SimpleNamespace(**dict(batch=4000, balance="root", easy_first=0) | options)
        chosen = draw(np.random.default_rng(1), data, args, step=0)
        return chosen, np.bincount(data.labels[chosen], minlength=len(data.classes)) / args.batch

    def test_classes_are_drawn_as_the_balance_says(self):
        for balance, expected in (("none", [0.9, 0.1]), ("root", [0.75, 0.25]), ("equal", [0.5, 0.5])):
            with self.subTest(balance):
                shares = self.shares(images([90, 10]), balance=balance)[1]
                np.testing.assert_allclose(shares, expected, atol=0.03)

    def test_only_easy_images_are_drawn_at_first(self):
        data = images([10], difficulty=np.linspace(0, 1, 10))
        chosen, _ = self.shares(data, easy_first=100)
        self.assertLessEqual(data.difficulty[chosen].max(), 0.25)


if __name__ == "__main__":
    unittest.main()
