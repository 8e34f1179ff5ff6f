"""Dyn-Perceiver's definitions against the published parameter counts and MACs. Needs torch."""

import unittest

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error

from models.dyn_perceiver import CONFIGS, DynPerceiver, variant
from models.dyn_perceiver.check import differences


class Definitions(unittest.TestCase):
    def test_have_the_published_parameters_and_macs(self):
        self.assertEqual(differences(), [])

    def test_every_registered_variant_can_be_built(self):
        for name in CONFIGS:
            with torch.device("meta"):
                model = DynPerceiver(variant(name), 10)
            x = torch.zeros(2, 3, model.config.image, model.config.image, device="meta")
            with self.subTest(name):
                self.assertEqual([tuple(y.shape) for y in model.eval()(x)], [(2, 10)] * 4)

    def test_every_switch_can_be_turned_off(self):
        for switch in ("spatial_reduction", "with_x2z", "with_z2x", "with_last_ca", "with_dwc", "with_isc"):
            with torch.device("meta"):
                model = DynPerceiver(variant("small_images", **{switch: False}), 10)
            x = torch.zeros(2, 3, 112, 112, device="meta")
            with self.subTest(switch):
                self.assertEqual([tuple(y.shape) for y in model.eval()(x)], [(2, 10)] * 4)

    def test_segments_give_what_forward_gives(self):
        torch.manual_seed(1)
        model = DynPerceiver(variant("small_images"), 6).eval()
        x, state, one_by_one = torch.randn(2, 3, 112, 112), None, []
        with torch.no_grad():
            state = x
            for segment in model.segments():
                y, state = segment(state)
                one_by_one.append(y)
            for a, b in zip(model(x), one_by_one):
                self.assertTrue(torch.equal(a, b))

    def test_a_map_that_cannot_be_pooled_to_7x7_is_refused(self):
        with self.assertRaisesRegex(ValueError, "cannot be pooled"):
            DynPerceiver(variant("mobilenetV3_perceiver_t128", image=112), 10)


if __name__ == "__main__":
    unittest.main()
