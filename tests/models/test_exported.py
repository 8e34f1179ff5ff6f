"""Weights back out of ONNX exports: the outputs are those of the export. Needs torch, onnx."""

import tempfile
import unittest
from pathlib import Path

try:
    import torch
    from models import exported
except ImportError as error:
    raise unittest.SkipTest(f"needs torch and onnx: {error}") from error

from models.export import export
from models.random_exports import randomise, settle
from models.systems import system

CLASSES = ("a", "b", "c")


def saved(name, config, folder):
    """A model with random weights and statistics, and its export."""
    model = system(name).build(config, len(CLASSES))
    settle(randomise(model, 3), 112)
    path = Path(folder) / "m.onnx"
    export(model, path, 112)
    Path(folder, "m.labels.txt").write_text("\n".join(CLASSES) + "\n")
    return model.eval(), path


class StartFromExport(unittest.TestCase):
    def test_the_outputs_are_those_of_the_export(self):
        for name in ("vit", "early_exit_vit", "dyn_perceiver"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder, torch.no_grad():
                model, path = saved(name, "small_images", folder)
                other = system(name).build("small_images", len(CLASSES))
                fresh = exported.start_from(path, other, CLASSES, torch.randn(8, 3, 112, 112))
                self.assertEqual([n for n in fresh if not n.endswith("num_batches_tracked")], [])
                x = torch.randn(2, 3, 112, 112)
                for ours, theirs in zip(other.eval()(x), model(x)):
                    self.assertLess(float((ours - theirs).abs().max()), 1e-3 * float(theirs.abs().max()) + 1e-4)

    def test_with_other_classes_the_classifiers_stay_fresh(self):
        with tempfile.TemporaryDirectory() as folder:
            _, path = saved("vit", "small_images", folder)
            other = system("vit").build("small_images", 5)
            self.assertEqual(exported.start_from(path, other, tuple("abcde"), torch.zeros(1, 3, 112, 112))[:2], ["head.bias", "head.weight"])


if __name__ == "__main__":
    unittest.main()
