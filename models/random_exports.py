"""Full-size exports with random weights, for parity and latency, which do not depend on training.

    python -m models.random_exports --out FOLDER [--only swin/tiny mapet/vit_base] [--as ts17 dynamo18]

For each variant: SYSTEM_CONFIG_EXPORTER.onnx and, for the first three images of the shared input_<size>.npy, PyTorch's
outputs as NAME.<output>.npy, which tests/compare_onnxruntime.py reads where ONNX Runtime refuses the file.
"""

import argparse
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import dyn_perceiver
from models.dyn_perceiver.check import PUBLISHED
from models.export import export
from models.systems import system

PUBLISHED_DEPTHS = {name: depths for name, depths, _, _ in PUBLISHED}  # the rest runs with 1111, as registered
SYSTEMS = ("vit", "mpvg", "manifold_key", "swin", "mapet", "mapet.tokenizer")


def variants():
    """(system, configuration) of everything published, and of the reconstructions."""
    found = [(name, config) for name in SYSTEMS for config in system(name).CONFIGS if config != "small_images"]
    return found + [("swin", "tiny_official")] + [("dyn_perceiver", name) for name in dyn_perceiver.CONFIGS if name.endswith("_t128") or name in PUBLISHED_DEPTHS]


def randomise(model, seed):
    """Every parameter non-trivial, statistics of BatchNorm from random inputs: fresh zeros and ones hide mistakes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.ndim == 1 and "weight" in name:
                p.copy_(1 + 0.2 * noise)
            elif p.ndim == 1:
                p.add_(0.1 * noise)
            elif not re.search("token|embed|latent|scale|bias", name.rsplit(".", 1)[-1]):
                p.copy_(noise * p[0].numel() ** -0.5)
    return model


def settle(model, image):
    """Gives every BatchNorm the statistics of one batch. Its images differ in contrast and colour: where they are alike,
    features that were averaged over the image hardly vary, and dividing by that little magnifies rounding errors."""
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for module in norms:
        module.momentum = None  # the plain average
    if norms:
        images = torch.linspace(0.2, 2, 8)[:, None, None, None] * torch.randn(8, 3, image, image) + torch.randn(8, 3, 1, 1)
        with torch.no_grad():
            model.train()(images)
    return model.eval()


def random_model(name, config, classes=1000, seed=1):
    torch.manual_seed(seed)
    if name == "dyn_perceiver":
        chosen = replace(dyn_perceiver.CONFIGS[config], depth_factor=PUBLISHED_DEPTHS.get(config, (1, 1, 1, 1)))
        model = dyn_perceiver.DynPerceiver(chosen, classes, squeeze_mean=True)
    elif config == "tiny_official":
        model = system("swin").Swin(classes, **system("swin").CONFIGS["tiny"], layout="official")
    else:
        model = system(name).build(config, classes)
    return randomise(model, seed)


def image_size(name, config):
    return system(name).CONFIGS[config.removesuffix("_official")]["image"]


def write(name, config, exporter, folder):
    """One export with its reference outputs; returns the path."""
    image, opset = image_size(name, config), int(re.sub(r"\D", "", exporter))
    model = settle(random_model(name, config), image)
    base = folder / f"{name.replace('.', '_')}_{config}_{exporter}"
    export(model, f"{base}.onnx", image, opset, "dynamo" in exporter, fixed_batch=config.endswith("_official"))
    shared = folder / f"input_{image}.npy"
    if not shared.exists():
        np.save(shared, np.random.default_rng(0).standard_normal((8, 3, image, image)).astype("f"))
    x = torch.from_numpy(np.load(shared)[:3])
    with torch.no_grad():
        outputs = [torch.cat(parts).numpy() for parts in zip(*(model(image[None]) for image in x))]
    for output, values in zip(model.exits, outputs):
        np.save(f"{base}.{output}.npy", values)
    return f"{base}.onnx"


def main():
    parser = argparse.ArgumentParser(prog="python -m models.random_exports", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", metavar="SYSTEM/CONFIG", help="default: everything")
    parser.add_argument("--as", dest="exporters", nargs="+", default=["ts17", "dynamo18"], metavar="EXPORTER",
                        help="ts or dynamo and the opset (default: ts17 dynamo18)")
    parser.add_argument("--list", action="store_true", help="print the variants and stop")
    args = parser.parse_args()
    chosen = [tuple(v.split("/")) for v in args.only] if args.only else variants()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, config in chosen:
        for exporter in args.exporters:
            print(f"{name}/{config}" if args.list else write(name, config, exporter, args.out), flush=True)


if __name__ == "__main__":
    main()
