"""Random-weight exports of registered variants, with reference outputs: python -m models.dyn_perceiver.export --out DIR.

Latency and parity with other runtimes do not depend on training; confidences do. BatchNorm statistics are set
from random inputs first, so that activations stay in a sane range.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from models.dyn_perceiver import DynPerceiver, variant
from models.export import export

OFFICIAL = [
    ("reg800m_perceiver_t128", (1, 1, 1, 2)),
    ("resnet50_0375_perceiver_t128", (1, 1, 1, 1)),
    ("mobilenetV3_0x75_perceiver_t128", (1, 1, 1, 3)),
]


def random_model(name, depth_factor, seed=1, classes=1000):
    torch.manual_seed(seed)
    model = DynPerceiver(variant(name, depth_factor), classes, squeeze_mean=True)
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            module.momentum = None  # plain average over the batches seen
    with torch.no_grad():
        model.train()(torch.randn(4, 3, model.config.image, model.config.image))
    return model.eval()


def main():
    parser = argparse.ArgumentParser(prog="python -m models.dyn_perceiver.export", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--dynamo", action="store_true", help="the exporter based on torch.export (opset 18 and later)")
    parser.add_argument("--only", help="a registered name; default: the three with published checkpoints")
    parser.add_argument("--depth-factor", default="1111", help="with --only, for instance 1112")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = [(args.only, tuple(map(int, args.depth_factor)))] if args.only else OFFICIAL
    for name, factor in chosen:
        model = random_model(name, factor)
        base = args.out / f"{name}_{'dynamo' if args.dynamo else 'ts'}{args.opset}"
        export(model, f"{base}.onnx", model.config.image, args.opset, args.dynamo)
        x = torch.randn(3, 3, model.config.image, model.config.image)
        with torch.no_grad():
            outputs = {n: y.numpy() for n, y in zip(model.exits, model(x))}
        np.savez(f"{base}.npz", input=x.numpy(), **outputs)
        print(f"{base}.onnx", {n: float(np.abs(y).max()) for n, y in outputs.items()})


if __name__ == "__main__":
    main()
