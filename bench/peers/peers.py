#!/usr/bin/env python3
"""vitrt beside other runtimes on the same work: same ONNX, same input, same threads, pinned, fp32, in alternating rounds.

Usage: peers.py BUILD_DIR MODEL.onnx... [--peers onnxruntime,openvino,torch] [--threads 1] [--rounds 9] [--seconds 1.5]
                [--isa avx2] [--exit NAME] [--json FILE]

Every round runs each runtime once, one after the other, so that a change of the machine's speed meets all of them; a
runtime's figure is the median over rounds of its time divided by vitrt's (or the inverse, as printed), never a single
absolute time. Peers live in worker processes of this program (worker.py) that keep their session between rounds.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p))]


class Vitrt:
    """`vitrt bench` on a plan; its own process every round."""

    def __init__(self, build, model, threads, cpus, isa, exit_name, folder):
        self.vitrt, self.plan = os.path.join(build, 'vitrt'), os.path.join(folder, 'model.plan')
        subprocess.run([os.path.join(build, 'vitrt-convert'), model, '-o', self.plan], check=True, capture_output=True, text=True)
        self.arguments = ['--threads', str(threads)] + (['--isa', isa] if isa else []) + (['--exit', exit_name] if exit_name else [])
        self.pin = ['taskset', '-c', cpus]
        self.identity = None

    def round(self, seconds):
        r = subprocess.run([*self.pin, self.vitrt, 'bench', self.plan, '--json', '--warmup', '0.2', '--duration', str(seconds), *self.arguments],
                           check=True, capture_output=True, text=True)
        report = json.loads(r.stdout)
        self.identity = report['identity']
        l = report['latency_ms']
        return dict(p50=l['p50'], p90=l['p90'], p99=l['p99'], n=report['n'], load_ms=report['load_ms'],
                    first_answer_ms=report['first_answer_ms'], peak_rss_mb=report['peak_rss_mb'])


class Peer:
    """A runtime in a worker process: worker.py NAME MODEL INPUT THREADS; one JSON line per request."""

    def __init__(self, name, model, tensor, threads, cpus, isa):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
        if isa:
            environment['ONEDNN_MAX_CPU_ISA'] = {'sse41': 'SSE41', 'avx': 'AVX', 'avx2': 'AVX2', 'avx512': 'AVX512_CORE'}[isa]
            environment['ATEN_CPU_CAPABILITY'] = {'sse41': 'default', 'avx': 'default', 'avx2': 'avx2', 'avx512': 'avx512'}[isa]
        self.process = subprocess.Popen(['taskset', '-c', cpus, sys.executable, os.path.join(HERE, 'worker.py'), name, model, tensor, str(threads)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        hello = self.process.stdout.readline()
        if not hello:
            raise RuntimeError(f'{name}: does not start on this model')
        self.hello = json.loads(hello)
        if 'error' in self.hello:
            raise RuntimeError(f"{name}: {self.hello['error']}")

    def round(self, seconds):
        self.process.stdin.write(f'{seconds}\n')
        self.process.stdin.flush()
        times = json.loads(self.process.stdout.readline())['ms']
        return dict(p50=statistics.median(times), p90=percentile(times, .9), p99=percentile(times, .99), n=len(times), **self.hello)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def input_shape(model):
    import onnx
    dims = onnx.load(model, load_external_data=False).graph.input[0].type.tensor_type.shape.dim
    return [1] + [d.dim_value for d in dims[1:]]


def compare(args, model, folder):
    tensor = os.path.join(folder, 'x.npy')
    np.save(tensor, np.random.default_rng(0).standard_normal(input_shape(model)).astype('f'))
    cpus = ','.join(str(c) for c in sorted(os.sched_getaffinity(0))[:args.threads])
    runners = {'vitrt': Vitrt(args.build, model, args.threads, cpus, args.isa, args.exit, folder)}
    refused = {}
    for name in args.peers:
        try:
            runners[name] = Peer(name, model, tensor, args.threads, cpus, args.isa)
        except RuntimeError as e:
            refused[name] = str(e)
    rounds = []
    order = list(runners)
    for i in range(args.rounds):
        rounds.append({name: runners[name].round(args.seconds) for name in (order if i % 2 == 0 else order[::-1])})
        if sys.stderr.isatty():
            print(f'\r{os.path.basename(model)}: round {i + 1} of {args.rounds}', end='', file=sys.stderr)
    for name, r in runners.items():
        if name != 'vitrt':
            r.close()
    table = {}
    for name in order:
        ratios = [r['vitrt']['p50'] / r[name]['p50'] for r in rounds]
        pick = lambda key: statistics.median(r[name][key] for r in rounds)
        table[name] = dict(ratio=statistics.median(ratios), ratio_low=min(ratios), ratio_high=max(ratios), n=sum(r[name]['n'] for r in rounds),
                           **{k: pick(k) for k in ('p50', 'p90', 'p99', 'load_ms', 'first_answer_ms', 'peak_rss_mb')},
                           version=runners['vitrt'].identity['version'] if name == 'vitrt' else runners[name].hello['version'])
    return dict(model=os.path.basename(model), threads=args.threads, isa=args.isa or 'best', exit=args.exit, identity=runners['vitrt'].identity,
                results=table, refused=refused)


def show(report):
    print(f"\n{report['model']}  threads {report['threads']}, isa {report['identity']['isa']}" + (f", exit {report['exit']}" if report['exit'] else ''))
    print(f"  {'runtime':22} {'vitrt / it':>10} {'(low - high)':>15} {'p50 ms':>9} {'p99/p50':>8} {'load ms':>9} {'first ms':>9} {'RSS MB':>8}")
    for name, r in report['results'].items():
        print(f"  {name + ' ' + str(r['version']):22.22} {r['ratio']:10.3f} {r['ratio_low']:7.3f} -{r['ratio_high']:6.3f} {r['p50']:9.2f} {r['p99'] / r['p50']:8.2f} "
              f"{r['load_ms']:9.1f} {r['first_answer_ms']:9.1f} {r['peak_rss_mb']:8.0f}")
    for name, reason in report['refused'].items():
        print(f'  {name}: {reason}')
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('models', nargs='+')
    parser.add_argument('--peers', default='onnxruntime', type=lambda s: s.split(','))
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--seconds', type=float, default=1.5)
    parser.add_argument('--isa', choices=['sse41', 'avx', 'avx2', 'avx512'])
    parser.add_argument('--exit')
    parser.add_argument('--json')
    args = parser.parse_args()
    reports = []
    for model in args.models:
        with tempfile.TemporaryDirectory() as folder:
            reports.append(compare(args, model, folder))
            show(reports[-1])
    if args.json:
        json.dump(dict(machine=platform.processor() or platform.machine(), reports=reports), open(args.json, 'w'), indent=1)


if __name__ == '__main__':
    main()
