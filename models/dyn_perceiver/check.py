"""Compares parameter counts and MACs of the definitions with published figures: python -m models.dyn_perceiver.check.

MACs are cumulative at exits 1 to 4 in millions, 1000 classes, 224 px; parameters in millions, or exact where an
exact number is known (the log of the official repository's CIFAR-100 pull request). The published MACs are rounded
to a million, so a count may differ by TOLERANCE millions.
"""

import sys

import torch

from models.dyn_perceiver import DynPerceiver, variant
from models.dyn_perceiver.count import macs_to_exits, parameters

# name, depth factors, million parameters, million MACs at exits 1 to 4
PUBLISHED = [
    ("reg400m_perceiver_t128", (2, 2, 1, 2), 11.73, (276, 489, 625, 648)),
    ("reg800m_perceiver_t128", (1, 1, 1, 2), 21.80, (459, 1064, 1228, 1298)),
    ("reg800m_perceiver_t256", (1, 1, 1, 2), 21.84, (578, 1313, 1477, 1548)),
    ("reg1x6g_perceiver_t128", (1, 1, 1, 2), 27.16, (541, 1757, 1966, 2056)),
    ("reg3x2g_perceiver_t128", (1, 1, 1, 2), 62.74, (1133, 3794, 4137, 4396)),
    ("resnet50_0375_perceiver_t128", (1, 1, 1, 1), 20.28, (620, 1008, 1123, 1191)),
    ("resnet50_050_perceiver_t128", (1, 1, 1, 1), 34.19, (1063, 1750, 1954, 2074)),
    ("resnet50_075_perceiver_t128", (1, 1, 1, 1), 72.72, (2306, 3845, 4302, 4571)),
    ("mobilenetV3_0x5_perceiver_t128", (1, 1, 1, 3), 4.70, (48, 86, 98, 124)),
    ("mobilenetV3_0x75_perceiver_t128", (1, 1, 1, 3), 9.30, (98, 182, 207, 267)),
    ("mobilenetV3_perceiver_t128", (1, 1, 1, 3), 15.16, (133, 277, 320, 426)),
]
TOLERANCE = 0.6
EXACT = ("mobilenetV3_0x75_perceiver_t128", (1, 1, 1, 3), 100, 7_077_840)


def build(name, depth_factor, classes):
    with torch.device("meta"):
        return DynPerceiver(variant(name, depth_factor), classes)


def differences():
    """One line per published figure that the definitions do not reproduce; prints all of them on the way."""
    found = []
    name, factor, classes, exact = EXACT
    count = parameters(build(name, factor, classes))
    print(f"{name} {factor} {classes} classes: {count} parameters, published {exact}")
    if count != exact:
        found.append(f"{name}: {count} parameters instead of {exact}")
    for name, factor, millions, macs in PUBLISHED:
        model = build(name, factor, 1000)
        count, counted = parameters(model) / 1e6, [m / 1e6 for m in macs_to_exits(model)]
        print(f"{name} {factor}: {count:.2f} M ({millions}), MMAC {' '.join(f'{m:.1f}' for m in counted)} {macs}")
        if round(count, 2) != millions or max(abs(a - b) for a, b in zip(counted, macs)) > TOLERANCE:
            found.append(f"{name}: {count:.3f} M, {[round(m, 2) for m in counted]} instead of {millions} M, {macs}")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(differences()) or 0)
