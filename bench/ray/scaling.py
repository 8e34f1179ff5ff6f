"""What one and two workers of vitrt.ray do, and what an image costs over `vitrt infer`.
scaling.py BUILD OUT MODEL.onnx... [--rounds N] [--seconds S]

Needs 'ray[data]' (packages/ray.txt). Every image is classified at the last exit. Time and CPU time of an image are the slope
between a third of the images and all of them, so that starting Ray, its workers and the plan is left out; CPU time is that of all
processes of the cluster. Writes OUT/ray.md.
"""
import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGES = sorted((ROOT / 'models/defects/samples').glob('*.png'))
TICKS = os.sysconf('SC_CLK_TCK')
sys.path[:0] = [str(ROOT / 'bench/exits')]

from programs import Programs  # noqa: E402


def cluster_cpu_seconds():
    """Of this process and of what Ray started, the dead included as far as their parents waited for them."""
    total = 0
    for entry in Path('/proc').iterdir():
        if not entry.name.isdigit():
            continue
        try:
            title = (entry / 'cmdline').read_bytes()
            fields = (entry / 'stat').read_text().rsplit(')', 1)[1].split()
        except OSError:
            continue
        if b'ray' in title or int(entry.name) == os.getpid():
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def classify(plan, folder, workers):
    """(seconds, CPU seconds, images) of one job on a cluster that runs already."""
    import ray
    from vitrt.ray import Predictor
    content, cpu, start = plan.read_bytes(), cluster_cpu_seconds(), time.perf_counter()
    images = ray.data.read_binary_files(str(folder), include_paths=True)
    predictions = images.map_batches(Predictor, fn_constructor_args=[content], fn_constructor_kwargs={'thresholds': 2.0},
                                     concurrency=workers, num_cpus=1, batch_size=16)
    errors = [row['error'] for row in predictions.take_all()]
    assert not any(errors), errors
    return time.perf_counter() - start, cluster_cpu_seconds() - cpu, len(errors)


def slope(plan, folders, workers):
    """(ms, CPU ms) of one more image."""
    few, all_of_them = (classify(plan, folder, workers) for folder in folders)
    return tuple(1000 * (all_of_them[k] - few[k]) / (all_of_them[2] - few[2]) for k in (0, 1))


def alone(programs, plan):
    """CPU ms of one more image in the plain program."""
    def once(times):
        before = os.times()
        lines = programs.json('infer', plan, '--exit', 'last', *IMAGES * times)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system, len(lines)
    (short, few), (long, many) = once(2), once(20)
    return 1000 * (long - short) / (many - few)


def write_images(scratch, count):
    folder = scratch / str(count)
    folder.mkdir()
    for i in range(count):
        image = IMAGES[i % len(IMAGES)]
        (folder / f'{i}_{image.name}').write_bytes(image.read_bytes())
    return folder


def rows_of(name, plan, scratch, seconds, rounds, program_ms):
    images = round(1000 * seconds / program_ms)
    folders = [write_images(scratch / name, count) for count in (images // 3, images)]
    measured = {workers: [] for workers in (1, 2)}
    for _ in range(rounds):
        for workers, values in measured.items():
            values.append(slope(plan, folders, workers))
    speedup = statistics.median(one[0] / two[0] for one, two in zip(*measured.values()))
    for workers, values in measured.items():
        wall, cpu = (statistics.median(v[k] for v in values) for k in (0, 1))
        yield (f'| {name} | {images} | {workers} | {wall:.2f} | {cpu:.2f} | {program_ms:.2f} | {cpu - program_ms:.2f} | '
               f'{f"{speedup:.2f} x" if workers == 2 else "1"} |')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('models', nargs='+', type=Path)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=20, help='of work for one worker')
    o = parser.parse_args()
    os.environ['PYTHONPATH'] = str(o.build.resolve() / 'python')
    sys.path.insert(0, os.environ['PYTHONPATH'])
    import ray
    programs, table = Programs(o.build), []
    with tempfile.TemporaryDirectory() as scratch:
        here = programs.json('version')
        ray.init(num_cpus=4, include_dashboard=False, _node_ip_address='127.0.0.1', object_store_memory=300_000_000,
                 log_to_driver=False)
        for model in o.models:
            plan = Path(programs.convert(str(model), Path(scratch) / f'{model.stem}.plan'))
            (Path(scratch) / model.stem).mkdir()
            table += rows_of(model.stem, plan, Path(scratch), o.seconds, o.rounds, alone(programs, plan))
        ray.shutdown()
    (o.out / 'ray.md').write_text(f'''# vitrt on a Ray cluster

Written by `./dev bench ray`: Ray {ray.__version__} on one machine of {os.cpu_count()} cores ({here['cpu']}, {here['isa']}), PNG images in a folder, one
thread a worker, the last exit; medians of {o.rounds} rounds, in which one and two workers alternate.

| model | images | workers | wall, ms an image | CPU of the whole cluster, ms an image | `vitrt infer`, CPU ms | Ray's share, ms | speed-up |
|---|---|---|---|---|---|---|---|
{chr(10).join(table)}

Reading the files, moving them between processes and collecting the rows run on the same cores as the workers; of an image that takes a few
milliseconds they are the larger part, and a second worker has nothing left to run on. Ray starts a job a second earlier or
later, which is a fifth of the slope: a speed-up above 2 is that.
''')
    print(*table, sep='\n')


if __name__ == '__main__':
    main()
