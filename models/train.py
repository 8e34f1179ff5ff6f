"""Trains one system on one data set, keeps the best checkpoint by balanced accuracy, exports it to ONNX.

    python -m models.train --system vit --data defects --out runs/vit_defects
    python -m models.train --system vit --data FOLDER --init-from runs/vit_defects/best.pt --out runs/vit_folder

FOLDER has train/<class>/ and val/<class>/. A run that was interrupted goes on when the same command is given
again, or one with more steps. --out receives last.pt, best.pt and, at the end, NAME.onnx with NAME.labels.txt, NAME.preprocess.json and
NAME.train.json, where NAME is the name of the folder.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
import torch

from models import checkpoint
from models.augment import augment
from models.data import DataError, load
from models.export import export
from models.losses import multi_exit
from models.preprocess import Recipe
from models.scores import score
from models.systems import NAMES, starts_from, system


def options():
    p = argparse.ArgumentParser(prog="python -m models.train", description=__doc__.splitlines()[0])
    p.add_argument("--system", choices=NAMES, required=True)
    p.add_argument("--config", default="small_images", help="a configuration of the system (default: %(default)s)")
    p.add_argument("--data", required=True, help="`defects`, or a folder with train/<class>/ and val/<class>/")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--init-from", type=Path, help="best.pt of another run of the same configuration, of this system or of one with the same trunk")
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--weight-decay", type=float, default=0.05)
    p.add_argument("--smoothing", type=float, default=0.0, help="label smoothing")
    p.add_argument("--shift", type=int, default=8, help="augmentation: largest move in pixels")
    p.add_argument("--quarter-turns", action=argparse.BooleanOptionalAction, default=True,
                   help="augmentation: whether images have no up and down")
    p.add_argument("--balance", choices=("sampling", "none"), default="sampling",
                   help="sampling draws every class equally often")
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


def draw(rng, data, args, step):
    """Indices of one training batch, in rising order."""
    allowed = np.ones(len(data), bool)
    if data.difficulty is not None and step < args.easy_first:
        allowed = data.difficulty <= 0.25 + 0.75 * step / args.easy_first
    if args.balance == "none":
        return np.sort(rng.choice(np.flatnonzero(allowed), args.batch))
    members = [np.flatnonzero(allowed & (data.labels == k)) for k in range(len(data.classes))]
    members = [m for m in members if len(m)]
    return np.sort([rng.choice(members[k]) for k in rng.integers(0, len(members), args.batch)])


@torch.no_grad()
def evaluate(model, data, recipe):
    """One score per exit, in exit order."""
    model.eval()
    batches = [model(tensor(data.pixels[i:i + 64], recipe)) for i in range(0, len(data), 64)]
    return {name: score(torch.cat([b[k] for b in batches]).argmax(1).numpy(), data.labels, data.classes)
            for k, name in enumerate(model.exits)}


def rate(step, args):
    """Linear warm-up, constant, linear decay over the last third: a run can be made longer until the decay begins."""
    warm, decay = max(1, min(100, args.steps // 20)), max(1, args.steps // 3)
    return min(1, (step + 1) / warm, (args.steps - step) / decay)


def optimiser(model, args):
    """AdamW; biases, norms, tokens and position tables are not decayed."""
    decayed = [p for n, p in model.named_parameters() if p.ndim >= 2 and "token" not in n and "pos" not in n]
    kept = {id(p) for p in decayed}
    rest = [p for p in model.parameters() if id(p) not in kept]
    groups = [dict(params=decayed, weight_decay=args.weight_decay), dict(params=rest, weight_decay=0.0)]
    return torch.optim.AdamW(groups, lr=args.lr, betas=(0.9, 0.98))


def identity(args, classes, recipe):
    """What a checkpoint must agree with to be continued."""
    return dict(system=args.system, config=args.config, classes=tuple(classes), recipe=recipe.settings())


def train_step(model, optimizer, data, recipe, args, step):
    """One step; its batch depends on (seed, step) alone, which is what makes a run resumable."""
    rng = np.random.default_rng([args.seed, step])
    chosen = draw(rng, data, args, step)
    x = tensor(augment(rng, data.pixels[chosen], args.shift, args.quarter_turns), recipe)
    target = torch.from_numpy(data.labels[chosen])
    for group in optimizer.param_groups:
        group["lr"] = args.lr * rate(step, args)
    model.train()
    loss = multi_exit(model(x), target, model.exit_weights, smoothing=args.smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def progress(step, args, began, start, loss):
    if sys.stderr.isatty():
        left = (time.monotonic() - began) / (step + 1 - start) * (args.steps - step - 1)
        bar = "#" * (30 * (step + 1) // args.steps)
        print(f"\r[{bar:30}] {step + 1}/{args.steps} loss {loss:.3f} {left / 60:.0f} min left ", end="", file=sys.stderr)


def command(args):
    """The options, without what is of this machine."""
    said = {k: v for k, v in vars(args).items() if k not in ("out", "cache", "export_now")}
    return said | dict(data=Path(args.data).name, init_from=args.init_from and args.init_from.parent.name)


def fit(model, data, val, recipe, args):
    """Trains from last.pt, or from the start, to args.steps; returns the learning curve and the options of every leg."""
    optimizer, step, best, history, legs = optimiser(model, args), 0, -1.0, [], []
    last, keep = args.out / "last.pt", identity(args, data.classes, recipe)
    if last.exists():
        state = checkpoint.load(last)
        checkpoint.check(last, state, keep | dict(seed=args.seed, batch=args.batch))
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        step, best, history, legs = state["step"], state["best"], state["history"], state.get("legs", [])
        print(f"going on from step {step}", file=sys.stderr)
    elif args.init_from:
        fresh = checkpoint.start_from(args.init_from, model, starts_from(args.system), args.config,
                                      data.classes)
        print(f"started from {args.init_from}; fresh: {', '.join(fresh) or 'nothing'}", file=sys.stderr)
    legs = legs + [dict(from_step=step, **command(args))]
    began, start, losses = time.monotonic(), step, []
    while step < args.steps:
        losses.append(train_step(model, optimizer, data, recipe, args, step))
        progress(step, args, began, start, losses[-1])
        step += 1
        if step % args.eval_every and step < args.steps:
            continue
        scores = evaluate(model, val, recipe)
        balanced = {name: s["balanced_accuracy"] for name, s in scores.items()}
        history.append(dict(step=step, loss=float(np.mean(losses)), balanced_accuracy=balanced))
        print(f"step {step} loss {np.mean(losses):.4f} balanced accuracy "
              + " ".join(f"{n} {b:.4f}" for n, b in balanced.items())
              + f" {(time.monotonic() - began) / (step - start):.2f} s/step", flush=True)
        losses = []
        mean = float(np.mean(list(balanced.values())))
        if mean > best:
            best = mean
            checkpoint.save(args.out / "best.pt", keep | dict(model=model.state_dict(), step=step, scores=scores))
        checkpoint.save(last, keep | dict(model=model.state_dict(), optimizer=optimizer.state_dict(), step=step,
                                          rng=torch.get_rng_state(), best=best, history=history, legs=legs,
                                          seed=args.seed, batch=args.batch))
    return history, legs


def ship(model, train, recipe, args, history, legs):
    """Exports best.pt and writes what goes with it."""
    best = checkpoint.load(args.out / "best.pt")
    checkpoint.check(args.out / "best.pt", best, identity(args, train.classes, recipe))
    model.load_state_dict(best["model"])
    base = args.out / args.out.name
    export(model, f"{base}.onnx", recipe.height)
    Path(f"{base}.labels.txt").write_text("\n".join(train.classes) + "\n")
    recipe.write(f"{base}.preprocess.json")
    report = dict(options=command(args), legs=legs, step=best["step"], val=best["scores"], history=history, exits=list(model.exits),
                  train_images=dict(zip(train.classes, map(int, train.counts()))),
                  parameters=sum(p.numel() for p in model.parameters()),
                  versions=dict(python=platform.python_version(), torch=torch.__version__, numpy=np.__version__))
    Path(f"{base}.train.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"wrote {base}.onnx (step {best['step']}): " + json.dumps(best["scores"][model.exits[-1]]))


def run(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    size = system(args.system).CONFIGS[args.config]["image"]
    recipe = Recipe(size, size)
    train, val = load(args.data, recipe, args.count, args.val_count, args.cache)
    recipe = recipe if args.data == "defects" else recipe.measured(train.pixels)
    model = system(args.system).build(args.config, len(train.classes)).to(memory_format=torch.channels_last)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.export_now:
        last = checkpoint.load(args.out / "last.pt")
        ship(model, train, recipe, args, last["history"], last.get("legs", []))
    else:
        ship(model, train, recipe, args, *fit(model, train, val, recipe, args))


def main():
    try:
        run(options())
    except (DataError, checkpoint.CheckpointError) as error:
        sys.exit(f"train: error: {error}")


if __name__ == "__main__":
    main()
