#!/usr/bin/env python3
"""Compares vitrt with ONNX Runtime on generated models of several outputs: exits, their order, segments and outputs.

Usage: compare_outputs.py BUILD_DIR [--seeds 500] [--first 0]
Each seed makes a model of 1 to 4 blocks (convolution, then linear) with 1 to 5 heads: on any block, of logits, softmax,
log-softmax or both; nested in an earlier head's logits, their average, their copy, two heads cut from one; of shape
[1, classes] or [1, classes, 1, 1]; heads beside their blocks or all at the end, in any order; and raw outputs of
every type. Outputs are listed in any order. What must hold:
- exits are the heads and nothing else, with the meaning that they were built with;
- an exit that needs a proper part of another comes first, and one on an earlier block before one on a later;
- the FLOPs of a segment are those that its exit needs and no earlier one did;
- every output has ONNX Runtime's type, shape and values, for one image and for a batch of three;
- class and probability of the prediction are those of the last exit's output, as its meaning has it.
Ends with "N passed, N failed".
"""
import argparse, json, os, sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare_onnxruntime import Reference, run
from end_to_end import run_checks

CLASSES, WIDTH, GROUP = 5, 12, 25
KINDS = 'logits softmax log_softmax both nested average copy split'.split()
TYPES = {TensorProto.INT32: np.int32, TensorProto.INT64: np.int64, TensorProto.UINT8: np.uint8, TensorProto.BOOL: np.bool_}


