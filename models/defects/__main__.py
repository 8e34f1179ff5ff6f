"""Writes a folder-per-class data set of generated images: python -m models.defects --out DIR --count 600."""

import argparse
import sys
from pathlib import Path

from PIL import Image

from models.defects.generate import CLASSES, generate


def main():
    parser = argparse.ArgumentParser(prog="python -m models.defects", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; one subfolder per class is made in it")
    parser.add_argument("--count", type=int, default=600, help="how many images, all classes together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=160, help="side of the images in pixels")
    parser.add_argument("--difficulty", type=float, help="0 easy to 1 hard; left out, drawn for each image")
    parser.add_argument("--shift", type=float, default=0.0, help="0 to 1: brightness, position and texture away from training")
    args = parser.parse_args()
    if args.count < 1 or args.size < 32:
        parser.error("--count must be at least 1 and --size at least 32")
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        parser.error(f"--out: {args.out} is there already and is not an empty folder")
    for name in CLASSES:
        (args.out / name).mkdir(parents=True)
    for index in range(args.count):
        sample = generate(args.seed, index, args.size, args.difficulty, args.shift)
        Image.fromarray(sample.image).save(args.out / CLASSES[sample.label] / f"{index:06d}.png")
        if sys.stderr.isatty():
            print(f"\r{index + 1}/{args.count}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)


if __name__ == "__main__":
    main()
