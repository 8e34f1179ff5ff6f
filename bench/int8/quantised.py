#!/usr/bin/env python3
"""Whether vitrt says of quantised models what ONNX Runtime says of them: largest difference of the logits, and classes.

Usage: quantised.py BUILD_DIR MODEL.onnx... [--images N]
Needs onnxruntime, onnx and sympy, and a CPU with VNNI, where ONNX Runtime's sums do not saturate.

Each model is quantised by ONNX Runtime's tools (peers.py: dynamic and static), and both runtimes get the same random images. A row:
the exit; the largest difference of a logit over the largest logit, median and largest of the images; of the images on which ONNX
Runtime's two largest logits differ by more than twice the largest difference seen, how many get another class (0 is asked).
"""
import argparse, subprocess, sys, tempfile
from pathlib import Path

import numpy as np

from peers import exports


def logits_of_onnx_runtime(path, name, images):
    """{exit: [images, classes]}, as the model is written: no optimisation joins or moves its roundings."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options)
    names = [output.name for output in session.get_outputs()]
    results = [session.run(names, {name: image}) for image in images]
    return {n: np.concatenate([r[i].reshape(1, -1) for r in results]) for i, n in enumerate(names)}


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
    options = parser.parse_args()
    sys.path.insert(0, str(options.build / 'python'))
    print('| model | kind | exit | median | largest | other class |\n|---|---|---|---|---|---|')
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            paths, name, shape = exports(model, Path(folder))
            generator = np.random.default_rng(1)
            images = [generator.standard_normal(shape).astype('f') for _ in range(options.images)]
            for kind in ('dynamic', 'static'):
                ours = logits_of_vitrt(options.build, paths[kind], images, Path(folder))
                for exit, theirs in logits_of_onnx_runtime(paths[kind], name, images).items():
                    if exit not in ours:
                        continue
                    difference = np.abs(ours[exit] - theirs).max(1)
                    relative = difference / np.abs(theirs).max(1)
                    top = np.sort(theirs, 1)
                    sure = top[:, -1] - top[:, -2] > 2 * difference.max()
                    other = (ours[exit].argmax(1) != theirs.argmax(1)) & sure
                    print(f'| {model.stem} | {kind} | {exit} | {np.median(relative):.4f} | {relative.max():.4f} | '
                          f'{other.sum()} of {sure.sum()} |', flush=True)


if __name__ == '__main__':
    main()
