#!/usr/bin/env python3
"""Runs vitrt on emulated old CPUs (qemu-x86_64): one of SSE4.1, one of AVX without FMA, one of AVX2.

Usage: emulated_cpus.py BUILD_DIR MODEL.onnx...

On each CPU: the tier chosen by itself is the CPU's own; the models' logits are bit for bit those that this machine gives
under --isa of that tier; the programs of kernel and op tests pass. A wrong instruction in shared code ends a program here
with an illegal instruction. qemu 7.2 enters signal handlers with a misaligned stack: a program stopped by a time limit
dies in its handler of a general protection fault, which says nothing of the program.

Ends with the line "N passed, N failed".
"""
import glob, os, subprocess, sys, tempfile

import numpy as np

from outside import run_checks

CPUS = {'Nehalem': 'sse41', 'SandyBridge': 'avx', 'Haswell': 'avx2'}
PROGRAMS = ['kernels_simd_test', 'kernels_map_test', 'ops_test']
SECONDS = 900


def run(command, **environment):
    r = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=SECONDS,
                       env={**os.environ, **environment})
    if r.returncode:
        tail = (r.stderr.strip() or r.stdout.strip())[-400:]
        raise RuntimeError(f'{os.path.basename(str(command[-1]))}: exit {r.returncode}: {tail}')
    return r.stdout


def chosen_tier(emulator, build, tier):
    text = run([*emulator, os.path.join(build, 'vitrt'), 'version', '--json'])
    if f'"{tier}"' not in text:
        raise RuntimeError(f'not {tier}: {text.strip()}')


def logits(prefix, vitrt, plan, tensor, options):
    with tempfile.TemporaryDirectory() as folder:
        run([*prefix, vitrt, 'infer', plan, '--tensor', tensor, '--outputs', folder, '--all-exits', *options])
        return {os.path.basename(f): np.load(f) for f in glob.glob(os.path.join(folder, '*.npy'))}


def same_logits(emulator, build, tier, model):
    vitrt, tensor = os.path.join(build, 'vitrt'), os.path.join(os.path.dirname(model), 'input_32.npy')
    with tempfile.TemporaryDirectory() as folder:
        plan, one = os.path.join(folder, 'model.plan'), os.path.join(folder, 'one.npy')
        np.save(one, np.load(tensor)[:1])
        run([os.path.join(build, 'vitrt-convert'), model, '-o', plan])
        here = logits([], vitrt, plan, one, ['--isa', tier])
        there = logits(emulator, vitrt, plan, one, ['--threads', '2'])
    if not here or here.keys() != there.keys():
        raise RuntimeError('not the same outputs')
    for name, values in here.items():
        if not np.array_equal(values, there[name]):
            raise RuntimeError(f'{name} differs by {np.max(np.abs(values - there[name]))}')


def main(build, models):
    checks = []
    for cpu, tier in CPUS.items():
        on = dict(emulator=['qemu-x86_64', '-cpu', cpu], build=build, tier=tier)
        checks.append((f'{cpu} is {tier}', lambda _, on=on: chosen_tier(**on)))
        for model in models:
            checks.append((f'{cpu}: logits of {os.path.basename(model)}', lambda _, on=on, model=model: same_logits(**on, model=model)))
        for program in PROGRAMS:
            path = os.path.join(build, 'tests', 'bin', program)
            checks.append((f'{cpu}: {program}', lambda _, on=on, path=path: run([*on['emulator'], path], VITRT_TEST_TIER=on['tier']) and None))
    return run_checks(checks)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
