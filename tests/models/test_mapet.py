"""MaPeT's pre-training: who may read whom, that no prediction sees its target, tokens, and the run itself. Needs torch."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
    import torch
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error

from models.dinov2.weights import WeightsError
from models.mapet import targets
from models.mapet.backbone import SplitAttention
from models.mapet.order import Order, draw
from models.mapet.pretrain import Pretraining
from models.mapet.targets import k_means
from models.mapet.tokenizer import Nearest, Tokenizer
from models.vit import ViT

ROOT = Path(__file__).resolve().parents[2]


class Orders(unittest.TestCase):
    def test_rows_read_what_the_objective_allows(self):
        """Four patches in the order 2, 0, 3, 1 of which 3 and 1 are predicted; rows: class, 4 contents, 2 masks, 2 queries."""
        order = Order(torch.tensor([2, 0, 3, 1]), 2)
        self.assertEqual(order.predicted.tolist(), [3, 1])
        given = [1, 1, 0, 1, 0]  # class, patches 0 to 3
        expected = [given + [1, 1], given + [1, 1], [1, 1, 1, 1, 1, 0, 0], given + [1, 1], [1, 1, 0, 1, 1, 0, 1],
                    given + [1, 1], given + [1, 1], given + [1, 1], [1, 1, 0, 1, 1, 0, 1]]
        self.assertEqual(order.allowed.int().tolist(), [row + [0, 0] for row in expected])

    def test_a_prediction_depends_on_earlier_patches_only(self):
        torch.manual_seed(3)
        backbone = ViT(2, 32, 8, 16, 3, 2, pool="avg", layer_scale=0.1, attention=SplitAttention)
        model = Pretraining(backbone, 7).eval()
        order = draw(torch.Generator().manual_seed(1), 16, 0.4)
        x = torch.randn(1, 3, 32, 32, requires_grad=True)
        for step in range(len(order.predicted)):
            x.grad = None
            model(x, order)[0, step].sum().backward()
            used = x.grad.unfold(2, 8, 8).unfold(3, 8, 8).abs().sum((0, 1, 4, 5)).flatten() > 0
            unseen = set(order.predicted[step:].tolist())
            self.assertEqual(set(used.nonzero().flatten().tolist()), set(range(16)) - unseen)

    def test_the_small_stem_does_not_look_into_other_patches(self):
        from models.mapet import build
        model = build("small_images", 2).eval()
        x = torch.randn(1, 3, 112, 112, requires_grad=True)
        model.embed.proj(x)[0, :, 3, 3].sum().backward()
        used = x.grad.abs().sum((0, 1)) > 0
        self.assertTrue(used[48:64, 48:64].any())
        used[48:64, 48:64] = False
        self.assertFalse(used.any())


class Tokens(unittest.TestCase):
    def test_nearest_is_the_smallest_distance(self):
        x, centroids = torch.randn(2, 9, 5), torch.randn(30, 5)
        self.assertTrue(torch.equal(Nearest(centroids)(x), torch.cdist(x, centroids[None]).argmin(-1)))

    def test_k_means_finds_separate_clouds(self):
        generator = torch.Generator().manual_seed(4)
        middles = torch.tensor([[0.0, 0], [9, 0], [0, 9]])
        points = middles.repeat_interleave(20, 0) + 0.1 * torch.randn(60, 2, generator=generator)
        tokens = Nearest(k_means(points, 12, generator))(points)
        for cloud in range(3):
            others = torch.cat([tokens[:20 * cloud], tokens[20 * cloud + 20:]])
            self.assertFalse(set(tokens[20 * cloud:20 * cloud + 20].tolist()) & set(others.tolist()))

    def test_tokens_of_pictures_are_those_of_their_own_patches(self):
        """An encoder whose features are the grey values of four patches: patches alike have one token, others another."""
        levels = np.array([0, 80, 160, 240], np.uint8)
        chosen = np.random.default_rng(1).integers(0, 4, (70, 2, 2))
        pictures = levels[chosen].repeat(4, 1).repeat(4, 2)
        encoder = lambda p: torch.from_numpy(np.float32(p[:, ::4, ::4]).reshape(len(p), 4, 1))
        tokens = targets.tokens_of(encoder, pictures, 4, seed=2)
        self.assertEqual((tokens.dtype, tuple(tokens.shape)), (torch.int64, (70, 4)))
        of_level = [set(tokens.numpy()[chosen.reshape(70, 4) == k].tolist()) for k in range(4)]
        self.assertEqual([len(s) for s in of_level], [1, 1, 1, 1])
        self.assertEqual(len(set.union(*of_level)), 4)

    def test_dinov2_features_lie_where_the_patches_lie(self):
        """A picture of squares of which one patch becomes noise: what is said of that patch changes most."""
        try:
            encoder = targets.DinoV2(3)
        except WeightsError as error:
            self.skipTest(str(error))
        random = np.random.default_rng(1)
        squares = random.integers(60, 190, (1, 12, 12)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
        noise = random.integers(0, 256, (16, 16))
        for row, column in ((1, 2), (2, 2)):
            spotted = squares.copy()
            spotted[0, 16 * row:16 * row + 16, 16 * column:16 * column + 16] = noise
            alike = torch.cosine_similarity(encoder(spotted), encoder(squares), dim=-1)[0]
            self.assertEqual((tuple(alike.shape), int(alike.argmin())), ((9,), 3 * row + column))

    def test_the_tokenizer_gives_one_integer_per_patch(self):
        ids = Tokenizer(image=32, patch=8, dim=16, depth=1, heads=2, centroids=50).eval()(torch.randn(2, 3, 32, 32))[0]
        self.assertEqual((ids.dtype, tuple(ids.shape)), (torch.int64, (2, 16)))


class Run(unittest.TestCase):
    def python(self, *args):
        return subprocess.run([sys.executable, *map(str, args)], cwd=ROOT, capture_output=True, text=True)

    def test_pretraining_is_what_training_starts_from(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            self.assertEqual(self.python("-m", "models.defects", "--out", folder / "train", "--count", 12).returncode, 0)
            self.assertEqual(self.python("-m", "models.defects", "--out", folder / "val", "--count", 6).returncode, 0)
            train = ["-m", "models.train", "--data", folder, "--steps", 2, "--batch", 4]
            self.python(*train, "--system", "vit", "--out", folder / "teacher")
            pretrain = ["-m", "models.mapet.pretrain", "--data", folder, "--teacher", folder / "teacher/best.pt",
                        "--tokens", 16, "--batch", 2, "--out", folder / "pretrained"]
            for steps in (1, 2):
                result = self.python(*pretrain, "--steps", steps)
                self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("going on from step 1", result.stderr)
            self.assertNotIn("tokens of", result.stderr)
            result = self.python(*pretrain, "--steps", 3, "--copies", 2)
            self.assertIn("was trained with copies 4, not 2", result.stderr)
            result = self.python(*train, "--system", "mapet", "--init-from", folder / "pretrained/best.pt", "--out", folder / "tuned")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("fresh: head\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
