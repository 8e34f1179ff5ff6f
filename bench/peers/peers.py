#!/usr/bin/env python3
"""vitrt beside other runtimes on the same work: same ONNX, same input, same threads, pinned, fp32, in alternating rounds.

Usage: peers.py BUILD_DIR MODELS_DIR [--only TITLE] [--peers a,b] [--rounds 7] [--seconds 1] [--json FILE] [--add]
                [--plans DIR]

workloads.json lists the work. Every round runs each runtime once, one after the other, every second round in the opposite
order, so that a change of the machine's speed meets all of them. What counts is the median over rounds of the ratio of
vitrt's median time to a peer's, never an absolute time. Peers live in processes of their own (worker.py) that keep their
session between rounds. report.py makes the page of results out of the JSON. On a machine that is slow for minutes at a
time, let the whole page run several times with few rounds and --add: a bad minute then meets a few rounds of a row only.

A cap is told to vitrt by --isa, to OpenVINO and PyTorch by ONEDNN_MAX_CPU_ISA, DNNL_MAX_CPU_ISA and ATEN_CPU_CAPABILITY.
ONNX Runtime and ncnn have no cap and sit such a row out; OpenVINO's own matrix products do not obey it, which flatters it.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile

import numpy as np

from runners import FIGURES, Peer, Vitrt

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = ['onnxruntime', 'openvino', 'torch', 'torch_compiled', 'ncnn']
CAPPED = ['openvino', 'torch']  # those that can be told


def make_plan(build, model, folder, batch=1):
    plan = os.path.join(folder, os.path.basename(model).removesuffix('.onnx') + '.plan')
    converter = os.path.join(build, 'vitrt-convert')
    if not os.path.exists(plan) or os.path.getmtime(plan) < os.path.getmtime(model):
        subprocess.run([converter, model, '-o', plan, '--batch', str(batch)], check=True, capture_output=True, text=True)
    return plan


def model_files(folder):
    return {name: os.path.join(path, name) for path, _, names in os.walk(folder, followlinks=True) for name in names}


def load_results(path):
    results = dict(machine=machine(), reports=[], checks=[], growth=[])
    if path and os.path.exists(path):
        with open(path) as f:
            results |= json.load(f)
    return results


def save_results(path, results):
    if not path:
        return
    with open(path, 'w') as f:
        json.dump(results, f, indent=1)
        f.write('\n')


def input_shape(model):
    import onnx
    dims = onnx.load(model, load_external_data=False).graph.input[0].type.tensor_type.shape.dim
    return [1] + [d.dim_value for d in dims[1:]]


def compare(args, work, model, folder):
    work = {'threads': 1} | work
    tensor = os.path.join(folder, 'x.npy')
    np.save(tensor, np.random.default_rng(0).standard_normal(input_shape(model)).astype('f'))
    allowed = sorted(os.sched_getaffinity(0))
    if work['threads'] > len(allowed):
        return work | dict(skipped='the machine has fewer CPUs')
    cpus = ','.join(str(c) for c in allowed[-work['threads']:])
    runners = {'vitrt': Vitrt(args.build, make_plan(args.build, model, args.plans or folder), work, cpus)}
    refused = {}
    for name in args.peers:
        if work.get('isa') and name not in CAPPED:
            refused[name] = 'cannot be capped'
            continue
        try:
            runners[name] = Peer(name, model, tensor, work, cpus)
        except RuntimeError as error:
            refused[name] = str(error)
    samples, order = {name: [] for name in runners}, list(runners)
    for i in range(args.rounds):
        for name in order if i % 2 == 0 else order[::-1]:
            samples[name].append(runners[name].round(args.seconds))
    for runner in runners.values():
        runner.close()
    return work | dict(identity=runners['vitrt'].identity, versions={name: r.version for name, r in runners.items()},
                       samples=samples, refused=refused)


def with_results(report):
    """Adds what the page shows: medians over rounds, of ratios for the comparison."""
    results = {}
    for name, rounds in report['samples'].items():
        ratios = [ours['p50'] / theirs['p50'] for ours, theirs in zip(report['samples']['vitrt'], rounds)]
        results[name] = dict(ratio=statistics.median(ratios), ratio_low=min(ratios), ratio_high=max(ratios),
                             n=sum(r['n'] for r in rounds), version=report['versions'][name],
                             **{key: statistics.median(r[key] for r in rounds) for key in FIGURES})
    return report | dict(rounds=len(report['samples']['vitrt']), results=results)


def add_rounds(earlier, report):
    """The rounds of both, if it is the same machine and the same runtimes; else an error."""
    for key in ('identity', 'versions'):
        if earlier[key] != report[key]:
            raise SystemExit(f"{report['title']}: cannot add rounds, the {key} differ: {earlier[key]}, {report[key]}")
    return report | dict(samples={name: earlier['samples'][name] + rounds for name, rounds in report['samples'].items()})


def show(report):
    print(f"\n{report['title']}: {report['threads']} thread(s), {report['identity']['isa']}, goal {report['goal']}")
    print(f"  {'runtime':26} {'vitrt / it':>10} {'(low - high)':>15} {'p50 ms':>8} {'p99/p50':>8} {'load ms':>8} {'first ms':>8} {'RSS MB':>7} {'private':>7}")
    for name, r in report['results'].items():
        print(f"  {name + ' ' + r['version']:26.26} {r['ratio']:10.3f} {r['ratio_low']:7.3f} -{r['ratio_high']:6.3f} {r['p50']:8.2f} "
              f"{r['p99'] / r['p50']:8.2f} {r['load_ms']:8.1f} {r['first_answer_ms']:8.1f} {r['peak_rss_mb']:7.0f} {r['private_mb']:7.0f}")
    for name, reason in report['refused'].items():
        print(f'  {name}: {reason}')
    sys.stdout.flush()


def machine():
    caches = {}
    folder = '/sys/devices/system/cpu/cpu0/cache'
    for index in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        read = lambda name: open(os.path.join(folder, index, name)).read().strip()
        if index.startswith('index') and read('type') != 'Instruction':
            caches['L' + read('level')] = read('size')
    return dict(cpus=len(os.sched_getaffinity(0)), caches=caches, kernel=platform.release(),
                memory_mb=os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('models', help='folder of the full-size exports that workloads.json names, searched with its subfolders')
    parser.add_argument('--only', default='', help='a title, or what titles hold')
    parser.add_argument('--peers', default=PEERS, type=lambda s: s.split(','))
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=float, default=1)
    parser.add_argument('--json', help='results; rows that are there already and not run again are kept')
    parser.add_argument('--add', action='store_true', help='add rounds to those in the JSON, of the same build and machine')
    parser.add_argument('--plans', help='folder that keeps the converted plans')
    args = parser.parse_args()
    results, files = load_results(args.json), model_files(args.models)
    with open(os.path.join(HERE, 'workloads.json')) as f:
        works = json.load(f)
    for work in [w for w in works if w['title'] == args.only] or [w for w in works if args.only in w['title']]:
        if work['file'] not in files:
            print(f"{work['title']}: skipped, {work['file']} is not there", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            report = compare(args, work, files[work['file']], folder)
        if 'skipped' in report:
            print(f"{work['title']}: skipped, {report['skipped']}", flush=True)
            continue
        for earlier in [r for r in results['reports'] if args.add and r['title'] == work['title']]:
            report = add_rounds(earlier, report)
        report = with_results(report)
        show(report)
        results['reports'] = [r for r in results['reports'] if r['title'] != work['title']] + [report]
        save_results(args.json, results)


if __name__ == '__main__':
    main()
