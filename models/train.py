"""Trains one system on one data set, keeps the best checkpoint of the averaged weights, exports it to ONNX.

    python -m models.train --system vit --data defects --out runs/vit_defects
    python -m models.train --system vit --data FOLDER --init-from runs/vit_defects/best.pt --out runs/vit_folder

FOLDER has train/<class>/ and val/<class>/. A part of train chooses the checkpoint, val is only reported. A run that was
interrupted goes on when the same command is given again, or one with other --steps. --out receives last.pt, best.pt and, at the end, NAME.onnx with NAME.labels.txt, NAME.preprocess.json and
NAME.train.json, where NAME is the name of the folder.
"""

import argparse
import json
import math
import platform
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from models import checkpoint, exported, teacher
from models.augment import augment
from models.average import Average
from models.data import DataError, load
from models.export import export
from models.losses import Likeness, multi_exit, targets
from models.preprocess import Recipe
from models.sampling import BALANCES, draw, fold
from models.scores import score
from models.systems import NAMES, starts_from, system


def options():
    p = argparse.ArgumentParser(prog="python -m models.train", description=__doc__.splitlines()[0])
    p.add_argument("--system", choices=NAMES, required=True)
    p.add_argument("--config", default="small_images", help="a configuration of the system (default: %(default)s)")
    p.add_argument("--data", required=True, help="`defects`, or a folder with train/<class>/ and val/<class>/")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--init-from", type=Path, 
                   help="best.pt of another run of the same configuration, of this system or of one with the same trunk; or an exported .onnx")
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=6e-4)
    p.add_argument("--weight-decay", type=float, default=0.05)
    p.add_argument("--smoothing", type=float, default=0.05, help="label smoothing")
    p.add_argument("--average", type=float, default=0.998, help="decay of the moving average of the weights")
    p.add_argument("--freeze", nargs="+", default=[], metavar="PART", help="parts of the model that stay as they are")
    p.add_argument("--exit-weights", type=lambda text: [float(w) for w in text.split(",")], metavar="W,W,...",
                   help="shares of the exits' cross-entropies in the loss (default: the system's)")
    p.add_argument("--distil", type=float, default=0.5, help="share of each earlier exit's divergence from the last exit")
    p.add_argument("--teacher", type=Path, help="what models.dinov2.teach wrote for the training images of --data")
    p.add_argument("--soft", type=float, default=0.5, help="share of the teacher's probabilities in the targets")
    p.add_argument("--likeness", type=float, default=1.0, help="share of the unlikeness to the teacher's features in the loss")
    p.add_argument("--fold", type=int, default=0, help="which part of train chooses the checkpoint")
    p.add_argument("--folds", type=int, default=8, help="parts of train; 1: all of it trains and val chooses; 0: all of it trains and the last step is kept")
    p.add_argument("--shift", type=int, default=8, help="augmentation: largest move in pixels")
    p.add_argument("--quarter-turns", action=argparse.BooleanOptionalAction, default=True,
                   help="augmentation: whether images have no up and down")
    p.add_argument("--balance", choices=BALANCES, default="root",
                   help="how a class's share of the draws falls from its share of the images (none) to equal")
    p.add_argument("--easy-first", type=int, default=0, metavar="STEPS",
                   help="generated images: begin with easy ones and reach the hardest after this many steps")
    p.add_argument("--eval-every", type=int, default=200)
    p.add_argument("--count", type=int, default=9600, help="generated training images")
    p.add_argument("--val-count", type=int, default=1200, help="generated validation images")
    p.add_argument("--cache", type=Path, help="folder in which generated images are kept between runs")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--export-now", action="store_true", help="export best.pt of a run that is not finished, and stop")
    args = p.parse_args()
    if args.config not in system(args.system).CONFIGS:
        p.error(f"--config {args.config}: {args.system} has {', '.join(system(args.system).CONFIGS)}")
    return args


def tensor(pixels, recipe):
    """uint8 or 0..1 float pixels [B, H, W(, 3)] to the model's normalised input [B, 3, H, W]."""
    x = np.asarray(pixels, np.float32) / (255 if pixels.dtype == np.uint8 else 1)
    x = np.repeat(x[..., None], 3, -1) if x.ndim == 3 else x
    x = (x - np.float32(recipe.mean)) / np.float32(recipe.std)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


@torch.no_grad()
def logits_of(model, data, recipe):
    """Logits [exits, N, C]."""
    model.eval()
    batches = [torch.stack(model(tensor(data.pixels[i:i + 64], recipe))) for i in range(0, len(data), 64)]
    return torch.cat(batches, 1)


