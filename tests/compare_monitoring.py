"""Metrics as Prometheus reads them, and `vitrt monitor` on images of a real line. compare_monitoring.py BUILD_DIR

The magnetic-tile val images are the reference, as a log and as the record of a calibrated plan. A fresh sample of them must
not raise the alarm; all of them brighter, or darker, must; pages are looked at as a browser draws them where there is one
(chromium). Needs the folder of optional test data (VITRT_SHARED) for that, and prometheus_client for the metrics; what is
missing is skipped. Ends with "N passed, N failed, N skipped".
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from end_to_end import Skip, named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("VITRT_SHARED", ROOT.parent / "shared"))
TILES = SHARED / "data/magnetic-tile/val"
MODEL = next(ROOT.glob("models/*/dynp_magnetic_tile.onnx"))


def run(*arguments, status=0):
    result = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    assert result.returncode == status, (result.returncode, result.stderr)
    return result.stdout


def vitrt(*arguments, status=0):
    return run(BUILD / "vitrt", *arguments, status=status)


def classify(plan, images, log, *options):
    return vitrt("infer", plan, images, "--json", "--threads", 1, "--log", log, *options)


def metrics_parse_and_add_up(plan, folder):
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError as error:
        raise Skip("prometheus_client is not installed") from error
    file = folder / "vitrt.prom"
    images = len(classify(plan, ROOT / "models/defects/samples", folder / "samples.jsonl", "--shadow", 1, "--metrics", file)
                 .splitlines())
    families = {family.name: family for family in text_string_to_metric_families(file.read_text())}
    kinds = {"vitrt_info": "gauge", "vitrt_images": "counter", "vitrt_images_refused": "counter", "vitrt_images_no_decision": "counter",
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


def promtool_has_nothing_to_say_about_the_metrics(plan, folder):
    if shutil.which("promtool") is None:
        raise Skip("promtool is not installed")
    file = folder / "vitrt.prom"
    classify(plan, ROOT / "models/defects/samples", folder / "samples.jsonl", "--shadow", 1, "--metrics", file)
    checked = subprocess.run(["promtool", "check", "metrics"], stdin=file.open(), capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked


def drawn(page):
    """The page as a browser draws it."""
    from PIL import Image
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        return None
    picture = page.with_suffix(".png")
    subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,4200",
                    f"--user-data-dir={page.parent / 'browser'}", f"--screenshot={picture}", page.as_uri()],
                   capture_output=True, check=True, timeout=120)
    return Image.open(picture).convert("RGB")


def check_drawing(picture, alarm):
    colours = {colour: count for count, colour in picture.getcolors(1 << 24)}
    verdicts = {True: (0xfb, 0xee, 0xee), False: (0xee, 0xf6, 0xef)}  # the ground of the sentence at the top
    assert colours.get(verdicts[alarm], 0) > 10_000 > 100 * colours.get(verdicts[not alarm], 0)
    for curve in ((0x1f, 0x6f, 0xb4), (0xd1, 0x62, 0x2b)):  # of now, of the reference
        assert colours.get(curve, 0) > 2_000, colours.get(curve)


def monitor_alarms_for_other_light_only(plan, folder):
    from PIL import Image
    everything = tiles()
    calibrated = folder / "calibrated.plan"
    vitrt("calibrate", plan, TILES, "-o", calibrated, "--max-disagreement", 0.05, "--empirical", "--threads", 1)
    fresh = sorted(random.Random(1).sample(everything, len(everything) // 2))
    cases = {"reference": (everything, 0), "fresh": (fresh, 0), "brighter": (everything, 40), "darker": (everything, -40)}
    logs = {}
    for name, (images, shift) in cases.items():
        (folder / name).mkdir()
        for image in images:
            pixels = Image.open(image).point(lambda v, shift=shift: max(0, min(255, v + shift)))
            pixels.save(folder / name / f"{image.parent.name}_{image.stem}.png")
        logs[name] = folder / f"{name}.jsonl"
        classify(calibrated, folder / name, logs[name], "--shadow", 0.5)
    for reference in (logs["reference"], calibrated):
        for name, expected in (("fresh", False), ("brighter", True), ("darker", True)):
            check_report(logs[name], reference, folder / f"{name}.html", len(cases[name][0]), expected)


def check_report(log, reference, page, images, expected):
    report = json.loads(vitrt("monitor", log, "--reference", reference, "-o", page, "--json", status=10 if expected else 0))
    smallest = min(report["checks"], key=lambda check: check["p"])
    print(f"  {log.stem} against {reference.name}: alarm {report['alarm']}, {len(report['checks'])} checks, smallest p "
          f"{smallest['p']:.2g} ({smallest['what']}), alarms: {[c['what'] for c in report['checks'] if c['alarm']]}")
    assert report["alarm"] == expected, report
    assert report["answers"] == images
    html = page.read_text()
    assert ("Alarm:" in html) == expected
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    picture = drawn(page)
    if picture is not None:
        check_drawing(picture, expected)
        print(f"    drawn by a browser as it should be, {picture.width} x {picture.height}")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        plan = pathlib.Path(temporary) / "model.plan"
        run(BUILD / "vitrt-convert", MODEL, "-o", plan, "--labels", MODEL.with_suffix(".labels.txt"),
            "--preprocess", MODEL.with_suffix(".preprocess.json"))
        return run_checks((name, lambda folder, check=check: check(plan, folder))
                          for name, check in named(metrics_parse_and_add_up,
                                              promtool_has_nothing_to_say_about_the_metrics,
                                              monitor_alarms_for_other_light_only))


if __name__ == "__main__":
    sys.exit(main())
