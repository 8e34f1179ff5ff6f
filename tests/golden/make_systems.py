#!/usr/bin/env python3
"""Writes the golden models of the project's own systems (models/), small and with random weights; see make_golden.py.

Usage: make_systems.py [OUT_DIR]. Adds its models to manifest.json and leaves the others there as they are.
"""
import json, os, sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from make_golden import Writer, strip

from models.dyn_perceiver import DynPerceiver
from models.dyn_perceiver.variants import Config
from models.export import export
from models.manifold_key import CONSTRUCTIONS
from models.manifold_key.model import Broadcast, with_key
from models.mapet.backbone import TUNED, SplitAttention
from models.mapet.tokenizer import Tokenizer
from models.mpvg import PositionedSwin, PositionedViT
from models.random_exports import randomise, settle
from models.swin import Swin
from models.swin.windows import WindowAttention
from models.vit import ViT
from models.vit.model import Attention

TRUNK = dict(image=32, patch=8, dim=16, depth=2, heads=2)
WINDOWS = dict(image=32, dim=16, depths=(2, 2), heads=(1, 2), window=4)
# Maps of 32 px are smaller than the 7x7 that latents read in the published variants: they read every position.
PERCEIVER = dict(tokens=16, sa_layers=(1, 1, 1, 1), heads=(1, 1, 1, 1), sa_widening=2, spatial_reduction=False, image=32)
BACKBONES = {
    'regnet': dict(stem=8, widths=(16, 24, 40, 72), depths=(1, 1, 1, 1), group_width=8),
    'resnet': dict(depths=(1, 1, 1, 1), width=0.0625),
    'mobilenet_v3': dict(width=0.1),
}
CLASSES = 10


def manifold(key, broadcast=False):
    model = ViT(CLASSES, **TRUNK, attention=with_key(Attention, key, 4, 4, 1))
    for block in model.blocks if broadcast else ():
        block.mlp.append(Broadcast())
    return model


SYSTEMS = {
    'vit_gap': lambda: ViT(CLASSES, **TRUNK, pool='gap'),  # what mpvg is measured against
    'mpvg': lambda: PositionedViT(CLASSES, **TRUNK, last=True),
    'pvg': lambda: PositionedViT(CLASSES, **TRUNK, last=False),
    'mpvg_swin': lambda: PositionedSwin(CLASSES, **WINDOWS, last=True),
    'swin': lambda: Swin(CLASSES, **WINDOWS),
    'swin_official': lambda: Swin(CLASSES, **WINDOWS, layout='official'),
    **{f'manifold_{key}': lambda key=key: manifold(key) for key in CONSTRUCTIONS},
    'manifold_vanilla_broadcast': lambda: manifold('vanilla', True),
    'manifold_swin_spatial': lambda: Swin(CLASSES, **WINDOWS, attention=with_key(WindowAttention, 'spatial', 4, 4, 0)),
    'mapet': lambda: ViT(CLASSES, **TRUNK | TUNED, attention=SplitAttention),
    'mapet_tokenizer': lambda: Tokenizer(**TRUNK, centroids=64),
    **{f'dynp_{family}': lambda family=family: DynPerceiver(Config(family, BACKBONES[family], **PERCEIVER), CLASSES)
       for family in BACKBONES},
}


def main():
    writer = Writer(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
    stored = os.path.join(writer.out, 'manifest.json')
    names = {f'{name}_{exporter}' for name in SYSTEMS for exporter in ('ts17', 'dynamo18')}
    if os.path.exists(stored):
        writer.entries = [entry for entry in json.load(open(stored))['models'] if entry['name'] not in names]
    for name, make in SYSTEMS.items():
        torch.manual_seed(1)
        model = settle(randomise(make(), 1), TRUNK['image'])
        for exporter, opset in (('ts', 17), ('dynamo', 18)):
            full = f'{name}_{exporter}{opset}'
            export(model, writer.path(full), TRUNK['image'], opset, exporter == 'dynamo', fixed_batch='official' in name)
            strip(writer.path(full))
            writer.reference(full, TRUNK['image'], lambda x: model(x)[0], variant=name, exporter=dict(ts='torchscript').get(exporter, exporter), opset=opset)
    writer.close()


if __name__ == '__main__':
    torch.set_num_threads(1)
    main()
