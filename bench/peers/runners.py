"""A runtime that is timed, in a process of its own: `vitrt bench`, or a peer in worker.py. Both have `round(seconds)`."""
import json, os, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
ONEDNN_ISA = {'sse41': 'SSE41', 'avx': 'AVX', 'avx2': 'AVX2', 'avx512': 'AVX512_CORE'}
ATEN_ISA = {'sse41': 'default', 'avx': 'default', 'avx2': 'avx2', 'avx512': 'avx512'}
FIGURES = ('p50', 'p90', 'p99', 'load_ms', 'first_answer_ms', 'peak_rss_mb', 'private_mb')  # of a round


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p))]


class Vitrt:
    """`vitrt bench` on a plan; its own process every round."""

    def __init__(self, build, plan, work, cpus):
        self.command = ['taskset', '-c', cpus, os.path.join(build, 'vitrt'), 'bench', plan, '--json', '--warmup', '0.2',
                        '--threads', str(work['threads'])]
        if work.get('isa'):
            self.command += ['--isa', work['isa']]
        if work.get('exit'):
            exits = json.loads(subprocess.run([os.path.join(build, 'vitrt'), 'bench', plan, '--json', '--warmup', '0', '--duration', '0'],
                                              check=True, capture_output=True, text=True).stdout)['exits']
            self.command += ['--exit', exits[int(work['exit'])]['name']]

    def round(self, seconds):
        process = subprocess.Popen([*self.command, '--duration', str(seconds)], stdout=subprocess.PIPE, text=True)
        text = process.communicate()[0]
        if process.returncode:
            raise RuntimeError('vitrt bench failed')
        report = json.loads(text)
        self.identity, self.version = report['identity'], report['identity']['version']
        l = report['latency_ms']
        return dict(p50=l['p50'], p90=l['p90'], p99=l['p99'], n=report['n'], load_ms=report['load_ms'],
                    first_answer_ms=report['first_answer_ms'], peak_rss_mb=report['peak_rss_mb'],
                    private_mb=max(0.0, report['peak_rss_mb'] - report['plan_mb']))

    def close(self):
        pass


class Peer:
    """A runtime in a worker process; one JSON line per request."""

    def __init__(self, name, model, tensor, work, cpus):
        environment = dict(os.environ, OMP_NUM_THREADS=str(work['threads']))
        if isa := work.get('isa'):
            environment |= dict(ONEDNN_MAX_CPU_ISA=ONEDNN_ISA[isa], DNNL_MAX_CPU_ISA=ONEDNN_ISA[isa],
                                ATEN_CPU_CAPABILITY=ATEN_ISA[isa])
        command = ['taskset', '-c', cpus, sys.executable, os.path.join(HERE, 'worker.py'), name, model, tensor,
                   str(work['threads']), work.get('timm', '')]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=environment)
        self.hello = json.loads(self.process.stdout.readline() or '{"error": "does not start on this model"}')
        if 'error' in self.hello:
            raise RuntimeError(self.hello['error'])
        self.version = self.hello['version']

    def round(self, seconds):
        self.process.stdin.write(f'{seconds}\n')
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        times = reply['ms']
        figures = dict(p50=statistics.median(times), p90=percentile(times, .9), p99=percentile(times, .99), n=len(times),
                       private_mb=reply['private_mb'])
        return figures | {key: self.hello[key] for key in FIGURES if key in self.hello}

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
