"""Every system of models/systems.py: published parameter counts, shapes, and behaviour. Needs torch."""

import unittest

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error

from models.systems import NAMES, system

# system, configuration, parameters with 1000 classes: exact where that is published or follows from exact ones, else
# in millions with the digits that are published
PARAMETERS = [
    ("vit", "tiny16", 5_717_416), ("vit", "small16", 22_050_664), ("vit", "base16", 86_567_656),
    ("vit", "small32", "22.88"), ("vit", "base32", "88.22"), ("vit", "large16", "304.33"),
    ("swin", "tiny", "28.29"), ("swin", "small", "49.61"), ("swin", "base", "87.77"),
    ("mpvg", "pvg_deit_tiny", 5_721_256), ("mpvg", "mpvg_deit_tiny", 5_721_640),
    ("mpvg", "pvg_deit_small", "22.058"), ("mpvg", "mpvg_deit_small", "22.059"),
    ("mpvg", "pvg_deit_base", "86.583"), ("mpvg", "mpvg_deit_base", "86.585"),
    ("mapet", "vit_tiny", 5_717_416 + 24 * 192), ("mapet", "vit_small", 22_050_664 + 24 * 384),
]


def on_meta(name, config, classes=1000):
    with torch.device("meta"):
        return system(name).build(config, classes).eval()


def parameters(model):
    return sum(p.numel() for p in model.parameters())


class Definitions(unittest.TestCase):
    def test_have_the_published_parameters(self):
        for name, config, published in PARAMETERS:
            with self.subTest(f"{name} {config}"):
                count = parameters(on_meta(name, config))
                if isinstance(published, str):
                    count = f"{count / 1e6:.{len(published.split('.')[1])}f}"
                self.assertEqual(count, published)

    def test_every_configuration_has_outputs_in_the_order_of_its_exits(self):
        for name in NAMES:
            if name == "dyn_perceiver":
                continue  # test_dyn_perceiver.py
            for config, options in system(name).CONFIGS.items():
                with self.subTest(f"{name} {config}"):
                    model = on_meta(name, config, 10)
                    outputs = model(torch.zeros(2, 3, options["image"], options["image"], device="meta"))
                    self.assertEqual([tuple(y.shape) for y in outputs], [(2, 10)] * len(model.exits))
                    self.assertEqual(len(model.exit_weights), len(model.exits))

    def test_every_system_has_a_configuration_for_small_images(self):
        for name in NAMES:
            self.assertIn("small_images", system(name).CONFIGS)
            model = on_meta(name, "small_images")
            children = {n for n, _ in model.named_children()}
            self.assertLessEqual(set(model.classifiers), children)


class Mpvg(unittest.TestCase):
    OPTIONS = dict(image=32, patch=8, dim=16, depth=3, heads=2)

    def model(self, last):
        from models.mpvg import PositionedViT
        torch.manual_seed(2)
        return PositionedViT(5, **self.OPTIONS, last=last).eval()

    def test_the_first_layer_gets_no_position_and_every_later_one_does(self):
        model, seen = self.model(True), []
        for block in model.blocks:
            block.register_forward_pre_hook(lambda m, args: seen.append(args[1] is not None))
        model(torch.randn(1, 3, 32, 32))
        self.assertEqual(seen, [False, True, True])

    def test_mpvg_is_pvg_plus_the_first_embedding_after_the_last_norm(self):
        pvg, mpvg = self.model(False), self.model(True)
        mpvg.load_state_dict(pvg.state_dict(), strict=False)
        x = torch.randn(2, 3, 32, 32)
        with torch.no_grad():
            extra = mpvg.last_pos_norm(mpvg.embed.pos_embed).mean(1) @ mpvg.head.weight.t()
            self.assertTrue(torch.allclose(mpvg(x)[0], pvg(x)[0] + extra, atol=1e-5))


