#!/usr/bin/env python3
"""Architectures of timm that no part of vitrt was written for: exported, converted, compared with PyTorch.

Usage: compare_timm.py BUILD_DIR [NAME...] [--as ts17 dynamo18]. By hand; needs torch and timm.
Random weights, one random image. A model passes if the logits of its plan are within 1e-4 of the largest of PyTorch's in
double precision (some of these models magnify rounding), or if vitrt-convert refuses it as unsupported (exit status 5),
whose reasons are printed; what PyTorch cannot export is skipped.
Ends with the line "N passed, N failed, N skipped".
"""
import argparse, glob, os, subprocess, sys, tempfile, warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# timm needs torchvision's two detection operators to exist when it is imported.
_library = torch.library.Library('torchvision', 'DEF')
for _name in ('nms', 'qnms'):
    _library.define(_name + '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
import timm

from models.random_exports import randomise

NAMES = '''beit_base_patch16_224 cait_xxs24_224 coat_tiny convit_tiny convnext_atto crossvit_tiny_240 davit_tiny
edgenext_xx_small efficientformer_l1 efficientvit_b0 eva02_tiny_patch14_224 fastvit_t8 ghostnet_100 gmlp_ti16_224
levit_128s maxvit_rmlp_pico_rw_256 mixer_s32_224 mobilenetv3_small_050 mobilevit_xxs nest_tiny pit_ti_224
poolformer_s12 pvt_v2_b0 regnety_002 swinv2_cr_tiny_224 tnt_s_legacy_patch16_224 twins_svt_small visformer_tiny
xcit_nano_12_p16_224'''.split()
TOLERANCE, UNSUPPORTED = 1e-4, 5


def export(name, exporter, path):
    """Writes the model; returns an input and PyTorch's output in double precision."""
    torch.manual_seed(1)
    model = randomise(timm.create_model(name, pretrained=False), 1).eval()
    x = torch.randn(1, 3, *model.default_cfg['input_size'][-2:])
    opset = int(''.join(c for c in exporter if c.isdigit()))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.onnx.export(model, (x,), path, dynamo='dynamo' in exporter, opset_version=opset, external_data=False,
                          input_names=['input'], output_names=['logits'], verbose=False)
        return x.numpy(), model.double()(x.double()).float().numpy()


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=1200)


def check(build, path, x, y, folder):
    """('passed' or 'failed', what to say)."""
    plan = os.path.join(folder, 'm.plan')
    converted = run(os.path.join(build, 'vitrt-convert'), path, '-o', plan)
    if converted.returncode:
        verdict = 'passed' if converted.returncode == UNSUPPORTED else 'failed'
        return verdict, f'exit {converted.returncode}: {converted.stderr.strip()}'
    np.save(os.path.join(folder, 'x.npy'), x)
    ran = run(os.path.join(build, 'vitrt'), 'infer', plan, '--tensor', os.path.join(folder, 'x.npy'), '--outputs', folder,
              '--all-exits', '--threads', '1')
    if ran.returncode:
        return 'failed', ran.stderr.strip()
    error = float(np.abs(np.load(glob.glob(os.path.join(folder, 'logits*.npy'))[0]) - y).max() / np.abs(y).max())
    return ('passed' if error < TOLERANCE else 'failed'), f'error {error:.1e}, logits spread {y.std() / np.abs(y).max():.2f}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('names', nargs='*', default=NAMES)
    parser.add_argument('--as', dest='exporters', nargs='+', default=['ts17', 'dynamo18'])
    args = parser.parse_args()
    torch.set_num_threads(1)
    counts = dict(passed=0, failed=0, skipped=0)
    for name in args.names:
        for exporter in args.exporters:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, 'm.onnx')
                try:
                    verdict, said = check(args.build, path, *export(name, exporter, path), folder)
                except Exception as e:  # whatever an exporter may raise
                    verdict, said = 'skipped', f'not exported: {str(e).splitlines()[0][:200]}'
            counts[verdict] += 1
            print(f'{verdict:8} {name:34} {exporter:9} {said}', flush=True)
    print(', '.join(f'{n} {verdict}' for verdict, n in counts.items()))
    return counts['failed'] != 0


if __name__ == '__main__':
    sys.exit(main())
