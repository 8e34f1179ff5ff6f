#!/usr/bin/env python3
"""Compares the exits that vitrt takes with those that ONNX Runtime's logits call for, in batches of mixed exits.

Usage: compare_exits.py BUILD_DIR [MODEL.onnx...] [--isa sse41,avx,avx2] [--images 32]
Where ONNX Runtime refuses a model, the logits stored beside it are the reference, as in compare_onnxruntime.py.
For every policy, thresholds at quantiles of the confidences that the reference logits give, and one exit switched off:
the exit and the class must be those of the first confidence that reaches its threshold, unless that confidence is
within 1e-5 of it; a batch must leave the very bits that its images leave one by one. Ends with "N passed, N failed".
"""
import argparse, json, os, sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from compare_onnxruntime import Reference, run
from models.confidence import POLICIES
from end_to_end import run_checks

CLOSE = 1e-5


def thresholds_to_try(confidences, off):
    """Quantiles that spread the images over the exits, and medians with exit `off` switched off."""
    early = confidences[:-1]
    yield [np.quantile(c, 1 - 1 / (len(confidences) - k)) for k, c in enumerate(early)]
    yield [2.0 if k == off % len(early) else np.quantile(c, 0.5) for k, c in enumerate(early)]


class Model:
    def __init__(self, build, path, folder, images):
        self.vitrt, self.folder = os.path.join(build, 'vitrt'), folder
        reference = Reference(path)
        self.x = self.images(reference, images)
        self.plans = {}
        for batch in (len(self.x), 1):
            self.plans[batch] = os.path.join(folder, f'{batch}.plan')
            run(os.path.join(build, 'vitrt-convert'), path, '-o', self.plans[batch], '--batch', batch)
        self.exits = [e['name'] for e in json.loads(run(self.vitrt, 'inspect', self.plans[1], '--json'))['exits']]
        self.tensor = os.path.join(folder, 'x.npy')
        np.save(self.tensor, self.x)
        outputs = reference.outputs(self.x)
        self.logits = [outputs[name] for name in self.exits]

    @staticmethod
    def images(reference, count):
        """Noise of rising contrast; for a model that ONNX Runtime refuses the images of its stored logits."""
        if reference.session is None:
            return reference.stored_input()[:3]
        contrast = np.linspace(0.05, 2, count, dtype=np.float32)[:, None, None, None]
        return contrast * np.random.default_rng(0).standard_normal((count, *reference.shape())).astype(np.float32)

    def predict(self, batch, isa, policy, thresholds):
        """Exit and class of every image, and the logits files."""
        out = os.path.join(self.folder, f'out{batch}')
        named = ','.join(f'{n}={t:.9g}' for n, t in zip(self.exits, thresholds))
        lines = run(self.vitrt, 'infer', self.plans[batch], '--tensor', self.tensor, '--outputs', out, '--json',
                    '--isa', isa, '--threads', 1, '--exit-policy', policy, '--threshold', named).splitlines()
        found = [json.loads(line) for line in lines]
        files = {n: np.load(f'{out}/{n}.npy') for n in self.exits if os.path.exists(f'{out}/{n}.npy')}
        return [(a['exit']['index'], a['class']) for a in found], files


def check(model, isas):
    images, mixed, close = len(model.x), 0, 0
    for number, (policy, confidence) in enumerate(POLICIES.items()):
        confidences = np.stack([confidence(y) for y in model.logits])
        for thresholds in thresholds_to_try(confidences, number):
            limits = np.array([*np.float32(thresholds), -np.inf])[:, None]
            taken = np.argmax(confidences >= limits, axis=0)
            unclear = (np.abs(confidences - limits) < CLOSE).any(0)
            close += int(unclear.sum())
            mixed = max(mixed, len(set(taken)))
            for isa in isas:
                together, files = model.predict(images, isa, policy, thresholds)
                alone, files_alone = model.predict(1, isa, policy, thresholds)
                what = f'{isa}, {policy}, thresholds {np.round(thresholds, 4)}'
                assert together == alone, f'{what}: a batch leaves elsewhere than its images'
                assert files.keys() == files_alone.keys(), f'{what}: other exits were taken'
                for name in files:
                    assert files[name].tobytes() == files_alone[name].tobytes(), f'{what}: bits of {name} differ in a batch'
                for i, (exit_taken, label) in enumerate(together):
                    want = (taken[i], model.logits[taken[i]][i].argmax())
                    assert unclear[i] or (exit_taken, label) == want, f'{what}: image {i} leaves at {exit_taken} with class {label}, not {want}'
    reachable = min(images, len(model.exits))
    assert mixed == reachable, f'only {mixed} of {reachable} exits were taken in one batch'
    return f'{mixed} exits in one batch, {close} decisions too close to call'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('models', nargs='*')
    parser.add_argument('--isa', default='sse41,avx,avx2', type=lambda s: s.split(','))
    parser.add_argument('--images', default=32, type=int)
    args = parser.parse_args()
    return run_checks([(os.path.basename(path), lambda folder, path=path: check(Model(args.build, path, str(folder), args.images), args.isa))
                       for path in args.models])


if __name__ == '__main__':
    sys.exit(main())