class SwinWindows(unittest.TestCase):
    def test_merge_undoes_partition(self):
        from models.swin.windows import merge, partition
        x = torch.randn(2, 14, 14, 3)
        self.assertTrue(torch.equal(merge(partition(x, 7), 7, 2, 14, 14), x))

    def test_the_mask_parts_what_the_shift_brought_together(self):
        """Against the definition: positions of a window may meet if their places in the unshifted map are in one window's reach."""
        from models.swin.windows import partition, shift_mask
        size, window, shift = 14, 7, 3
        place = torch.arange(size * size).view(1, size, size, 1)
        rolled = partition(torch.roll(place, (-shift, -shift), (1, 2)), window).squeeze(-1)
        row, column = rolled // size, rolled % size
        near = lambda v: (v[:, :, None] - v[:, None, :]).abs() < window
        self.assertTrue(torch.equal(shift_mask(size, window, shift) == 0, near(row) & near(column)))

    def test_both_layouts_compute_the_same(self):
        from models.swin import Swin
        options = dict(image=112, dim=8, depths=(2, 2), heads=(1, 2))
        a, b = (Swin(5, **options, layout=layout).eval() for layout in ("timm", "official"))
        b.load_state_dict(a.state_dict())
        x = torch.randn(2, 3, 112, 112)
        with torch.no_grad():
            self.assertTrue(torch.allclose(a(x)[0], b(x)[0], atol=1e-6))

    def test_a_map_that_windows_do_not_divide_is_refused(self):
        from models.swin import Swin
        with self.assertRaisesRegex(ValueError, "windows of 7"):
            Swin(5, image=96, dim=8, depths=(2, 2), heads=(1, 2))


class ManifoldKey(unittest.TestCase):
    def test_with_neutral_scales_the_simple_key_is_the_plain_key(self):
        from models.manifold_key.keys import SimpleK
        key = SimpleK(8, 4, 3, 0)
        torch.nn.init.ones_(key.charts.scale)
        x = torch.randn(2, 9, 8)
        self.assertTrue(torch.allclose(key(x), key.charts.project(x), atol=1e-6))

    def test_who_is_read_follows_the_construction(self):
        """Changing token 4 (the middle of a 3x3 grid) changes the keys of itself, of its row neighbours, or of its cross."""
        from models.manifold_key import CONSTRUCTIONS
        expected = {"simple": {4}, "vanilla": {4}, "kua": {3, 4, 5}, "spatial": set(range(9))}
        for name, construction in CONSTRUCTIONS.items():
            key, x = construction(8, 4, 3, 0), torch.randn(1, 9, 8)
            y = x.clone()
            y[0, 4] += 1
            with self.subTest(name), torch.no_grad():
                changed = (key(x) - key(y)).abs().amax((0, 2)) > 1e-6
                self.assertEqual(set(changed.nonzero().flatten().tolist()), expected[name])

    def test_the_class_token_stays_out_of_the_grid(self):
        from models.manifold_key.keys import SpatialK
        key, x = SpatialK(8, 4, 3, 1), torch.randn(1, 10, 8)
        y = x.clone()
        y[0, 1:] += 1
        with torch.no_grad():
            self.assertTrue(torch.allclose(key(x)[0, 0], key(y)[0, 0]))


class TimmNames(unittest.TestCase):
    def test_timm_weights_give_timm_outputs(self):
        try:
            library = torch.library.Library("torchvision", "DEF")
            for operator in ("nms", "qnms"):  # torchvision's, which timm's import asks for
                library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            from timm.models.vision_transformer import VisionTransformer
        except (ImportError, RuntimeError) as error:
            self.skipTest(f"needs timm: {error}")
        from models.vit import ViT
        from models.vit.timm_names import load_timm
        size = dict(depth=2, num_heads=2, num_classes=5)
        for pool, scale in (("token", None), ("avg", 0.1)):
            theirs = VisionTransformer(img_size=32, patch_size=8, embed_dim=16, global_pool=pool, init_values=scale, **size).eval()
            ours = ViT(5, 32, 8, 16, 2, 2, pool=pool, layer_scale=scale).eval()
            load_timm(ours, theirs.state_dict())
            x = torch.randn(2, 3, 32, 32)
            with self.subTest(pool), torch.no_grad():
                self.assertTrue(torch.allclose(ours(x)[0], theirs(x), atol=1e-5))


if __name__ == "__main__":
    unittest.main()
