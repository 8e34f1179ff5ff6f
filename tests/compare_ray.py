"""vitrt on a Ray cluster of this machine, against `vitrt infer`. compare_ray.py BUILD_DIR

Skipped where Ray is not installed (pip install 'ray[data]'). Ends with "N passed, N failed, N skipped"."""

import os
import signal
import sys
from pathlib import Path

from compare_serve import BUILD, IMAGES, ROOT, convert, infer
from end_to_end import Skip, named, run_checks

os.environ["PYTHONPATH"] = os.pathsep.join([str(BUILD / "python"), str(ROOT / "runtime/python/examples")])
sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
COPIES = int(os.environ.get("VITRT_RAY_COPIES", "20"))


def a_killed_worker_loses_no_image_and_repeats_none(folder):
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise Skip(f"no Ray: {error}")
    from ray_folder import classify
    plan, images = convert(folder), folder / "images"
    images.mkdir()
    for i in range(COPIES):
        for image in IMAGES:
            (images / f"{i}_{image.name}").write_bytes(image.read_bytes() + b"%d" % i)
    (images / "bad.png").write_bytes(b"no image")
    want = {image.name: line for image, line in zip(IMAGES, infer(plan))}
    ray.init(num_cpus=4, include_dashboard=False, _node_ip_address="127.0.0.1", object_store_memory=300_000_000, log_to_driver=False)
    try:
        killed, rows = None, []
        for batch in classify(str(plan), str(images), 2).iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            rows += zip(batch["path"], batch["label"], batch["confidence"], batch["exit"], batch["error"])
            if killed is None:
                killed = kill_a_worker()
    finally:
        ray.shutdown()
    names = [Path(row[0]).name for row in rows]
    assert len(names) == len(set(names)) == COPIES * len(IMAGES) + 1, (len(names), len(set(names)))
    for path, label, confidence, exit, error in rows:
        name = Path(path).name
        if name == "bad.png":
            assert label is None and error, (label, error)
            continue
        line = want[name.split("_", 1)[1]]
        assert label == line["label"] and exit == line["exit"]["name"] and abs(confidence - line["confidence"]) < 1e-6, (name, label, line)
    return f"{len(rows)} images, worker {'killed' if killed else 'not found, none killed'}"


def kill_a_worker():
    """The process id of a map_batches actor that was ended by SIGKILL; None where none was found."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                title = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(b"ray::") and b"MapWorker" in title:
                os.kill(int(entry.name), signal.SIGKILL)
                return int(entry.name)
    return None


if __name__ == "__main__":
    sys.exit(run_checks(named(a_killed_worker_loses_no_image_and_repeats_none)))
