#!/usr/bin/env python3
"""int8 of vitrt against ONNX Runtime's and OpenVINO's int8 of the same models, one thread, batch 1, in alternating rounds.

Usage: peers_int8.py BUILD_DIR MODEL.onnx... [--rounds N] [--seconds S] [--isa avx2]
Needs onnxruntime, onnx and sympy; OpenVINO takes part where it is installed. Everything is pinned to the last CPU.

Rows: ONNX Runtime in fp32, with its dynamic and its static int8 (onnx_runtime_exports.py; calibrated on four random images);
OpenVINO in fp32 and on the same static model; vitrt in fp32 and int8, and on ONNX Runtime's two quantised models, which it
computes as they say. Each peer has a process of its own (bench/peers/worker.py), so that one that does not bear a model costs its row
alone. Times are the smallest median of a round, ratios medians over the rounds of the ratio to vitrt's int8.
--isa caps vitrt and OpenVINO (ONEDNN_MAX_CPU_ISA); ONNX Runtime cannot be capped and is left out then.
"""
import os, statistics, subprocess, sys, tempfile
from pathlib import Path

import numpy as np

from command import timing_options
from onnx_runtime_exports import exports

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'peers'))
from runners import Peer, Vitrt


def runners(build, model, folder, isa):
    """({row: runner}, {row: why there is none})"""
    paths, _, shape = exports(model, folder)
    tensor = folder / 'x.npy'
    np.save(tensor, np.random.default_rng(1).standard_normal(shape).astype('f'))
    work, cpu = {'threads': 1, 'isa': isa, 'exit': '-1'}, str(max(os.sched_getaffinity(0)))
    rows, refused = {}, {}
    for row, source, precision in (('int8', model, ['--precision', 'int8']), ('fp32', model, ['--precision', 'fp32']),
                                   ('dynamic', paths['dynamic'], []), ('static', paths['static'], [])):
        plan = folder / f'{model.stem}.{row}.plan'
        subprocess.run([build / 'vitrt-convert', source, '-o', plan, *precision], check=True, capture_output=True)
        rows[f'vitrt {row}'] = Vitrt(build, str(plan), work, cpu)
    peers = [('OpenVINO', 'openvino', 'fp32'), ('OpenVINO', 'openvino', 'static')]
    if not isa:
        peers += [('ONNX Runtime', 'onnxruntime', kind) for kind in paths]
    for title, name, kind in peers:
        try:
            rows[f'{title} {kind}'] = Peer(name, str(paths[kind]), str(tensor), work, cpu)
        except RuntimeError as error:
            refused[f'{title} {kind}'] = error
    return rows, refused


def main():
    parser = timing_options(__doc__)
    parser.add_argument('--isa', choices=('avx2', 'avx'))
    options = parser.parse_args()
    print('| model | runtime | ms | vitrt int8 takes |\n|---|---|---|---|')
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            rows, refused = runners(options.build.resolve(), model, Path(folder), options.isa)
            order = list(rows)
            rounds = [{row: rows[row].round(options.seconds)['p50'] for row in (order if i % 2 == 0 else order[::-1])}
                      for i in range(options.rounds)]
            for runner in rows.values():
                runner.close()
        for row in order:
            ratio = statistics.median(r['vitrt int8'] / r[row] for r in rounds)
            print(f'| {model.stem} | {row} | {min(r[row] for r in rounds):.1f} | {ratio:.2f} |', flush=True)
        for row, reason in refused.items():
            print(f'| {model.stem} | {row} | {reason} | |', flush=True)


if __name__ == '__main__':
    main()