class Generated:
    """A model, and what its outputs are: exits {name: (meaning, block or None)}, raw names."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.outputs, self.logits, self.exits, self.raw = [], [], [], [], {}, []
        self.blocks, self.count = [], 0
        self.trunk_and_heads()
        self.raw_outputs()
        self.rng.shuffle(self.outputs)
        graph = helper.make_graph(
            self.nodes, f'seed{seed}', [helper.make_tensor_value_info('image', TensorProto.FLOAT, ['n', 3, 8, 8])],
            [helper.make_tensor_value_info(name, type, None) for name, type in self.outputs], self.weights)
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)

    def node(self, op, *inputs, **attributes):
        name = f'v{len(self.nodes)}'
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, array):
        name = f'w{len(self.weights)}'
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def linear(self, x, inner, columns):
        weight = self.constant(self.rng.normal(0, inner**-0.5, (inner, columns)).astype(np.float32))
        return self.node('Gemm', x, weight, self.constant(self.rng.normal(0, 1, columns).astype(np.float32)))

    def output(self, value, name, type=TensorProto.FLOAT):
        self.nodes.append(helper.make_node('Identity', [value], [name]))
        self.outputs.append((name, type))

    def exit(self, value, meaning='logits', block=None):
        name = f'h{self.count}'
        self.count += 1
        if self.rng.random() < 0.2:
            value = self.node('Reshape', value, self.constant(np.array([-1, CLASSES, 1, 1])))
        self.output(value, name)
        self.exits[name] = (meaning, block)
        return name

    def head(self, kind, block):
        x, earlier = self.blocks[block], lambda: self.logits[self.rng.integers(len(self.logits))]
        if not self.logits and kind in ('nested', 'average', 'copy'):
            kind = 'logits'
        if kind == 'copy':
            return self.exit(earlier())
        if kind == 'average':
            total = self.node('Add', earlier(), self.linear(earlier(), CLASSES, CLASSES))
            return self.exit(self.node('Mul', total, self.constant(np.float32(0.5))))
        if kind == 'split':
            whole = self.linear(x, WIDTH, 2 * CLASSES)
            parts = [whole + 'a', whole + 'b']
            self.nodes.append(helper.make_node('Split', [whole], parts, axis=1))
            self.logits += parts
            for part in parts:
                self.exit(part, block=block)
            return None
        y = self.linear(x, WIDTH, CLASSES)
        if kind == 'nested':
            y, block = self.node('Add', y, self.linear(earlier(), CLASSES, CLASSES)), None
        if kind == 'softmax':
            return self.exit(self.node('Softmax', y, axis=1), 'probabilities', block)
        if kind == 'log_softmax':
            return self.exit(self.node('LogSoftmax', y, axis=1), block=block)
        self.logits.append(y)
        self.exit(y, block=block)
        if kind == 'both':
            self.raw.append(f'probs{self.count}')
            self.output(self.node('Softmax', y, axis=1), self.raw[-1])
        return None

    def trunk_and_heads(self):
        depth, rng = int(self.rng.integers(1, 5)), self.rng
        heads = [(int(rng.integers(depth)), KINDS[rng.integers(len(KINDS))]) for _ in range(rng.integers(1, 6))]
        at_the_end = rng.random() < 0.5
        weight = self.constant(rng.normal(0, 0.3, (WIDTH, 3, 3, 3)).astype(np.float32))
        x = self.node('Conv', 'image', weight, strides=[2, 2], pads=[1, 1, 1, 1])
        x = self.node('Flatten', self.node('GlobalAveragePool', self.node('Relu', x)))
        for block in range(depth):
            if block > 0:
                x = self.node('Tanh', self.linear(x, WIDTH, WIDTH))
            self.blocks.append(x)
            if not at_the_end:
                for _, kind in filter(lambda head: head[0] == block, heads):
                    self.head(kind, block)
        if at_the_end:
            rng.shuffle(heads)
            for block, kind in heads:
                self.head(kind, int(block))

    def raw_outputs(self):
        """Of the last block, [n, WIDTH]: tokens, every type, an index for each image."""
        x = self.node('Mul', self.blocks[-1], self.constant(np.float32(50)))
        makers = [
            lambda: (self.node('Reshape', x, self.constant(np.array([-1, 3, 4]))), TensorProto.FLOAT),
            *[lambda t=t: (self.node('Cast', self.node('Abs', x), to=t), t) for t in TYPES],
            lambda: (self.node('ArgMax', x, axis=1, keepdims=0), TensorProto.INT64),
        ]
        for i in self.rng.permutation(len(makers))[:self.rng.integers(4)]:
            value, type = makers[i]()
            self.raw.append(f'raw{i}')
            self.output(value, self.raw[-1], type)

    def needs(self, name):
        made = {o: i for i, node in enumerate(self.nodes) for o in node.output}
        seen, wanted = set(), [name]
        while wanted:
            i = made.get(wanted.pop())
            if i is not None and i not in seen:
                seen.add(i)
                wanted += self.nodes[i].input
        return seen

    def flops(self, nodes):
        """(of matrix products, an upper bound of all else): passes fold and merge the small ones."""
        shapes, products, rest = {w.name: w.dims for w in self.weights}, 0, 0
        for i in nodes:
            node = self.nodes[i]
            if node.op_type == 'Gemm':
                products += 2 * int(np.prod(shapes[node.input[1]]))
            elif node.op_type == 'Conv':
                products += 2 * 16 * int(np.prod(shapes[node.input[1]]))
            rest += 10 * 16 * WIDTH
        return products, rest


def close(got, want):
    return float(np.abs(got.astype(np.float64) - want).max()) <= 1e-4 * max(1e-6, float(np.abs(want).max()))


def check_outputs(build, plan, folder, x, want, exits):
    np.save(f'{folder}/x.npy', x)
    out = f'{folder}/out{len(x)}'
    lines = run(os.path.join(build, 'vitrt'), 'infer', plan, '--tensor', f'{folder}/x.npy', '--all-exits', '--outputs', out,
                '--json', '--threads', 1).splitlines()
    for name, right in want.items():
        got = np.load(f'{out}/{name}.npy')
        assert got.dtype == right.dtype and got.shape == right.shape, f'{name}: {got.dtype}{got.shape}, not {right.dtype}{right.shape}'
        if right.dtype.kind == 'f':
            assert close(got, right), f'{name} differs'
        else:  # of floats that differ in their last bits
            assert np.abs(got.astype(np.int64) - right.astype(np.int64)).max() <= (right.dtype != np.bool_), f'{name} differs'
    if exits:
        last, meaning = exits[-1]
        for line, y in zip(lines, want[last].reshape(len(x), -1)):
            p = y if meaning == 'probabilities' else np.exp(y - y.max()) / np.exp(y - y.max()).sum()
            record = json.loads(line)
            assert record['exit']['name'] == last and abs(record['probability'] - p.max()) < 1e-4, f'record {line}'
            assert record['class'] == p.argmax() or np.sort(p)[-1] - np.sort(p)[-2] < 1e-4, f'record {line}'


def check(build, seed, folder):
    made = Generated(seed)
    path, plan = f'{folder}/m.onnx', f'{folder}/m.plan'
    onnx.save(made.model, path)
    report = json.loads(run(os.path.join(build, 'vitrt-convert'), path, '-o', plan, '--batch', 3, '--json'))
    exits = [(e['name'], e['meaning']) for e in report['exit_details']]
    assert dict(exits) == {name: meaning for name, (meaning, _) in made.exits.items()}, f'exits {exits}'
    assert sorted(report['outputs']) == sorted(made.raw), f"outputs {report['outputs']}"
    needs, done = {name: made.needs(name) for name, _ in exits}, set()
    for k, (name, _) in enumerate(exits):
        for later, _ in exits[k + 1:]:
            # The Identity that names an output is no work: a copy's own is left out of the comparison.
            assert not needs[later] - {max(needs[later])} < needs[name] - {max(needs[name])}, f'{later} is a part of {name} and comes after it'
            blocks = made.exits[name][1], made.exits[later][1]
            assert None in blocks or blocks[0] <= blocks[1], f'{later} stands on an earlier block than {name}'
        products, rest = made.flops(needs[name] - done)
        done |= needs[name]
        flops = report['segments'][k]['flops']
        assert report['segments'][k]['exit'] == name and products <= flops <= products + rest, f'segment {name}: {flops} FLOPs, not {products}'
    reference = Reference(path)
    x = made.rng.standard_normal((3, 3, 8, 8)).astype(np.float32)
    for images in x[:1], x:
        check_outputs(build, plan, folder, images, reference.outputs(images), exits)
    return len(exits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--seeds', default=500, type=int)
    parser.add_argument('--first', default=0, type=int)
    args = parser.parse_args()

    def group(seeds):
        def go(folder):
            exits = 0
            for seed in seeds:
                try:
                    exits += check(args.build, seed, folder)
                except Exception as error:
                    raise AssertionError(f'seed {seed}: {error}') from error
            return f'{exits} exits'
        return f'seeds {seeds[0]} to {seeds[-1]}', go

    seeds = range(args.first, args.first + args.seeds)
    return run_checks([group(seeds[i:i + GROUP]) for i in range(0, len(seeds), GROUP)])


if __name__ == '__main__':
    sys.exit(main())