def evaluate(model, data, recipe):
    """One score per exit, in exit order."""
    return {name: score(y.argmax(1).numpy(), data.labels, data.classes)
            for name, y in zip(model.exits, logits_of(model, data, recipe))}


def balanced_loss(model, data, recipe):
    """Cross-entropy with every class counted alike, mean over the exits: what chooses the checkpoint, as it is
    less of a lottery than the accuracy on few images."""
    labels = torch.from_numpy(data.labels)
    loss = torch.stack([F.cross_entropy(y, labels, reduction="none") for y in logits_of(model, data, recipe)]).mean(0)
    return float(torch.stack([loss[labels == k].mean() for k in labels.unique()]).mean())


def judge(model, choosing, recipe):
    """What stands in the learning curve about the images that choose."""
    scores = evaluate(model, choosing, recipe)
    return dict(balanced_loss=balanced_loss(model, choosing, recipe),
                **{what: {name: round(s[what], 4) for name, s in scores.items()} for what in ("accuracy", "balanced_accuracy")})


def rate(step, args):
    """Linear warm-up, then a cosine to zero."""
    warm = max(1, min(200, args.steps // 20))
    return min(1, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * min(1, step / args.steps)))


def optimiser(model, args):
    """AdamW; biases, norms, tokens and position tables are not decayed."""
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    decays = lambda n, p: p.ndim >= 2 and "token" not in n and "pos" not in n
    decayed, rest = [p for n, p in trained if decays(n, p)], [p for n, p in trained if not decays(n, p)]
    groups = [dict(params=decayed, weight_decay=args.weight_decay), dict(params=rest, weight_decay=0.0)]
    return torch.optim.AdamW(groups, lr=args.lr, betas=(0.9, 0.999))


def identity(args, classes, recipe):
    """What a checkpoint must agree with to be continued."""
    return dict(system=args.system, config=args.config, classes=tuple(classes), recipe=recipe.settings())


class Training:
    """What changes from step to step: the model, its average, their optimizers; and a map to a teacher's features."""

    def __init__(self, model, data, args):
        self.model, self.average = model, Average(model, args.average)
        frozen = [getattr(model, name) if name.isidentifier() else model.get_submodule(name) for name in args.freeze]
        for part in frozen:
            part.requires_grad_(False)
        self.still = [part for part in frozen if isinstance(part, nn.Module)]
        self.likeness = None if data.features is None else Likeness(model, len(data.classes), data.features.shape[1])
        self.optimizers = [optimiser(m, args) for m in (model, self.likeness) if m is not None]

    def train(self):
        """The model in training mode, but for the statistics of what is frozen."""
        self.model.train()
        for part in self.still:
            part.eval()
        return self.model

    def state(self):
        return dict(weights=self.model.state_dict(), model=self.average.model.state_dict(),
                    likeness=self.likeness and self.likeness.state_dict(), optimizers=[o.state_dict() for o in self.optimizers],
                    rng=torch.get_rng_state())

    def restore(self, state):
        """A teacher may come or go between two legs: its map begins anew, or is forgotten."""
        self.model.load_state_dict(state["weights"])
        self.average.model.load_state_dict(state["model"])
        if self.likeness and state["likeness"]:
            self.likeness.load_state_dict(state["likeness"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(stored)
        torch.set_rng_state(state["rng"])

    def descend(self, loss, lr):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = lr
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()


def train_step(training, data, recipe, args, step):
    """One step; its batch depends on (seed, step) alone, which is what makes a run resumable."""
    rng = np.random.default_rng([args.seed, step])
    chosen = draw(rng, data, args, step)
    x = tensor(augment(rng, data.pixels[chosen], args.shift, args.quarter_turns), recipe)
    soft = None if data.soft is None else torch.from_numpy(data.soft[chosen])
    target = targets(torch.from_numpy(data.labels[chosen]), len(data.classes), args.smoothing, soft, args.soft)
    model = training.train()
    loss = multi_exit(model(x), target, args.exit_weights or model.exit_weights, args.distil)
    if training.likeness:
        loss = loss + args.likeness * training.likeness(torch.from_numpy(data.features[chosen]))
    training.descend(loss, args.lr * rate(step, args))
    training.average.update(model, step)
    return float(loss.detach())


def progress(step, args, began, start, loss):
    if sys.stderr.isatty():
        left = (time.monotonic() - began) / (step + 1 - start) * (args.steps - step - 1)
        bar = "#" * (30 * (step + 1) // args.steps)
        print(f"\r[{bar:30}] {step + 1}/{args.steps} loss {loss:.3f} {left / 60:.0f} min left ", end="", file=sys.stderr)


def command(args):
    """The options, without what is of this machine."""
    options = {k: v for k, v in vars(args).items() if k not in ("out", "cache", "export_now")}
    folder = lambda path: path and path.parent.name
    return options | dict(data=Path(args.data).name, init_from=folder(args.init_from), teacher=folder(args.teacher))


def start(model, data, recipe, args):
    """Takes over what --init-from has; returns the legs of the training behind it, where it has them."""
    if args.init_from.suffix == ".onnx":
        images = tensor(data.pixels[np.linspace(0, len(data) - 1, 128).astype(int)], recipe)
        fresh, legs = exported.start_from(args.init_from, model, data.classes, images), []
    else:
        fresh = checkpoint.start_from(args.init_from, model, starts_from(args.system), args.config, data.classes)
        legs = checkpoint.load(args.init_from).get("legs", [])
    fresh = sorted({name.rpartition(".")[0] for name in fresh if not name.endswith("num_batches_tracked")})
    print(f"started from {args.init_from}; fresh: {', '.join(fresh) or 'nothing'}", file=sys.stderr)
    return legs


def fit(model, data, choosing, recipe, args):
    """Trains from last.pt, or from the start, to args.steps."""
    step, best, history, legs = 0, None, [], []
    last, keep = args.out / "last.pt", identity(args, data.classes, recipe)
    state = checkpoint.load(last) if last.exists() else None
    if state is None and args.init_from:
        legs = start(model, data, recipe, args)
    training = Training(model, data, args)
    if state:
        checkpoint.check(last, state, keep | dict(seed=args.seed, batch=args.batch))
        training.restore(state)
        step, best, history, legs = (state[k] for k in ("step", "best", "history", "legs"))
        print(f"going on from step {step}", file=sys.stderr)
    legs = legs + [dict(from_step=step, **command(args))]
    began, first, losses = time.monotonic(), step, []
    while step < args.steps:
        losses.append(train_step(training, data, recipe, args, step))
        progress(step, args, began, first, losses[-1])
        step += 1
        if step % args.eval_every and step < args.steps:
            continue
        entry = dict(step=step, loss=float(np.mean(losses))) | (judge(training.average.model, choosing, recipe) if choosing else {})
        history.append(entry)
        print(" ".join(f"{k} {v}" for k, v in entry.items()) + f" {(time.monotonic() - began) / (step - first):.2f} s/step", flush=True)
        losses = []
        if best is None or entry.get("balanced_loss", best) <= best:
            best = entry.get("balanced_loss", 0.0)
            checkpoint.save(args.out / "best.pt", keep | dict(model=training.average.model.state_dict(), step=step, legs=legs))
        checkpoint.save(last, keep | training.state() | dict(step=step, best=best, history=history, legs=legs, seed=args.seed,
                                                             batch=args.batch))


def ship(model, train, val, recipe, args):
    """Exports best.pt and writes what goes with it; val is classified here for the first time."""
    last = checkpoint.load(args.out / "last.pt")
    best = checkpoint.load(args.out / "best.pt")
    checkpoint.check(args.out / "best.pt", best, identity(args, train.classes, recipe))
    model.load_state_dict(best["model"])
    scores, base = evaluate(model, val, recipe), args.out / args.out.name
    export(model, f"{base}.onnx", recipe.height)
    Path(f"{base}.labels.txt").write_text("\n".join(train.classes) + "\n")
    recipe.write(f"{base}.preprocess.json")
    report = dict(options=command(args), legs=last["legs"], step=best["step"], val=scores, history=last["history"],
                  exits=list(model.exits),
                  train_images=dict(zip(train.classes, map(int, train.counts()))),
                  parameters=sum(p.numel() for p in model.parameters()),
                  versions=dict(python=platform.python_version(), torch=torch.__version__, numpy=np.__version__))
    Path(f"{base}.train.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"wrote {base}.onnx (step {best['step']}): " + json.dumps(scores[model.exits[-1]]))


def run(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    size = system(args.system).CONFIGS[args.config]["image"]
    recipe = Recipe(size, size)
    train, val = load(args.data, recipe, args.count, args.val_count, args.cache)
    recipe = recipe if args.data == "defects" else recipe.measured(train.pixels)
    if args.teacher:
        train = teacher.attach(train, args.teacher)
    choosing = val if args.folds else None
    if args.data != "defects" and args.folds > 1:
        train, choosing = fold(train, args.fold, args.folds)
    model = system(args.system).build(args.config, len(train.classes)).to(memory_format=torch.channels_last)
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.export_now:
        fit(model, train, choosing, recipe, args)
    ship(model, train, val, recipe, args)


def main():
    try:
        run(options())
    except (DataError, checkpoint.CheckpointError) as error:
        sys.exit(f"train: error: {error}")


if __name__ == "__main__":
    main()
