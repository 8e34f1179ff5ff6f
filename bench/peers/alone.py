#!/usr/bin/env python3
"""What vitrt alone has to show: share of the machine's peak, threads, resolution, tails, memory; and how cost grows.

Usage: alone.py BUILD_DIR MODELS_DIR RESULTS.json [--only PART] [--rounds 5] [--seconds 1] [--add] [--plans DIR]

Adds `checks` and `growth` to the JSON that peers.py writes; what is there already and not run again is kept, and with
--add also the rounds of a check whose goal is fixed. Every figure is the median over rounds; things that are compared
take turns. A share of the peak is executed FLOPs by the median time of a run, over the multiplies and adds that `vitrt
bench --ops` measured in registers beside it.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

import numpy as np

from peers import input_shape, load_results, make_plan, model_files, save_results
from runners import Peer, Vitrt

TI, S, B = (f'vit_{size}_patch16_224_ts17.onnx' for size in ('tiny', 'small', 'base'))
PIXELS = {224: S, 512: 'vit_small_patch16_224_512px_ts17.onnx', 1024: 'vit_small_patch16_224_1024px_ts17.onnx'}
PEAK_GOALS = {'avx512': 0.88, 'avx2': 0.88, 'avx': 0.75, 'sse41': 0.70}
TAIL_RUNS, TAIL_BLOCKS = 2000, 5
BUSY_MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../models/dyn_perceiver/dynp_magnetic_tile.onnx')
TAIL_MODEL = 'dyn_perceiver_mobilenetV3_0x75_perceiver_t128_ts17.onnx'
THREADS_GOAL, ARENA_GOAL, RATE_GOAL, LOAD_GOAL, SSE41_GOAL, BUSY_GOAL = 1.85, 4.3, 0.90, 30, 2.2, 3


class Machine:
    def __init__(self, args, files):
        self.args, self.files = args, files
        self.cpus = sorted(os.sched_getaffinity(0))

    def plan(self, name, batch=1):
        folder = self.args.plans if batch == 1 else os.path.join(self.args.plans, f'batch{batch}')
        os.makedirs(folder, exist_ok=True)
        return make_plan(self.args.build, self.files[name], folder, batch)

    def vitrt(self, command, plan, *options):
        text = subprocess.run([os.path.join(self.args.build, 'vitrt'), command, plan, '--json', *map(str, options)],
                              check=True, capture_output=True, text=True).stdout
        return json.loads(text)

    def bench(self, plan, threads=1, *options):
        command = ['bench', plan, '--pin', '--threads', threads, '--warmup', 0.2, '--duration', self.args.seconds]
        return self.vitrt(*command, *options)

    def p50(self, *args):
        return self.bench(*args)['latency_ms']['p50']

    def rounds(self, **measurements):
        """name -> figures of each round, the measurements taking turns."""
        figures = {name: [] for name in measurements}
        for i in range(self.args.rounds):
            for name in list(measurements)[::1 if i % 2 == 0 else -1]:
                figures[name].append(measurements[name]())
        return figures


def check(title, values, goal, at_least, unit=''):
    value = statistics.median(values)
    return dict(title=title, values=values, value=value, low=min(values), high=max(values), goal=goal, at_least=at_least, unit=unit,
                met=value >= goal if at_least else value <= goal)


def flops_of(report):
    return sum(step['flops'] for step in report['ops'])


def shares_of_peak(machine):
    """ViT-B on every tier that this CPU has."""
    plan = machine.plan(B)
    best = machine.vitrt('inspect', plan)['isa']
    tiers = list(PEAK_GOALS)
    for isa in tiers[tiers.index(best):]:
        shares = []
        for _ in range(machine.args.rounds):
            r = machine.bench(plan, 1, '--isa', isa, '--ops')
            shares.append(flops_of(r) / (r['latency_ms']['p50'] * 1e6) / r['peak']['gflops_per_s'])
        yield check(f'ViT-B/16, executed FLOP/s over the measured peak, {isa}', shares, PEAK_GOALS[isa], True)


def sse41_over_avx(machine):
    plan = machine.plan(S)
    times = machine.rounds(**{isa: lambda isa=isa: machine.p50(plan, 1, '--isa', isa) for isa in ('avx', 'sse41')})
    yield check('ViT-S/16, SSE4.1 over AVX', [b / a for a, b in zip(times['avx'], times['sse41'])], SSE41_GOAL, False, 'x')


def two_threads(machine):
    if len(machine.cpus) < 2:
        return
    plan = machine.plan(S)
    times = machine.rounds(one=lambda: machine.p50(plan, 1), two=lambda: machine.p50(plan, 2))
    yield check('ViT-S/16, 2 threads over 1', [a / b for a, b in zip(times['one'], times['two'])], THREADS_GOAL, True, 'x')


def resolution(machine):
    """512 to 1024 px: four times the tokens."""
    plans = [machine.plan(PIXELS[512]), machine.plan(PIXELS[1024])]
    inspected = [machine.vitrt('inspect', plan) for plan in plans]
    arenas = [i['memory']['arena_bytes_per_image'] for i in inspected]
    flops = [sum(step['flops'] for step in i['steps']) for i in inspected]
    yield check('ViT-S/16 from 512 to 1024 px, arena', [arenas[1] / arenas[0]], ARENA_GOAL, False, 'x')
    times = machine.rounds(small=lambda: machine.p50(plans[0]), large=lambda: machine.p50(plans[1]))
    rates = [(flops[1] / b) / (flops[0] / a) for a, b in zip(times['small'], times['large'])]
    yield check('ViT-S/16 from 512 to 1024 px, executed FLOP/s', rates, RATE_GOAL, True, 'x')


def tails(machine):
    """p99 / p50 over TAIL_RUNS runs in blocks, in turns with the peers; the goal is the best of theirs."""
    work, cpu = dict(threads=1), str(machine.cpus[-1])
    model, plan = machine.files[TAIL_MODEL], machine.plan(TAIL_MODEL)
    tensor = os.path.join(machine.args.plans, 'tail.npy')
    np.save(tensor, np.random.default_rng(0).standard_normal(input_shape(model)).astype('f'))
    runners = {'vitrt': Vitrt(machine.args.build, plan, work, cpu)}
    for name in ('onnxruntime', 'openvino'):
        runners[name] = Peer(name, model, tensor, work, cpu)
    blocks = {name: [] for name in runners}
    for i in range(TAIL_BLOCKS):
        for name in list(runners)[::1 if i % 2 == 0 else -1]:
            ms = blocks[name][0]['p50'] if blocks[name] else runners[name].round(machine.args.seconds)['p50']
            blocks[name].append(runners[name].round(ms * 1.05e-3 * TAIL_RUNS / TAIL_BLOCKS))
    for runner in runners.values():
        runner.close()
    tail = {name: [b['p99'] / b['p50'] for b in rounds] for name, rounds in blocks.items()}
    best = min(statistics.median(t) for name, t in tail.items() if name != 'vitrt')
    yield check('Dyn-Perceiver MobileNetV3 0.75, p99 / p50, pinned', tail['vitrt'], best, False)


def busy(machine):
    """A small model with the threads that vitrt chooses, while another program keeps one CPU busy."""
    plan = make_plan(machine.args.build, BUSY_MODEL, machine.args.plans)
    other = subprocess.Popen(['taskset', '-c', str(machine.cpus[-1]), sys.executable, '-c', 'while True: pass'])
    try:
        latencies = [machine.vitrt('bench', plan, '--exit', 'last', '--duration', machine.args.seconds)['latency_ms']
                     for _ in range(machine.args.rounds)]
    finally:
        other.kill()
        other.wait()
    yield check('dynp_magnetic_tile, default threads, one CPU kept busy, p99 / p50', [l['p99'] / l['p50'] for l in latencies], BUSY_GOAL, False)


def load(machine):
    """A new process each time, the file in the page cache; mapping, checking and hashing all of it."""
    plan = machine.plan(B)
    times = [machine.vitrt('bench', plan, '--warmup', 0, '--duration', 0)['load_ms'] for _ in range(3 * machine.args.rounds)]
    yield check('ViT-B/16, load in ms, page cache warm, all cores', times, LOAD_GOAL, False, ' ms')


CHECKS = {'load': load, 'peak': shares_of_peak, 'sse41': sse41_over_avx, 'threads': two_threads, 'resolution': resolution, 'tails': tails,
          'busy': busy}


def growth(machine):
    """Series of (x, ms): median times, everything in turns."""
    series = {
        'tokens': {(px // 16) ** 2 + 1: lambda name=name: machine.p50(machine.plan(name)) for px, name in PIXELS.items()},
        'images in a batch': {n: lambda n=n: machine.p50(machine.plan(TI, 8), 1, '--batch', n) for n in (1, 2, 4, 8)},
        'threads': {n: lambda n=n: machine.p50(machine.plan(S), n) for n in range(1, min(len(machine.cpus), 16) + 1)},
        'million weights': {os.path.getsize(machine.plan(name)) / 4e6: lambda name=name: machine.p50(machine.plan(name)) for name in (TI, S, B)},
    }
    names = {'tokens': 'ViT-S/16', 'images in a batch': 'ViT-Ti/16', 'threads': 'ViT-S/16', 'million weights': 'ViT-Ti, S, B'}
    for axis, points in series.items():
        figures = machine.rounds(**{str(x): f for x, f in points.items()})
        yield dict(axis=axis, model=names[axis], points=[[x, statistics.median(figures[str(x)])] for x in points])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('models', help='folder of the full-size exports, searched with its subfolders')
    parser.add_argument('json', help='results of peers.py')
    parser.add_argument('--only', default='', help='growth or one of ' + ', '.join(CHECKS))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=1)
    parser.add_argument('--add', action='store_true', help='add rounds to those in the JSON, of the same build and machine')
    parser.add_argument('--plans', help='folder that keeps the converted plans')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        args.plans = args.plans or folder
        machine, results = Machine(args, model_files(args.models)), load_results(args.json)
        for part in [*CHECKS, 'growth']:
            if args.only not in ('', part):
                continue
            try:
                if part == 'growth':
                    results['growth'] = list(growth(machine))
                else:
                    for row in CHECKS[part](machine):
                        for earlier in results['checks'] if args.add else []:
                            if (earlier['title'], earlier['goal']) == (row['title'], row['goal']):
                                row = check(row['title'], earlier['values'] + row['values'], *(row[k] for k in ('goal', 'at_least', 'unit')))
                        print(f"{row['title']}: {row['value']:.3f} ({row['low']:.3f} - {row['high']:.3f}), goal {row['goal']:.3f}", flush=True)
                        results['checks'] = [c for c in results['checks'] if c['title'] != row['title']] + [row]
            except KeyError as missing:
                print(f'{part}: skipped, {missing} is not there', flush=True)
            save_results(args.json, results)


if __name__ == '__main__':
    main()
