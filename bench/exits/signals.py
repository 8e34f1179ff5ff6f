"""Which signal lets images leave earliest at the same certified bound: the policies of vitrt, through vitrt calibrate, and
those that are no policies, computed here from the same logits. Prints the table of bench/results/exits.md.

  python bench/exits/signals.py BUILD MODEL.onnx=IMAGES ...
"""
import argparse
import math
import os
import sys
import tempfile
from statistics import median

import numpy as np

from programs import Programs

POLICIES = ['max-prob', 'margin', 'entropy', 'geometric-mean']
RATES = [0.01, 0.02, 0.05]
SEEDS = range(1, 6)
CONFIDENCE = 0.95
GRID = [1.0 - 10 ** (i / 100 - 7) for i in range(701)]   # as CommonPath


def log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def tail(events, images, rate):
    """P(Binomial(images, rate) <= events)."""
    terms = [math.lgamma(images + 1) - math.lgamma(k + 1) - math.lgamma(images - k + 1) + k * math.log(rate) + (images - k) * math.log1p(-rate)
             for k in range(events + 1)]
    return sum(map(math.exp, terms))


def walk(confidence, predicted, cost, rate):
    """Speed-up by FLOPs along one common threshold, exact test on every image; 1 where nothing is certified."""
    n, exits = predicted.shape
    reached = 1.0
    for threshold in GRID:
        leaves = confidence[:, :-1] >= threshold
        at = np.where(leaves.any(1), leaves.argmax(1), exits - 1)
        events = int((predicted[np.arange(n), at] != predicted[:, -1]).sum())
        if tail(events, n, rate) > 1 - CONFIDENCE:
            break
        reached = cost[-1] / cost[at].mean()
    return reached


def temperatures(logits, classes):
    """Of every exit: the one that makes the last exit's predictions most probable."""
    candidates = np.exp(np.linspace(-2, 2, 81))
    found = []
    for k in range(logits.shape[1]):
        losses = [-log_softmax(logits[:, k] / t)[np.arange(len(classes)), classes].mean() for t in candidates]
        found.append(candidates[int(np.argmin(losses))])
    return np.array(found)[None, :, None]


def confidence_of(name, logits):
    p, predicted = np.exp(log_softmax(logits)), logits.argmax(-1)
    largest = p.max(-1)
    agree = np.ones_like(largest, dtype=bool)
    agree[:, 1:] = predicted[:, 1:] == predicted[:, :-1]
    if name == 'max-prob':
        return largest
    if name == 'geometric-mean':
        so_far = np.cumsum(log_softmax(logits), 1) / np.arange(1, logits.shape[1] + 1)[None, :, None]
        return np.take_along_axis(np.exp(log_softmax(so_far)), predicted[..., None], -1)[..., 0]
    if name == 'agreement':      # the exit and the one before it agree, and the first exit may leave alone
        return np.where(agree, largest, 0)
    if name == 'patience':       # two exits must agree
        agree[:, 0] = False
        return np.where(agree, largest, 0)
    raise ValueError(name)


def read_logits(programs, plan, images, exits, folder):
    inputs = []
    for root, _, names in sorted(os.walk(images)):
        for name in sorted(names):
            programs.json('infer', plan, os.path.join(root, name), '--dump-input', os.path.join(folder, 'x.npy'))
            inputs.append(np.load(os.path.join(folder, 'x.npy')))
    np.save(os.path.join(folder, 'all.npy'), np.concatenate(inputs))
    out = os.path.join(folder, 'logits')
    programs.json('infer', plan, '--tensor', os.path.join(folder, 'all.npy'), '--outputs', out, '--all-exits')
    return np.stack([np.load(os.path.join(out, f'{name}.npy')) for name in exits], 1).astype(np.float64)


def speed_up(programs, plan, log, policy, rate, *more):
    """As vitrt calibrate certifies it; 1 where it refuses."""
    out = log + '.plan'
    try:
        report = programs.json('calibrate', plan, '--log', log, '-o', out, '--exit-policy', policy, '--max-disagreement', rate, *more)
    except RuntimeError as refused:
        if 'can promise at best' not in str(refused):
            raise
        return 1.0
    return report['curve'][0]['mean_flops'] / report['chosen']['mean_flops']


def measure(programs, model, images, folder):
    plan = programs.convert(model, os.path.join(folder, 'model.plan'))
    exits = programs.exits(plan)
    cost = np.array([e['flops'] for e in exits])
    rows = {}
    for policy in POLICIES:
        log = os.path.join(folder, f'{policy}.jsonl')
        programs.json('infer', plan, images, '--shadow', 1, '--log', log, '--exit-policy', policy)
        rows[policy, 'common'] = [speed_up(programs, plan, log, policy, r, '--path', 'common') for r in RATES]
        rows[policy, 'fitted'] = [median(speed_up(programs, plan, log, policy, r, '--path', 'fitted', '--seed', s) for s in SEEDS)
                                  for r in RATES]
    logits = read_logits(programs, plan, images, [e['name'] for e in exits], folder)
    predicted = logits.argmax(-1)
    for name in ('agreement', 'patience'):
        rows[name, 'common'] = [walk(confidence_of(name, logits), predicted, cost, r) for r in RATES]
    for name in ('max-prob', 'geometric-mean'):
        found = {r: [] for r in RATES}
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(len(logits))
            fit, rest = order[:len(order) // 5], order[len(order) // 5:]
            tempered = logits[rest] / temperatures(logits[fit], predicted[fit, -1])
            for r in RATES:
                found[r].append(walk(confidence_of(name, tempered), predicted[rest], cost, r))
        rows[f'{name}, temperature per exit', 'common after a fifth'] = [median(found[r]) for r in RATES]
    return len(logits), rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build')
    parser.add_argument('models', nargs='+', metavar='MODEL.onnx=IMAGES')
    args = parser.parse_args()
    programs = Programs(args.build)
    for pair in args.models:
        model, images = pair.split('=', 1)
        with tempfile.TemporaryDirectory() as folder:
            n, rows = measure(programs, model, images, folder)
        print(f'### {os.path.basename(model).removesuffix(".onnx")}, {n} images\n')
        print('| signal | path | ' + ' | '.join(f'{100 * r:g} %' for r in RATES) + ' |\n|---|---|' + '---|' * len(RATES))
        for (signal, path), found in rows.items():
            print(f'| {signal} | {path} | ' + ' | '.join('none' if f == 1 else f'{f:.2f} x' for f in found) + ' |')
        print(flush=True)


if __name__ == '__main__':
    sys.exit(main())
