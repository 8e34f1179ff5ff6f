"""A batch of 32 images that leave at different exits, against the same images one by one."""
import os
from statistics import median

import numpy as np

BATCH, REPEATS = 32, 8


def measure(programs, model, tensors, thresholds, folder):
    """tensors: preprocessed images [1, 3, h, w]. Milliseconds of the batch and of the sum, median over repeats."""
    step = max(1, len(tensors) // BATCH)
    x = np.concatenate(tensors[::step][:BATCH])
    file, out = os.path.join(folder, 'batch.npy'), {}
    np.save(file, np.concatenate([x] * (REPEATS + 1)))
    for size in (BATCH, 1):
        plan = programs.convert(model, os.path.join(folder, f'batch{size}.plan'), '--batch', size)
        names = [e['name'] for e in programs.exits(plan)]
        named = ','.join(f'{n}={t:.9g}' for n, t in zip(names, thresholds))
        records = programs.json('infer', plan, '--tensor', file, '--threshold', named)
        runs = [records[i:i + BATCH] for i in range(BATCH, len(records), BATCH)]  # the first one warms up
        whole = max if size == BATCH else sum  # a batch is done when its last image is
        out[size] = median(whole(a['ms']['run'] for a in run) for run in runs)
        taken = [a['exit']['name'] for a in runs[0]]
    return dict(batch=out[BATCH], alone=out[1], exits={n: taken.count(n) for n in names})


def table(r):
    exits = ', '.join(f'{n} {c}' for n, c in r['exits'].items())
    return ['| exits taken by the 32 images | batch, ms | one by one, sum, ms | batch / sum |', '|---|---|---|---|',
            f"| {exits} | {r['batch']:.2f} | {r['alone']:.2f} | {r['batch'] / r['alone']:.2f} |"]
