#!/usr/bin/env python3
"""int8 against fp32 plans of the same models, per tier, in alternating rounds.

Usage: int8.py BUILD_DIR MODEL.onnx... [--rounds N] [--seconds S] [--compare PLANS_OF MODEL FOLDER] [--page FILE]
Converts each model at both precisions and times them with `vitrt bench` on one thread, pinned, batch 1, all exits: every round
runs fp32 and int8 of every tier one after the other, so that what else the machine does falls on both. Times are the minimum
over the rounds of the minimum of a run, the ratio is the median over the rounds of the ratios of the runs' minima. A tier
without VNNI runs with VITRT_CPU_FEATURES=-avx512vnni,-avxvnni.
--compare NAME FOLDER: what `vitrt compare` says of that model (its file name without .onnx) on the images of a folder.
"""
import json, os, statistics, subprocess, sys, tempfile
from pathlib import Path

from command import timing_options

ALL_TIERS = [('avx512', 'AVX-512 VNNI', ''), ('avx512', 'AVX-512', '-avx512vnni,-avxvnni'), ('avx2', 'AVX2', '-avxvnni'),
             ('avx', 'AVX', ''), ('sse41', 'SSE4.1', '')]


def tiers_of_this_machine(build):
    here = run(build / 'vitrt', 'version', '--json')
    order = [isa for isa, _, _ in reversed(ALL_TIERS)]
    return [tier for tier in ALL_TIERS if order.index(tier[0]) <= order.index(here['isa']) and
            ('VNNI' not in tier[1] or 'avx512vnni' in here['cpu_features'])]


def run(*command, features=''):
    environment = {**os.environ, 'VITRT_CPU_FEATURES': features} if features else os.environ
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))}: {done.stderr.strip()}')
    return json.loads(done.stdout)


def convert(build, model, folder):
    plans = {}
    for precision in ('fp32', 'int8'):
        plans[precision] = folder / f'{model.stem}.{precision}.plan'
        recipe = model.with_suffix('.preprocess.json')
        labels = model.with_suffix('.labels.txt')
        run(build / 'vitrt-convert', model, '-o', plans[precision], '--precision', precision, '--json',
            *(['--preprocess', recipe] if recipe.exists() else []), *(['--labels', labels] if labels.exists() else []))
    return plans


def bench(build, plan, isa, features, seconds):
    got = run('taskset', '-c', 0, build / 'vitrt', 'bench', plan, '--json', '--threads', 1, '--isa', isa, '--exit', 'last',
              '--warmup', seconds / 5, '--duration', seconds, features=features)
    return {'precision': got['identity']['precision'], 'ms': got['latency_ms']['min'], 'load_ms': got['load_ms'],
            'first_answer_ms': got['first_answer_ms'], 'plan_mb': got['plan_mb']}


def measure(build, plans, tiers, rounds, seconds):
    """{(name, tier text): a list of (fp32, int8) of each round}."""
    pairs = {}
    for _ in range(rounds):
        for name, of in plans.items():
            for isa, text, features in tiers:
                pair = [bench(build, of[precision], isa, features, seconds) for precision in ('fp32', 'int8')]
                assert [p['precision'] for p in pair] == ['fp32', 'int8'], name
                pairs.setdefault((name, text), []).append(pair)
    return pairs


def tables(plans, tiers, pairs, compared):
    def best(name, tier, key):
        return [min(pair[i][key] for pair in pairs[name, tier]) for i in (0, 1)]

    lines = ['| model | tier | fp32, ms | int8, ms | int8 / fp32 |', '|---|---|---|---|---|']
    for name in plans:
        for _, tier, _ in tiers:
            a, b = best(name, tier, 'ms')
            ratio = statistics.median(int8['ms'] / fp32['ms'] for fp32, int8 in pairs[name, tier])
            lines.append(f'| {name} | {tier} | {a:.2f} | {b:.2f} | {ratio:.2f} |')
    lines += ['', '| model | plan, MB: fp32, int8 | ratio | load, ms | first prediction, ms |', '|---|---|---|---|---|']
    for name in plans:
        (size, load, first) = (best(name, tiers[0][1], key) for key in ('plan_mb', 'load_ms', 'first_answer_ms'))
        lines.append(f'| {name} | {size[0]:.1f}, {size[1]:.1f} | {size[1] / size[0]:.3f} | {load[0]:.1f}, {load[1]:.1f} | '
                     f'{first[0]:.0f}, {first[1]:.0f} |')
    if compared:
        lines += ['', '| model | images | other class | upper bound, 95 % | largest error of the logits |', '|---|---|---|---|---|']
        for name, folder, c in compared:
            lines.append(f"| {name} on {folder} | {c['images']} | {c['disagreements']} ({c['disagreements'] / c['images']:.2%}) | "
                         f"{c['upper_bound']:.2%} | {c['largest_error']:.2%} |")
    return '\n'.join(lines) + '\n'


def main():
    parser = timing_options(__doc__)
    parser.add_argument('--compare', nargs=2, action='append', default=[], metavar=('NAME', 'FOLDER'))
    parser.add_argument('--page', type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plans = {model.stem: convert(options.build, model, Path(folder)) for model in options.models}
        compared = [(name, Path(images).name, run(options.build / 'vitrt', 'compare', plans[name]['fp32'], plans[name]['int8'],
                                                  images, '--exit', 'last', '--json')) for name, images in options.compare]
        tiers = tiers_of_this_machine(options.build)
        pairs = measure(options.build, plans, tiers, options.rounds, options.seconds) if options.rounds else {}
        text = tables(plans if pairs else {}, tiers, pairs, compared)
    print(text)
    if options.page:
        options.page.write_text(text)


if __name__ == '__main__':
    main()
