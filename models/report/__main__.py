"""Evaluates trained models through vitrt and writes RESULTS.md with its pictures.

    python -m models.report --build build --runs runs --tiles ../shared/data/magnetic-tile --out models

RUNS has a folder for each model, as models.train leaves it: NAME/NAME.onnx with what belongs to it, and best.pt. Every
model is converted, classifies the images of its data set and is compared with PyTorch on them. What was measured of an
export is kept beside it, so that a report which was interrupted, or one after another model changed, measures the rest.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from PIL import Image

from models import defects
from models.checkpoint import CheckpointError
from models.preprocess import Recipe
from models.report import page, reference
from models.report.intervals import confusion, intervals
from models.report.kept import Measurements
from models.report.robustness import STRENGTHS, write
from models.report.runtime import Plan, ReportError

SEED = 3  # 1 trains, 2 chooses
ROBUST = ("vit", "mpvg", "dyn_perceiver")  # the systems of the robustness table


def options():
    p = argparse.ArgumentParser(prog="python -m models.report", description=__doc__.splitlines()[0])
    p.add_argument("--build", type=Path, required=True, help="the folder of vitrt and vitrt-convert")
    p.add_argument("--runs", type=Path, required=True)
    p.add_argument("--tiles", type=Path, help="folder with val/<class>/; without it, models of other data are left out")
    p.add_argument("--out", type=Path, required=True, help="receives RESULTS.md and results/")
    p.add_argument("--count", type=int, default=600, help="generated images")
    p.add_argument("--seconds", type=float, default=1.0, help="of `vitrt bench` for each model")
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


def generate(folder, count):
    """Generated images as files, folder/<class>/<index>.png."""
    for index in range(count):
        sample = defects.generate(SEED, index)
        path = folder / defects.CLASSES[sample.label] / f"{index:06}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sample.image).save(path)
    return folder


def measure(run, images, plan, args):
    """Everything the page says about one model."""
    result, rows = plan.evaluate(images)
    bench = plan.bench(args.seconds)
    exits, torch_predictions = [e["name"] for e in result["exits"]], None
    if (run / "best.pt").exists():
        torch_predictions = reference.predictions(run, images)
    counts = {name: confusion(rows, name, list(result["recall"])) for name in exits}
    print(f"{run.name}: balanced accuracy {result['balanced_accuracy']:.4f}", flush=True)
    return dict(name=run.name, result=result, bench=bench, flops=bench["exits"][-1]["flops"],
                counts={name: c.tolist() for name, c in counts.items()},
                intervals={name: intervals(c) for name, c in counts.items()}, last=exits[-1],
                train=json.loads((run / f"{run.name}.train.json").read_text()),
                torch=torch_predictions and reference.accuracy(torch_predictions, exits[-1]),
                differences=None if torch_predictions is None else reference.differences(rows, torch_predictions, exits))


def disturbed(models, plans, kept, images, folder):
    """{kind: {strength: {model: balanced accuracy}}}."""
    def balanced(name, disturb):
        written = []
        def measured(model):
            written or written.append(write(images, folder / name, disturb, Recipe(112, 112)))
            return plans[model["name"]].evaluate(folder / name)[0]["balanced_accuracy"]
        return {m["name"]: kept[m["name"]].get(f"robustness {name}", lambda m=m: measured(m)) for m in models}

    undisturbed, tables = balanced("undisturbed", lambda image: image), {}
    for number, (kind, (disturb, strengths, neutral)) in enumerate(STRENGTHS.items()):
        tables[kind] = {n: undisturbed if n == neutral else balanced(f"{number}_{n}", lambda image, n=n: disturb(image, n))
                        for n in strengths}
        print(f"robustness: {kind}", flush=True)
    return tables


def run(args):
    from models.report import pictures  # matplotlib, which only the report needs
    runs = sorted(p.parent for p in args.runs.glob("*/*.train.json"))
    is_tiles = lambda r: json.loads((r / f"{r.name}.train.json").read_text())["options"]["data"] != "defects"
    runs = [r for r in runs if args.tiles or not is_tiles(r)]
    if not runs:
        raise ReportError(f"{args.runs} has no trained model that can be evaluated")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        generated, tiles = generate(folder / "generated", args.count), args.tiles and args.tiles / "val"
        plans = {r.name: Plan(args.build, r / f"{r.name}.onnx", folder, args.threads) for r in runs}
        kept = {r.name: Measurements(r / f"{r.name}.report.json", (r / f"{r.name}.onnx").read_bytes()) for r in runs}
        models = [kept[r.name].get("answers", lambda r=r: measure(r, tiles if is_tiles(r) else generated, plans[r.name], args))
                  for r in runs]
        chosen = [m for m, r in zip(models, runs) if m["train"]["options"]["system"] in ROBUST and is_tiles(r) == bool(tiles)]
        robust = disturbed(chosen, plans, kept, tiles or generated, folder)
    pictures_folder = args.out / "results"
    pictures_folder.mkdir(parents=True, exist_ok=True)
    pictures.overview(models, pictures_folder / "overview.svg")
    pictures.robustness(robust, pictures_folder / "robustness.svg")
    pictures.confusion([m for m, r in zip(models, runs) if is_tiles(r) == bool(tiles)], pictures_folder / "confusion.svg")
    where = dict(shift=max(m["train"]["options"]["shift"] for m in chosen), generated=args.count, robust=", ".join(m["name"] for m in chosen),
                 tiles=max((m["result"]["images"] for m, r in zip(models, runs) if is_tiles(r)), default=0))
    (args.out / "RESULTS.md").write_text(page.page(models, robust, where))
    print(f"wrote {args.out / 'RESULTS.md'}")


def main():
    try:
        run(options())
    except (ReportError, CheckpointError) as error:
        sys.exit(f"report: error: {error}")


if __name__ == "__main__":
    main()
