"""The training entry point on tiny data: results, resuming, and errors that say what is wrong. Needs torch, onnx."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def train(*args):
    command = [sys.executable, "-m", "models.train", "--batch", "4", "--eval-every", "2", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def write_images(folder, counts):
    rng = np.random.default_rng(1)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(rng.integers(0, 255, (30, 40), dtype=np.uint8)).save(folder / name / f"{i}.png")


@unittest.skipUnless(importlib.util.find_spec("torch"), "needs torch")
class Training(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        write_images(self.folder / "data/train", {"good": 4, "bad": 3})
        write_images(self.folder / "data/val", {"good": 2, "bad": 2})

    def start(self, out, *args, system="vit"):
        return train("--system", system, "--data", self.folder / "data", "--out", self.folder / out, *args)

    def test_exports_every_system_with_its_exits(self):
        exits = {"vit": ["logits"], "early_exit_vit": ["exit2", "exit4", "logits"],
                 "dyn_perceiver": ["early3", "att", "cnn", "merge"]}
        import onnx
        for system, names in exits.items():
            result = self.start(system, "--steps", 2, system=system)
            self.assertEqual(result.returncode, 0, result.stderr)
            model = onnx.load(self.folder / system / f"{system}.onnx")
            self.assertEqual([o.name for o in model.graph.output], names)
            self.assertEqual((self.folder / system / f"{system}.labels.txt").read_text(), "bad\ngood\n")
            self.assertEqual(json.loads((self.folder / system / f"{system}.train.json").read_text())["exits"], names)

    def test_an_interrupted_run_ends_like_an_uninterrupted_one(self):
        import torch
        self.start("whole", "--steps", 4)
        code = ("import models.train as t, sys\n"
                "ordinary = t.train_step\n"
                "def stop(training, data, recipe, args, step):\n"
                "    if step == 3: raise KeyboardInterrupt\n"
                "    return ordinary(training, data, recipe, args, step)\n"
                "t.train_step = stop\n"
                "t.main()\n")
        args = ["--system", "vit", "--data", self.folder / "data", "--out", self.folder / "cut", "--steps", "4",
                "--batch", "4", "--eval-every", "2"]
        cut = subprocess.run([sys.executable, "-c", code, *map(str, args)], cwd=ROOT, capture_output=True, text=True)
        self.assertNotEqual(cut.returncode, 0)
        resumed = self.start("cut", "--steps", 4)
        self.assertIn("going on from step 2", resumed.stderr)
        for what in ("weights", "model"):
            a, b = (torch.load(self.folder / n / "last.pt", weights_only=False)[what] for n in ("whole", "cut"))
            self.assertTrue(all(torch.equal(a[k], b[k]) for k in a), what)
        legs = json.loads((self.folder / "cut/cut.train.json").read_text())["legs"]
        self.assertEqual([leg["from_step"] for leg in legs], [0, 2])

    def test_goes_on_from_an_export(self):
        self.start("first", "--steps", 2, system="dyn_perceiver")
        result = self.start("second", "--steps", 1, "--init-from", self.folder / "first/first.onnx", system="dyn_perceiver")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("fresh: nothing", result.stderr)

    def test_frozen_parts_stay_as_they_are(self):
        import torch
        self.start("first", "--steps", 2, system="dyn_perceiver")
        self.start("second", "--steps", 2, "--init-from", self.folder / "first/last.pt", "--freeze", "latent", "stem", "stages.0",
                   system="dyn_perceiver")
        a = torch.load(self.folder / "first/last.pt", weights_only=False)
        b = torch.load(self.folder / "second/last.pt", weights_only=False)
        same = {name for name in a["model"] if torch.equal(a["model"][name], b["weights"][name])}
        frozen = {name for name in a["model"] if name == "latent" or name.startswith(("stem.", "stages.0."))}
        self.assertLessEqual(frozen, same)
        self.assertNotIn("stages.1.0.body.0.0.weight", same)
        self.assertEqual([leg["from_step"] for leg in b["legs"]], [0, 0])

    def test_a_teacher_of_other_images_or_classes_is_refused(self):
        from models import teacher
        cases = [("images", ("bad/0.png",), ("bad", "good"), "says nothing of 6 images"),
                 ("classes", ("bad/0.png",), ("a", "b"), "has classes a, b, not bad, good")]
        for name, names, classes, message in cases:
            with self.subTest(name):
                path = self.folder / f"{name}.npz"
                teacher.write(path, names, classes, np.ones((1, 2)), np.ones((1, 3)))
                result = self.start(name, "--steps", 2, "--teacher", path)
                self.assertEqual(result.returncode, 1)
                self.assertIn(message, result.stderr)
        self.assertIn("there is no teacher's file", self.start("none", "--teacher", self.folder / "no.npz").stderr)

    def test_a_teacher_is_listened_to(self):
        from models import teacher
        names = [f"{c}/{i}.png" for c, n in (("bad", 3), ("good", 4)) for i in range(n)]
        teacher.write(self.folder / "t.npz", names, ("bad", "good"), np.tile([1.0, 0.0], (7, 1)), np.eye(7)[:, :5])
        result = self.start("taught", "--steps", 2, "--teacher", self.folder / "t.npz")
        self.assertEqual(result.returncode, 0, result.stderr)
        loss = lambda name: json.loads((self.folder / f"{name}/{name}.train.json").read_text())["history"][-1]["loss"]
        self.start("alone", "--steps", 2)
        self.assertGreater(abs(loss("taught") - loss("alone")), 0.1)

    def test_says_what_is_wrong_with_the_data(self):
        cases = [("missing", {}, "there is no data folder"), ("one class", {"good": 3}, "at least two class folders"),
                 ("one image", {"good": 3, "bad": 1}, "class bad has 1 training image")]
        for name, counts, message in cases:
            with self.subTest(name):
                folder = self.folder / name
                write_images(folder / "train", counts) if counts else None
                result = train("--system", "vit", "--data", folder, "--out", self.folder / "o", "--steps", 2)
                self.assertEqual(result.returncode, 1)
                self.assertIn(message, result.stderr)
                self.assertNotIn("Traceback", result.stderr)

    def test_refuses_a_checkpoint_of_another_system(self):
        self.start("first", "--steps", 2, system="early_exit_vit")
        result = self.start("second", "--steps", 2, "--init-from", self.folder / "first/best.pt")
        self.assertEqual(result.returncode, 1)
        self.assertIn("was trained with system 'early_exit_vit', not 'vit'", result.stderr)
        result = self.start("first", "--steps", 2)
        self.assertIn("was trained with system 'early_exit_vit', not 'vit'", result.stderr)


if __name__ == "__main__":
    unittest.main()
