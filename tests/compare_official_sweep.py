#!/usr/bin/env python3
"""Compares `vitrt calibrate --official-sweep` with the official Dyn-Perceiver procedure, written anew in NumPy.

Usage: compare_official_sweep.py BUILD_DIR [MODEL.onnx...]
Synthetic sets: the logits are the pixels of small images, so that confidences and ties are known exactly. Every MODEL
(four exits, labels and recipe beside it) runs on noise images; its logits are vitrt's own. The reference is fp32, as
the original (arXiv 2306.11248, adaptive_inference.py): 33 quota vectors, floor(n * share), a greedy walk from exit to
exit, >= for ties, 1e8 where a quota is below one image or never reached. Every threshold of every point must be the
confidence of the same image. Ends with the line "N passed, N failed".
"""
import json, math, os, subprocess, sys

import numpy as np

from end_to_end import run_checks

NEVER, ALWAYS = 1e8, -1e8
F = np.float32


def official_quotas():
    p = np.zeros(34, F)
    for i in range(17):
        p[i] = F((i + 4) / 20)
        p[33 - i] = F(20 / (i + 4))
    quotas = []
    for i in range(33):
        w = np.exp(np.log(p[i]) * np.arange(1, 5, dtype=F))
        w /= w.sum()
        for j, scale in enumerate([0.85, 1, 0.5]):
            w[j] *= F(scale)
            w[j + 1:] = (F(1) - w[:j + 1].sum()) * w[j + 1:] / w[j + 1:].sum()
        quotas.append(w)
    return quotas


def official_thresholds(confidence, quota):
    """confidence: [exits, images] fp32."""
    exits, images = confidence.shape
    thresholds, gone = np.full(exits, NEVER, F), np.zeros(images, bool)
    for k in range(exits - 1):
        wanted, count = math.floor(F(images) * quota[k]), 0
        for i in np.argsort(-confidence[k], kind='stable'):
            if not gone[i]:
                count += 1
                if count == wanted:
                    thresholds[k] = confidence[k, i]
                    break
        gone |= confidence[k] >= thresholds[k]
    thresholds[-1] = ALWAYS
    return thresholds


def max_probability(logits):
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return (1 / e.sum(-1, dtype=np.float64)).astype(F)


def exits_taken(confidence, thresholds):
    return np.argmax(confidence >= thresholds[:, None], axis=0)


def run(*command):
    r = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=600)
    if r.returncode:
        raise AssertionError(f'{os.path.basename(command[0])} {command[1]}: exit {r.returncode}: {r.stderr.strip()[:300]}')
    return r.stdout


def write_image(path, pixels):
    """pixels: [height, width, 3] uint8."""
    with open(path, 'wb') as f:
        f.write(b'P6 %d %d 255\n' % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())


def pixel_model(path, classes):
    """An ONNX model with four exits: exit k's logits are the first channel of row k, which no Relu changes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    constant = lambda name, v: numpy_helper.from_array(np.array(v, np.int64), name)
    nodes, constants, outputs = [], [constant('axes', [1, 2]), constant('shape', [-1, classes])], []
    for k in range(4):
        constants += [constant(f'from{k}', [0, k]), constant(f'to{k}', [1, k + 1])]
        nodes += [helper.make_node('Slice', ['image', f'from{k}', f'to{k}', 'axes'], [f'row{k}']),
                  helper.make_node('Reshape', [f'row{k}', 'shape'], [f'flat{k}']), helper.make_node('Relu', [f'flat{k}'], [f'exit{k}'])]
        outputs.append(helper.make_tensor_value_info(f'exit{k}', TensorProto.FLOAT, ['n', classes]))
    image = helper.make_tensor_value_info('image', TensorProto.FLOAT, ['n', 3, 4, classes])
    graph = helper.make_graph(nodes, 'pixels', [image], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8), path)


def sweep(build, plan, folder, out):
    report = json.loads(run(os.path.join(build, 'vitrt'), 'calibrate', plan, folder, '-o', out, '--official-sweep', '--json', '--threads', 1))
    rows = [r for r in report['curve'] if r['name'].startswith('point ')]
    assert len(rows) == 33, f'{len(rows)} points'
    return rows


def compare(rows, confidence):
    """confidence: from NumPy; vitrt's softmax may round the last bit otherwise, so values are matched to 2e-7."""
    same, never = 0, 0
    for i, (row, quota) in enumerate(zip(rows, official_quotas())):
        want, got = official_thresholds(confidence, quota), np.array(row['thresholds'], F)
        bad = np.abs(got - want) > np.where(np.abs(want) < 2, 2e-7, 0)
        assert not bad.any(), f'point {i}: thresholds {got}, official {want}'
        counts = np.bincount(exits_taken(confidence, want), minlength=4).tolist()
        assert row['exit_count'] == counts, f"point {i}: leaves {row['exit_count']}, official {counts}"
        same, never = same + 4, never + int((want == NEVER).sum())
    return f'{same} thresholds alike, {never} of them never taken'


