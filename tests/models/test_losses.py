"""Training losses on a few numbers. Needs torch."""

import unittest

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error

from models.losses import Likeness, multi_exit, targets


class Targets(unittest.TestCase):
    LABELS = torch.tensor([0, 2])
    SOFT = torch.tensor([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]])

    def test_are_smoothed_labels(self):
        expected = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
        self.assertTrue(torch.allclose(targets(self.LABELS, 3, 0.3), expected))

    def test_take_their_share_from_the_teacher(self):
        hard = targets(self.LABELS, 3, 0.3)
        for share in (0.0, 0.25, 1.0):
            with self.subTest(share):
                mixed = targets(self.LABELS, 3, 0.3, self.SOFT, share)
                self.assertTrue(torch.allclose(mixed, (1 - share) * hard + share * self.SOFT))


class MultiExit(unittest.TestCase):
    def test_pulls_earlier_exits_to_the_last_and_not_the_last_to_them(self):
        exits = [torch.tensor([[1.0, 0.0]], requires_grad=True), torch.tensor([[0.0, 2.0]], requires_grad=True)]
        multi_exit(exits, torch.tensor([[1.0, 0.0]]), (0.0, 0.0), distil=1.0).backward()
        self.assertGreater(exits[0].grad[0, 0], 0)  # descending takes from the class that the last exit does not give
        self.assertTrue(torch.equal(exits[1].grad, torch.zeros(1, 2)))

    def test_weighs_the_exits(self):
        logits, target = (torch.zeros(1, 2), torch.zeros(1, 2)), torch.tensor([[1.0, 0.0]])
        one, two = (float(multi_exit(logits, target, weights)) for weights in ((0.5, 0.5), (1.0, 1.0)))
        self.assertAlmostEqual(two, 2 * one)


class Classifier(torch.nn.Module):
    classifiers = ("head",)

    def __init__(self):
        super().__init__()
        self.body, self.head = torch.nn.Linear(4, 6), torch.nn.Linear(6, 3)

    def forward(self, x):
        return (self.head(self.body(x)),)


class LikenessOfFeatures(unittest.TestCase):
    def test_reaches_what_the_classifier_reads_and_falls_as_it_is_followed(self):
        torch.manual_seed(1)
        model = Classifier()
        likeness, x, features = Likeness(model, 3, 5), torch.randn(8, 4), torch.randn(8, 5)
        optimizer, values = torch.optim.Adam([*model.body.parameters(), *likeness.parameters()], 0.05), []
        for _ in range(40):
            model(x)
            value = likeness(features)
            optimizer.zero_grad()
            value.backward()
            self.assertGreater(float(model.body.weight.grad.abs().sum()), 0)
            optimizer.step()
            values.append(value.item())
        self.assertLess(values[-1], 0.7 * values[0])


if __name__ == "__main__":
    unittest.main()
