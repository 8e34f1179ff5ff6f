#!/usr/bin/env python3
"""Compares plans with ONNX Runtime end to end: every model, ISA tier, thread count and batch, through the programs.

Usage: compare_onnxruntime.py BUILD_DIR MODEL.onnx|DIR... [--isa sse41,avx,avx2] [--threads 1,2] [--batches 1,3,8] [--json F]
Where ONNX Runtime refuses a model, NAME.<output>.npy beside it is the reference. Prints one line per model and the plain
closing line "N passed, N failed"; exit status 1 if any output differs by more than 1e-4 of the largest logit or in its
top class, if thread counts differ in any bit, or if a batch differs in any bit from its images run alone.
"""
import argparse, glob, json, os, subprocess, sys, tempfile

import numpy as np
import onnxruntime as ort

TOLERANCE = 1e-4


def fail(command, r):
    return RuntimeError(f"{' '.join(os.path.basename(c) for c in command[:2])}: exit {r.returncode}: {r.stderr.strip()[:400]}")


def run(*command):
    command = [str(c) for c in command]
    r = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    if r.returncode:
        raise fail(command, r)
    return r.stdout


class Reference:
    """Outputs of the model on given inputs: ONNX Runtime, or the arrays stored beside the model."""

    def __init__(self, model):
        self.model, self.session = model, None
        try:
            options = ort.SessionOptions()
            options.log_severity_level = 4
            self.session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
        except Exception as e:
            self.reason = str(e).splitlines()[0]
        self.cache = {}

    def shape(self):
        import onnx
        dims = onnx.load(self.model, load_external_data=False).graph.input[0].type.tensor_type.shape.dim
        return [d.dim_value for d in dims[1:]]

    def stored_input(self):
        """The images of the stored outputs, or None."""
        path = os.path.join(os.path.dirname(self.model), f'input_{self.shape()[-1]}.npy')
        return np.load(path) if os.path.exists(path) else None

    def outputs(self, x):
        if self.session is None:
            stem = self.model.removesuffix('.onnx')
            return {f[len(stem) + 1:-4]: np.load(f)[:len(x)] for f in glob.glob(stem + '.*.npy')}
        name = self.session.get_inputs()[0].name
        static = self.session.get_inputs()[0].shape[0]
        names = [o.name for o in self.session.get_outputs()]
        step = static if isinstance(static, int) else len(x)
        parts = [self.session.run(None, {name: x[i:i + step]}) for i in range(0, len(x), step)]
        return dict(zip(names, (np.concatenate(p) for p in zip(*parts))))


def compare(got, want, what):
    """Largest difference relative to the largest magnitude; integers (token ids) must be equal."""
    if np.issubdtype(want.dtype, np.integer):
        if not np.array_equal(got, want):
            raise AssertionError(f'{what}: {np.count_nonzero(got != want)} of {want.size} ids differ')
        return 0.0
    error = float(np.abs(got.reshape(want.shape) - want).max() / max(np.abs(want).max(), 1e-30))
    if not error < TOLERANCE:
        raise AssertionError(f'{what}: error {error:.2e}')
    if want.ndim == 2:
        # top-1 must agree unless the two best logits are closer than the tolerance itself
        top = np.sort(want, axis=1)
        clear = (top[:, -1] - top[:, -2] if want.shape[1] > 1 else np.ones(len(want))) > 2 * TOLERANCE * np.abs(want).max()
        if np.any((got.argmax(1) != want.argmax(1)) & clear):
            raise AssertionError(f'{what}: another top class')
    return error


def check(args, model, folder):
    reference = Reference(model)
    plan = os.path.join(folder, 'm.plan')
    batches = sorted(args.batches)
    run(os.path.join(args.build, 'vitrt-convert'), model, '-o', plan, '--batch', batches[-1])
    x = reference.stored_input()
    if x is None:
        x = np.random.default_rng(0).standard_normal((batches[-1], *reference.shape())).astype('f')
    x = x[:batches[-1]]
    if reference.session is None:
        x = x[:3]
        batches = [b for b in batches if b <= 3]
    worst, results, want = 0.0, {}, reference.outputs(x)
    for isa in args.isa:
        for threads in args.threads:
            for batch in batches:
                if threads != args.threads[0] and batch != batches[-1]:
                    continue
                tensor, out = os.path.join(folder, 'x.npy'), os.path.join(folder, 'out')
                np.save(tensor, x[:batch])
                run(os.path.join(args.build, 'vitrt'), 'infer', plan, '--tensor', tensor, '--outputs', out, '--all-exits', '--isa', isa, '--threads', threads)
                for name, w in want.items():
                    safe = name.replace('/', '_')
                    got = np.load(os.path.join(out, safe + '.npy'))
                    worst = max(worst, compare(got, w[:batch], f'{isa}, {threads} threads, batch {batch}, output {name}'))
                    first = results.setdefault((isa, name), got)
                    common = min(len(first), len(got))
                    if not np.array_equal(first[:common], got[:common]):
                        raise AssertionError(f'{isa}, output {name}: bits differ between batch or thread counts')
                    if len(got) > len(first):
                        results[isa, name] = got
    note = '' if reference.session else '  (ONNX Runtime refuses it; stored reference)'
    return worst, note


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('models', nargs='+')
    parser.add_argument('--isa', default='sse41,avx,avx2', type=lambda s: s.split(','))
    parser.add_argument('--threads', default=[1, 2], type=lambda s: [int(v) for v in s.split(',')])
    parser.add_argument('--batches', default=[1, 3, 8], type=lambda s: [int(v) for v in s.split(',')])
    parser.add_argument('--json')
    args = parser.parse_args()
    models = [m for a in args.models for m in (sorted(glob.glob(os.path.join(a, '*.onnx'))) if os.path.isdir(a) else [a])]
    rows = []
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.basename(model)
            try:
                worst, note = check(args, model, folder)
                rows.append(dict(model=name, ok=True, error=worst))
                print(f'ok      {name:58} largest error {worst:.1e}{note}', flush=True)
            except (AssertionError, RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                rows.append(dict(model=name, ok=False, reason=str(e)))
                print(f'FAILED  {name:58} {e}', flush=True)
    if args.json:
        json.dump(rows, open(args.json, 'w'), indent=1)
    passed = sum(r['ok'] for r in rows)
    print(f'{passed} passed, {len(rows) - passed} failed')
    return passed != len(rows) or not rows


if __name__ == '__main__':
    sys.exit(main())
