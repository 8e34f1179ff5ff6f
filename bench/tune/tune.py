"""What `vitrt tune` finds on this machine: tune.py BUILD SCRATCH OUT MODEL.onnx... [--rounds N]

Each model on each instruction set, one thread. Writes OUT/tune.md.
"""
import argparse
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'bench/exits')]

from programs import Programs, pin  # noqa: E402

ISAS = ('sse41', 'avx', 'avx2', 'avx512')


def interval(ratio):
    if ratio is None:
        return '-'
    if ratio['at_least'] is None:
        return f"{ratio['median']:.3f}"
    return f"{ratio['median']:.3f} ({ratio['at_least']:.3f} - {ratio['at_most']:.3f})"


def faster(tuned):
    return [c for c in tuned['candidates'] if c['ratio']['at_most'] is not None and c['ratio']['at_most'] < 0.97]


def listed(steps):
    """'4 Conv2d by onednn (0.42 - 0.72)': how many, what, lowest and highest median ratio."""
    ratios = defaultdict(list)
    for c in steps:
        ratios[f"{c['op']} by {c['implementation']}"].append(c['ratio']['median'])
    return '; '.join(f'{len(r)} {what} ({min(r):.2f} - {max(r):.2f})' for what, r in sorted(ratios.items())) or 'none'


def row(model, isa, tuned):
    quick = faster(tuned)
    same = sum(c['same_bits'] is True for c in quick)
    tiers = '; '.join(f"{tier['isa']} {interval(tier['ratio'])}" for tier in tuned['tiers'])
    return (f"| {model} | {isa} | {len(tuned['candidates'])} of {tuned['steps']} | {listed(quick)} | {same} | "
            f"{tuned['chosen']} | {interval(tuned['ratio'])} | {tiers or '-'} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('build')
    arguments.add_argument('scratch', type=Path)
    arguments.add_argument('out', type=Path)
    arguments.add_argument('models', nargs='+', type=Path)
    arguments.add_argument('--rounds', type=int, default=25)
    o = arguments.parse_args()
    o.scratch.mkdir(parents=True, exist_ok=True)
    pin()
    programs, rows = Programs(o.build), []
    here = programs.json('version')
    for model in o.models:
        plan = programs.convert(str(model), o.scratch / f'{model.stem}.plan')
        for isa in ISAS[:ISAS.index(here['isa']) + 1]:
            tuned = programs.json('tune', plan, '-o', o.scratch / 'tried.tune', '--isa', isa, '--iterations', o.rounds,
                                  '--any-bits')
            rows.append(row(model.stem, isa, tuned))
            print(rows[-1], flush=True)
    (o.out / 'tune.md').write_text(f"""# What tuning finds

Written by `./dev bench tune`: {here['cpu']}, {here['isa']}, one thread, oneDNN {here['onednn']}, `vitrt tune --any-bits
--iterations {o.rounds}`.

- Others: steps that another implementation than the first supports, of all steps.
- Faster: those that take at most 0.97 of the time, with 95 % confidence, in alternating rounds of the whole plan: number of steps,
  operator and implementation, lowest and highest median ratio.
- Same bits: how many of them give the same last bits for every batch and thread count that was tried. Without `--any-bits` only
  these are chosen.
- Chosen, and the time of a run with the choice over that without (median, 95 % interval; `-`: no step was faster). Where the run is not
  faster with that confidence, nothing is chosen.
- Lower sets: the time of the same plan on lower instruction sets over that as tuned.

| model | instruction set | others | faster | same bits | chosen | run, ratio | lower sets |
|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
""")


if __name__ == '__main__':
    main()
