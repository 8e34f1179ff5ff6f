#!/usr/bin/env python3
"""Whether vitrt says of quantised models what ONNX Runtime says of them: largest difference of the logits, and classes.

Usage: quantised.py BUILD_DIR MODEL.onnx... [--images N] [--data FOLDER]
Needs onnxruntime, onnx and sympy, and a CPU with VNNI, where ONNX Runtime's sums do not saturate.

Each model is quantised by ONNX Runtime's tools (onnx_runtime_exports.py: dynamic and static), and both runtimes get the same images: random ones, or
of --data's files, spread evenly, prepared by MODEL.preprocess.json; every tenth of those calibrates the static model. ONNX
Runtime runs it as it is written, without optimisations, which join and move its roundings. A row: the exit; the largest difference of
a logit over the largest logit, median and largest of the images; the same for ONNX Runtime with its optimisations, which says how
much of it is roundings that fall the other way; of the images on which ONNX Runtime's two largest logits differ by more than twice the
largest difference seen, how many get another class from vitrt (0 is asked).
"""
import argparse, subprocess, sys, tempfile
from pathlib import Path

import numpy as np

from onnx_runtime_exports import exports


def logits_of_onnx_runtime(path, name, images, level):
    """{exit: [images, classes]}"""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(path, options)
    names = [output.name for output in session.get_outputs()]
    results = [session.run(names, {name: image}) for image in images]
    return {n: np.concatenate([r[i].reshape(1, -1) for r in results]) for i, n in enumerate(names)}


def images_of(folder, model, count):
    """The files of a folder of any depth, as the model takes them."""
    import json
    from PIL import Image
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from models.preprocess import Recipe
    written = json.loads(model.with_suffix('.preprocess.json').read_text())
    recipe = Recipe(written['resize']['height'], written['resize']['width'], written['interpolation'])
    mean, std = (np.array(written[key], 'f').reshape(3, 1, 1) for key in ('mean', 'std'))
    files = sorted(path for path in folder.rglob('*') if path.suffix in ('.png', '.jpg'))
    images = []
    for path in files[::max(1, len(files) // count)][:count]:
        pixels = recipe.pixels(Image.open(path))
        pixels = np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
        images.append(((pixels.transpose(2, 0, 1).astype('f') / 255 - mean) / std)[None])
    return images


def logits_of_vitrt(build, path, images, folder):
    import vitrt
    plan = folder / f'{path.stem}.plan'
    subprocess.run([str(build / 'vitrt-convert'), str(path), '-o', str(plan)], check=True, capture_output=True)
    engine = vitrt.Engine(plan)
    session = vitrt.Session(engine)
    logits = {exit.name: [] for exit in engine.exits}
    for image in images:
        prediction = session.run_tensor(image, all_exits=True)[0]
        for exit in engine.exits:
            logits[exit.name].append(np.array(session.exit_logits(exit.index)).reshape(1, -1).copy())
    return {name: np.concatenate(rows) for name, rows in logits.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=Path)
    parser.add_argument('models', type=Path, nargs='+')
    parser.add_argument('--images', type=int, default=200)
    parser.add_argument('--data', type=Path)
    options = parser.parse_args()
    sys.path.insert(0, str(options.build / 'python'))
    print('| model | kind | exit | median, largest | ONNX Runtime optimised | other class |\n|---|---|---|---|---|---|')
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            images = [] if options.data is None else images_of(options.data, model, options.images)
            paths, name, shape = exports(model, Path(folder), images[::10])
            generator = np.random.default_rng(1)
            images = images or [generator.standard_normal(shape).astype('f') for _ in range(options.images)]
            for kind in ('dynamic', 'static'):
                ours = logits_of_vitrt(options.build, paths[kind], images, Path(folder))
                optimised = logits_of_onnx_runtime(paths[kind], name, images, 'ORT_ENABLE_ALL')
                for exit, theirs in logits_of_onnx_runtime(paths[kind], name, images, 'ORT_DISABLE_ALL').items():
                    if exit not in ours:
                        continue
                    difference = np.abs(ours[exit] - theirs).max(1)
                    relative, yardstick = (np.abs(other - theirs).max(1) / np.abs(theirs).max(1)
                                           for other in (ours[exit], optimised[exit]))
                    top = np.sort(theirs, 1)
                    sure = top[:, -1] - top[:, -2] > 2 * difference.max()
                    other = (ours[exit].argmax(1) != theirs.argmax(1)) & sure
                    print(f'| {model.stem} | {kind} | {exit} | {np.median(relative):.4f}, {relative.max():.4f} | '
                          f'{np.median(yardstick):.4f}, {yardstick.max():.4f} | '
                          f'{other.sum()} of {sure.sum()} |', flush=True)


if __name__ == '__main__':
    main()
