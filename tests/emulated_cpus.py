#!/usr/bin/env python3
"""Runs vitrt on emulated old CPUs (qemu-x86_64): one of SSE4.1, one of AVX without FMA, one of AVX2.

Usage: emulated_cpus.py BUILD_DIR MODEL.onnx...

On each CPU: the tier chosen by itself is the CPU's own; the models' logits, in fp32 and in int8, are bit for bit those that this
machine gives under --isa of that tier; every test program passes. On the oldest, the tests of the command line also pass, which start
the emulated vitrt. A wrong instruction in shared code ends a program here with an illegal instruction. qemu 7.2 enters
signal handlers with a misaligned stack: a program stopped by a time limit dies in its handler of a general protection
fault, which says nothing of the program.

Ends with the line "N passed, N failed".
"""
import os, shlex, subprocess, sys, tempfile
from functools import partial
from pathlib import Path

import numpy as np

from end_to_end import run_checks

CPUS = {'Nehalem': 'sse41', 'SandyBridge': 'avx', 'Haswell': 'avx2'}
COMMAND_LINE = 'cli_program_test'
EXCLUDED = 'tells the system about huge pages*'  # qemu shows no marks of huge pages
SOME_SKIPPED = 77  # exit code of a test program that left out a case: on the oldest CPU, what compares two tiers
SECONDS = 1800


def run(command, allowed=(0,), **environment):
    r = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=SECONDS,
                       env={**os.environ, **environment})
    if r.returncode not in allowed:
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


def same_logits(folder, emulator, build, tier, plan, tensor):
    one = folder / 'one.npy'
    np.save(one, np.load(tensor)[:1])
    infer = [build / 'vitrt', 'infer', plan, '--tensor', one]
    here = logits(folder / 'here', infer, ['--isa', tier])
    there = logits(folder / 'there', [*emulator, *infer], ['--threads', '2'])
    if not here or here.keys() != there.keys():
        raise RuntimeError('not the same outputs')
    for name, values in here.items():
        if not np.array_equal(values, there[name]):
            raise RuntimeError(f'{name} differs by {np.max(np.abs(values - there[name]))}')


def pass_tests(_, emulator, tier, program, plan):
    run([*emulator, program, f'--test-case-exclude={EXCLUDED}'], VITRT_TEST_TIER=tier, VITRT_GOLDEN_PLAN=str(plan))


def pass_command_line(folder, emulator, build, program):
    emulated = folder / 'vitrt'
    emulated.write_text(f'#!/bin/sh\nexec {shlex.join([*emulator, str(build / "vitrt")])} "$@"\n')
    emulated.chmod(0o755)
    run([program], allowed=(0, SOME_SKIPPED), VITRT_PROGRAM=str(emulated))


def checks_of(build, models, plans):
    """plans: of each model one in fp32 and one in int8."""
    programs = {p.name: p for p in sorted((build / 'tests' / 'bin').glob('*_test'))}
    command_line = programs.pop(COMMAND_LINE)
    for cpu, tier in CPUS.items():
        on = dict(emulator=['qemu-x86_64', '-cpu', cpu], tier=tier)
        yield f'{cpu} is {tier}', partial(chosen_tier, **on, build=build)
        for model, of_model in zip(models, plans):
            for precision, plan in of_model.items():
                yield (f'{cpu}: logits of {model.name} in {precision}',
                       partial(same_logits, **on, build=build, plan=plan, tensor=model.parent / 'input_32.npy'))
        for name, program in programs.items():
            yield f'{cpu}: {name}', partial(pass_tests, **on, program=program, plan=plans[0]['fp32'])
    oldest = next(iter(CPUS))
    yield (f'{oldest}: {COMMAND_LINE}',
           partial(pass_command_line, emulator=['qemu-x86_64', '-cpu', oldest], build=build, program=command_line))


def main(build, *models):
    build, models = Path(build).resolve(), [Path(m) for m in models]
    with tempfile.TemporaryDirectory() as folder:
        plans = [{p: Path(folder) / f'{m.stem}.{p}.plan' for p in ('fp32', 'int8')} for m in models]
        for model, of_model in zip(models, plans):
            for precision, plan in of_model.items():
                run([build / 'vitrt-convert', model, '-o', plan, '--precision', precision])
        return run_checks(checks_of(build, models, plans))


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
