#!/usr/bin/env python3
"""What early exits save here, as measured tables: bench/results/exits.md and two pictures beside it.

Usage: exits.py BUILD_DIR --out DIR [--forced MODEL.onnx...] [--trained MODEL.onnx --images DIR] [--rounds 7] [--seconds 1]
--forced: models whose exits are forced one by one (weights do not matter). --trained and --images: a model with labels
and recipe beside it, and its labelled images, for operating points, deadlines and batches. One thread, one CPU.
"""
import argparse, os, shutil, sys, tempfile

import onnxruntime

import batch, deadline, forced, operating_points
from programs import Programs, pin


def progress(what):
    if sys.stderr.isatty():
        print(f'\r\033[K{what}', end='', file=sys.stderr, flush=True)


def trained_sections(programs, args, folder):
    name, sections = os.path.basename(args.trained).removesuffix('.onnx'), []
    progress(f'{name}: operating points')
    result = operating_points.measure(programs, args.trained, args.images, folder, args.rounds)
    sections.append((f'Operating points: {name}, {result["images"]} images', POINTS, operating_points.table(result)))
    inputs = operating_points.tensors(programs, result['plan'], args.images, folder)
    progress(f'{name}: a batch')
    thresholds = result['rows'][2]['thresholds']
    sections.append((f'A batch of mixed exits: {name}', BATCH, batch.table(batch.measure(programs, args.trained, [x for _, x in inputs], thresholds, folder))))
    picture = os.path.join(args.out, 'exits-calibration.svg')
    programs.json('calibrate', result['plan'], args.images, '-o', os.path.join(folder, 'plot.plan'), '--max-disagreement', 0.005, '--empirical', '--plot', picture)
    programs.json('eval', result['plan'], args.images, '--plot', os.path.join(args.out, 'exits-eval.svg'))
    return sections


def first_image(folder):
    return min(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names if name.endswith(('.jpg', '.png')))


FORCED = 'Each exit forced, batch 1, exits alternating; a ratio is of one round, the figure its median over rounds.'
POINTS = ('Thresholds are the cheapest with at most that disagreement on these images; "held out" chooses them on one half and measures on '
          'the other, both ways. Times are of the run alone, without decoding and preprocessing; every round measures every row, in '
          'alternating order, and the figures are medians over rounds. ONNX Runtime gets the preprocessed tensors; "split" is the model cut '
          'by hand into one model an exit, values kept inside ONNX Runtime between them, with the same thresholds.')
BATCH = 'Thresholds of the 0.5 % row. Time until the last image of the batch has its answer.'
DEADLINE = 'Thresholds 2, so that only time decides; the time counts from the call, decoding included. 1,000 runs a row.'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--out', required=True)
    parser.add_argument('--forced', nargs='*', default=[])
    parser.add_argument('--trained')
    parser.add_argument('--images')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=float, default=1)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    pin()
    programs, sections, folder = Programs(os.path.abspath(args.build)), [], tempfile.mkdtemp()
    try:
        results = {}
        for model in args.forced:
            progress(f'{os.path.basename(model)}: forced exits')
            results[os.path.basename(model).removesuffix('.onnx')] = forced.measure(programs, model, folder, args.rounds, args.seconds)
        if results:
            sections.append(('Forced exits', FORCED, forced.table(results)))
        if args.trained:
            sections += trained_sections(programs, args, folder)
            name = os.path.basename(args.trained).removesuffix('.onnx')
            progress(f'{name}: deadlines')
            sections.append((f'Deadlines: {name}', DEADLINE, deadline.table(deadline.measure(programs, args.trained, first_image(args.images), folder))))
        plan = programs.convert((args.forced + [args.trained])[0], os.path.join(folder, 'identity.plan'))
        identity = programs.json('bench', plan, '--warmup', 0, '--duration', 0)['identity']
    finally:
        shutil.rmtree(folder)
        progress('')
    lines = ['# Exits, measured', '', f"{identity['cpu']}, {identity['isa']}, 1 thread on one CPU, {identity['precision']}; vitrt {identity['version']}, "
             f'ONNX Runtime {onnxruntime.__version__}. Made by `./dev bench exits`; it holds for this machine.']
    for title, note, table in sections:
        lines += ['', f'## {title}', '', note, '', *table]
    report = os.path.join(args.out, 'exits.md')
    with open(report, 'w') as f:
        f.write('\n'.join(lines) + '\n')
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
