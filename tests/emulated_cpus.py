#!/usr/bin/env python3
"""Runs vitrt on emulated old CPUs (qemu-x86_64): one of SSE4.1, one of AVX without FMA, one of AVX2.

Usage: emulated_cpus.py BUILD_DIR MODEL.onnx...

On each CPU: the tier chosen by itself is the CPU's own; the models' logits are bit for bit those that this machine gives
under --isa of that tier; every test program passes. On the oldest, the tests of the command line also pass, which start
the emulated vitrt. A wrong instruction in shared code ends a program here with an illegal instruction. qemu 7.2 enters
signal handlers with a misaligned stack: a program stopped by a time limit dies in its handler of a general protection
fault, which says nothing of the program.

Ends with the line "N passed, N failed".
"""
import os, shlex, subprocess, sys
from functools import partial
from pathlib import Path

import numpy as np

from outside import run_checks

CPUS = {'Nehalem': 'sse41', 'SandyBridge': 'avx', 'Haswell': 'avx2'}
COMMAND_LINE = 'cli_program_test'
EXCLUDED = 'tells the system about huge pages*'  # qemu shows no marks of huge pages
SOME_SKIPPED = 77  # exit code of a test program that left out a case: here those that compare two tiers
SECONDS = 1800


def run(command, **environment):
    r = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=SECONDS,
                       env={**os.environ, **environment})
    if r.returncode not in (0, SOME_SKIPPED):
        tail = (r.stderr.strip() or r.stdout.strip())[-400:]
        raise RuntimeError(f'exit {r.returncode}: {tail}')
    return r.stdout


def chosen_tier(_, emulator, build, tier):
    text = run([*emulator, build / 'vitrt', 'version', '--json'])
    if f'"{tier}"' not in text:
        raise RuntimeError(f'not {tier}: {text.strip()}')


def logits(folder, command, options):
    folder.mkdir()
    run([*command, '--outputs', folder, '--all-exits', *options])
    return {f.name: np.load(f) for f in folder.glob('*.npy')}


def plan_of(model, build, folder):
    run([build / 'vitrt-convert', model, '-o', folder / 'model.plan'])
    return folder / 'model.plan'


def same_logits(folder, emulator, build, tier, model):
    one = folder / 'one.npy'
    np.save(one, np.load(model.parent / 'input_32.npy')[:1])
    infer = [build / 'vitrt', 'infer', plan_of(model, build, folder), '--tensor', one]
    here = logits(folder / 'here', infer, ['--isa', tier])
    there = logits(folder / 'there', [*emulator, *infer], ['--threads', '2'])
    if not here or here.keys() != there.keys():
        raise RuntimeError('not the same outputs')
    for name, values in here.items():
        if not np.array_equal(values, there[name]):
            raise RuntimeError(f'{name} differs by {np.max(np.abs(values - there[name]))}')


def pass_tests(folder, emulator, build, tier, program, model):
    run([*emulator, program, f'--test-case-exclude={EXCLUDED}'], VITRT_TEST_TIER=tier,
        VITRT_GOLDEN_PLAN=str(plan_of(model, build, folder)))


def pass_command_line(folder, emulator, build, program):
    emulated = folder / 'vitrt'
    emulated.write_text(f'#!/bin/sh\nexec {shlex.join([*emulator, str(build / "vitrt")])} "$@"\n')
    emulated.chmod(0o755)
    run([program], VITRT_PROGRAM=str(emulated))


def main(build, *models):
    build, models = Path(build).resolve(), [Path(m) for m in models]
    programs = {p.name: p for p in sorted((build / 'tests' / 'bin').glob('*_test'))}
    command_line = programs.pop(COMMAND_LINE)
    checks = []
    for cpu, tier in CPUS.items():
        on = dict(emulator=['qemu-x86_64', '-cpu', cpu], build=build)
        checks.append((f'{cpu} is {tier}', partial(chosen_tier, **on, tier=tier)))
        for model in models:
            checks.append((f'{cpu}: logits of {model.name}', partial(same_logits, **on, tier=tier, model=model)))
        for name, program in programs.items():
            checks.append((f'{cpu}: {name}', partial(pass_tests, **on, tier=tier, program=program, model=models[0])))
    oldest = next(iter(CPUS))
    checks.append((f'{oldest}: {COMMAND_LINE}', partial(pass_command_line, emulator=['qemu-x86_64', '-cpu', oldest],
                                                        build=build, program=command_line)))
    return run_checks(checks)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
