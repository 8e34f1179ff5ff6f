"""Metrics as Prometheus reads them, and `vitrt monitor` on images of a real line. compare_monitoring.py BUILD_DIR

The magnetic-tile val images are the reference. A fresh sample of them must not raise the alarm; all of them brighter, or
darker, must. Needs the folder of optional test data (VITRT_SHARED) for that, and
prometheus_client for the metrics; what is missing is skipped. Ends with "N passed, N failed, N skipped".
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from outside import Skip, named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("VITRT_SHARED", ROOT.parent / "shared"))
TILES = SHARED / "data/magnetic-tile/val"
MODEL = next(ROOT.glob("models/*/dynp_magnetic_tile.onnx"))


def run(*arguments):
    result = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def vitrt(*arguments):
    return run(BUILD / "vitrt", *arguments)


def answer(plan, images, log, *options):
    return vitrt("infer", plan, images, "--json", "--threads", 1, "--log", log, *options)


def metrics_parse_and_add_up(plan, folder):
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError as error:
        raise Skip("prometheus_client is not installed") from error
    file = folder / "vitrt.prom"
    images = len(answer(plan, ROOT / "models/defects/samples", folder / "samples.jsonl", "--shadow", 1, "--metrics", file)
                 .splitlines())
    families = {family.name: family for family in text_string_to_metric_families(file.read_text())}
    kinds = {"vitrt_info": "gauge", "vitrt_images": "counter", "vitrt_images_refused": "counter",
             "vitrt_confidence": "histogram", "vitrt_latency_seconds": "histogram", "vitrt_shadow_images": "counter",
             "vitrt_shadow_disagreements": "counter", "vitrt_non_finite": "counter", "vitrt_deadline_cuts": "counter",
             "vitrt_deadline_overruns": "counter", "vitrt_log_lines_lost": "counter"}
    assert {name: family.type for name, family in families.items()} == kinds
    assert all(family.documentation for family in families.values())
    assert sum(sample.value for sample in families["vitrt_images"].samples) == images
    assert sum(sample.value for sample in families["vitrt_shadow_images"].samples) == images
    for name in ("vitrt_confidence", "vitrt_latency_seconds"):
        exits = {}
        for sample in families[name].samples:
            if sample.name.endswith("_bucket"):
                exits.setdefault(sample.labels["exit"], []).append((float(sample.labels["le"]), sample.value))
        for buckets in exits.values():
            assert buckets == sorted(buckets), buckets
            assert [count for _, count in buckets] == sorted(count for _, count in buckets), buckets
        assert sum(sample.value for sample in families[name].samples if sample.name.endswith("_count")) == images


def tiles():
    if not TILES.is_dir():
        raise Skip(f"{TILES} is not there")
    return sorted(TILES.glob("*/*.jpg"))


def monitor_alarms_for_other_light_only(plan, folder):
    from PIL import Image
    everything = tiles()
    fresh = sorted(random.Random(1).sample(everything, len(everything) // 2))
    cases = {"reference": (everything, 0), "fresh": (fresh, 0), "brighter": (everything, 40), "darker": (everything, -40)}
    logs = {}
    for name, (images, shift) in cases.items():
        (folder / name).mkdir()
        for image in images:
            pixels = Image.open(image).point(lambda v, shift=shift: max(0, min(255, v + shift)))
            pixels.save(folder / name / f"{image.parent.name}_{image.stem}.png")
        logs[name] = folder / f"{name}.jsonl"
        answer(plan, folder / name, logs[name], "--shadow", 0.5, "--threshold", 0.7)
    for name, expected in (("fresh", False), ("brighter", True), ("darker", True)):
        page = folder / f"{name}.html"
        report = json.loads(vitrt("monitor", logs[name], "--reference", logs["reference"], "-o", page, "--json"))
        smallest = min(report["checks"], key=lambda check: check["p"])
        print(f"  {name}: alarm {report['alarm']}, {len(report['checks'])} checks, smallest p {smallest['p']:.2g} "
              f"({smallest['what']}), alarms: {[check['what'] for check in report['checks'] if check['alarm']]}")
        assert report["alarm"] == expected, report
        assert report["answers"] == len(cases[name][0])
        html = page.read_text()
        assert ("Alarm:" in html) == expected
        assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        plan = pathlib.Path(temporary) / "model.plan"
        run(BUILD / "vitrt-convert", MODEL, "-o", plan, "--labels", MODEL.with_suffix(".labels.txt"),
            "--preprocess", MODEL.with_suffix(".preprocess.json"))
        return run_checks((name, lambda folder, check=check: check(plan, folder))
                          for name, check in named(metrics_parse_and_add_up, monitor_alarms_for_other_light_only))


if __name__ == "__main__":
    sys.exit(main())
