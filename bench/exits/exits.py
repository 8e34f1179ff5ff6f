#!/usr/bin/env python3
"""What early exits save here, as measured tables: exits.md in the folder --out, and two pictures beside it for each model.

Usage: exits.py BUILD_DIR --out DIR [--forced MODEL.onnx...] [--trained MODEL.onnx IMAGES]... [--rounds 5] [--seconds 1]
--forced: models whose exits are forced one by one (weights do not matter). --trained: a model with labels and recipe
beside it, and its labelled images, for operating points, batches and deadlines. One thread, one CPU.
"""
import argparse, os, shutil, sys, tempfile
from pathlib import Path

import onnxruntime

import batch, deadline, forced, operating_points
from programs import Programs, pin


def progress(what):
    if sys.stderr.isatty():
        print(f'\r\033[K{what}', end='', file=sys.stderr, flush=True)


def stem(path):
    return os.path.basename(path).removesuffix('.onnx')


def trained_sections(programs, model, images, out, folder, rounds):
    name, sections = stem(model), []
    progress(f'{name}: operating points')
    result = operating_points.measure(programs, model, images, folder, rounds)
    sections.append((f'Operating points: {name}, {result["images"]} images', POINTS, operating_points.table(result)))
    inputs = operating_points.tensors(programs, result['plan'], images, folder)
    progress(f'{name}: a batch')
    thresholds = result['rows'][2]['thresholds']
    sections.append((f'A batch of mixed exits: {name}', BATCH, batch.table(batch.measure(programs, model, [x for _, x in inputs], thresholds, folder))))
    picture = os.path.join(out, f'exits-{name}')
    programs.json('calibrate', result['plan'], images, '-o', os.path.join(folder, 'plot.plan'), '--max-disagreement', 0.005, '--empirical',
                  '--plot', f'{picture}-calibration.svg')
    programs.json('eval', result['plan'], images, '--plot', f'{picture}-eval.svg')
    sections.append(deadline_section(programs, model, first_image(images), folder))
    return sections


def deadline_section(programs, model, image, folder):
    progress(f'{stem(model)}: deadlines')
    return f'Deadlines: {stem(model)}', DEADLINE, deadline.table(deadline.measure(programs, model, image, folder))


def first_image(folder):
    return min(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names if name.endswith(('.jpg', '.png')))


# What the stored run met and why goals were missed, and what signals.py measured; edited by hand.
NOTES = [Path(__file__).with_name(name) for name in ('notes.md', 'signals.md')]
FORCED = 'Each exit forced, batch 1, exits alternating; a ratio is of one round, the figure its median over rounds.'
POINTS = ('The policy is max-prob where none is named. Thresholds are the cheapest with at most that disagreement on these images; '
          '"held out" chooses them on one half and measures on the other, both ways. Times are of the run alone, without decoding '
          'and preprocessing; every round measures every row, in alternating order, and the figures are medians over rounds. '
          'ONNX Runtime gets the preprocessed tensors; "split" is the model cut by hand into one model an exit, values kept '
          'inside ONNX Runtime between them, with the same thresholds.')
BATCH = 'Thresholds of the 0.5 % row. Time until the last image of the batch has its prediction.'
DEADLINE = 'Thresholds 2, so that only time decides; the time counts from the call, decoding included. 1,000 runs a row.'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--out', required=True)
    parser.add_argument('--forced', nargs='*', default=[])
    parser.add_argument('--trained', nargs=2, action='append', default=[], metavar=('MODEL', 'IMAGES'))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=1)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    pin()
    programs, sections, folder = Programs(os.path.abspath(args.build)), [], tempfile.mkdtemp()
    try:
        results = {}
        for model in args.forced:
            progress(f'{os.path.basename(model)}: forced exits')
            results[stem(model)] = forced.measure(programs, model, folder, args.rounds, args.seconds)
        if results:
            sections.append(('Forced exits', FORCED, forced.table(results)))
        for number, (model, images) in enumerate(args.trained):
            place = os.path.join(folder, str(number))
            os.mkdir(place)
            sections += trained_sections(programs, model, images, args.out, place, args.rounds)
        if args.forced and args.trained:
            sections.append(deadline_section(programs, args.forced[0], first_image(args.trained[0][1]), folder))
        plan = programs.convert((args.forced + [model for model, _ in args.trained])[0], os.path.join(folder, 'identity.plan'))
        identity = programs.json('bench', plan, '--warmup', 0, '--duration', 0)['identity']
    finally:
        shutil.rmtree(folder)
        progress('')
    lines = ['# Exits, measured', '', f"{identity['cpu']}, {identity['isa']}, 1 thread on one CPU, {identity['precision']}; vitrt {identity['version']}, "
             f'ONNX Runtime {onnxruntime.__version__}. Made by `./dev bench exits`; it holds for this machine.']
    for notes in NOTES:
        lines += ['', notes.read_text().strip()]
    for title, note, table in sections:
        lines += ['', f'## {title}', '', note, '', *table]
    report = os.path.join(args.out, 'exits.md')
    with open(report, 'w') as f:
        f.write('\n'.join(lines) + '\n')
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
