"""The programs under test, run with one thread on the CPU that this process is pinned to."""
import json, os, subprocess


def pin():
    """One CPU for this process and everything that it starts; the last one, where least else runs."""
    cpu = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})
    return cpu


class Programs:
    def __init__(self, build):
        self.vitrt, self.converter = os.path.join(build, 'vitrt'), os.path.join(build, 'vitrt-convert')

    def _run(self, *command):
        r = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        if r.returncode:
            raise RuntimeError(f'{" ".join(map(str, command[:3]))}: exit {r.returncode}: {r.stderr.strip()[:400]}')
        return r.stdout

    def convert(self, model, plan, *options):
        """With the labels and the recipe that lie beside the model."""
        stem, beside = model.removesuffix('.onnx'), []
        for option, name in (('--labels', f'{stem}.labels.txt'), ('--preprocess', f'{stem}.preprocess.json')):
            if os.path.exists(name):
                beside += [option, name]
        self._run(self.converter, model, '-o', plan, *beside, *options)
        return plan

    def json(self, command, *arguments):
        """The JSON lines of a subcommand: a list for infer, an object for the others."""
        threads = [] if command == 'inspect' else ['--threads', 1]
        lines = [json.loads(line) for line in self._run(self.vitrt, command, *arguments, '--json', *threads).splitlines()]
        return lines if command == 'infer' else lines[0]

    def exits(self, plan):
        return self.json('inspect', plan)['exits']