def synthetic(build, folder, images, levels, seed):
    """Logits of `levels` different values: with few levels many images tie."""
    classes, random = 6, np.random.default_rng(seed)
    model, plan, data = (os.path.join(folder, n) for n in ('pixels.onnx', 'pixels.plan', 'data'))
    pixel_model(model, classes)
    labels = [f'class{c}' for c in range(classes)]
    with open(os.path.join(folder, 'labels.txt'), 'w') as f:
        f.write('\n'.join(labels) + '\n')
    run(os.path.join(build, 'vitrt-convert'), model, '-o', plan, '--labels', f'{folder}/labels.txt', '--resize', f'4x{classes}', '--mean', '0', '--std', '0.2')
    values = np.linspace(0, 255, levels).round().astype(np.uint8)
    pixels = values[random.integers(0, levels, (images, 4, classes))]
    order = []
    for i in range(images):
        where = os.path.join(data, labels[i % classes])
        os.makedirs(where, exist_ok=True)
        write_image(os.path.join(where, f'{i:05}.ppm'), np.repeat(pixels[i][:, :, None], 3, axis=2))
        order.append((i % classes, i))
    logits = (pixels.astype(F) / F(255) / F(0.2)).transpose(1, 0, 2)
    return compare(sweep(build, plan, data, os.path.join(folder, 'out.plan')), max_probability(logits))


def trained(build, folder, model, images):
    """Noise images between flat grey and full contrast; the logits that NumPy gets are vitrt's."""
    stem, plan, data = model.removesuffix('.onnx'), os.path.join(folder, 'm.plan'), os.path.join(folder, 'data')
    run(os.path.join(build, 'vitrt-convert'), model, '-o', plan, '--labels', f'{stem}.labels.txt', '--preprocess', f'{stem}.preprocess.json', '--batch', 8)
    shape = json.loads(run(os.path.join(build, 'vitrt'), 'inspect', plan, '--json'))['input']['shape']
    label = open(f'{stem}.labels.txt').readline().strip()
    os.makedirs(os.path.join(data, label))
    random, inputs = np.random.default_rng(1), []
    for i in range(images):
        noise = random.normal(128, 2 + 100 * i / images, (*shape[2:], 3)).clip(0, 255).astype(np.uint8)
        path, tensor = os.path.join(data, label, f'{i:05}.ppm'), os.path.join(folder, 'one.npy')
        write_image(path, noise)
        run(os.path.join(build, 'vitrt'), 'infer', plan, path, '--dump-input', tensor, '--threads', 1)
        inputs.append(np.load(tensor)[0])
    x, logits = os.path.join(folder, 'x.npy'), os.path.join(folder, 'logits')
    np.save(x, np.stack(inputs))
    run(os.path.join(build, 'vitrt'), 'infer', plan, '--tensor', x, '--outputs', logits, '--all-exits', '--threads', 1)
    names = [e['name'] for e in json.loads(run(os.path.join(build, 'vitrt'), 'inspect', plan, '--json'))['exits']]
    assert len(names) == 4, f'{len(names)} exits, the procedure is for four'
    confidence = np.stack([max_probability(np.load(os.path.join(logits, f'{n}.npy'))) for n in names])
    return compare(sweep(build, plan, data, os.path.join(folder, 'out.plan')), confidence)


def main():
    build, models = sys.argv[1], sys.argv[2:]
    cases = [(f'synthetic, {n} images, {levels} levels', lambda f, n=n, levels=levels: synthetic(build, str(f), n, levels, n))
             for n, levels in [(200, 256), (200, 3), (97, 8), (20, 256), (7, 2)]]
    cases += [(os.path.basename(m), lambda f, m=m: trained(build, str(f), m, 80)) for m in models]
    return run_checks(cases)


if __name__ == '__main__':
    sys.exit(main())
