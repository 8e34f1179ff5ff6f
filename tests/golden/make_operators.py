#!/usr/bin/env python3
"""Writes golden models around single operators, where what they mean is told by ONNX Runtime; see make_golden.py.

Usage: make_operators.py [OUT_DIR]. Adds its models to manifest.json and leaves the others there as they are.
attention_hidden_keys_23 and _24: attention in which some queries have every key hidden, by constant and by computed masks of
each kind, causal with masks, and (24) by padding; also as exporters of opset 18 write it, with a guard against NaN.
"""
import json, os, sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from make_golden import Writer

TOKENS, DIM, HEADS, CLASSES = 16, 16, 2, 10


class Model:
    """A graph of one image [1, 3, 32, 32]; its tokens are [1, TOKENS, DIM]."""

    def __init__(self):
        self.random, self.nodes, self.constants = np.random.default_rng(1), [], []
        patches = self.add('Conv', 'input', self.weight(DIM, 3, 8, 8), strides=[8, 8])
        self.tokens = self.add('Transpose', self.add('Reshape', patches, self.constant(np.array([1, DIM, TOKENS]))), perm=[0, 2, 1])
        self.q, self.k, self.v = (self.add('MatMul', self.tokens, self.weight(DIM, DIM)) for _ in range(3))

    def constant(self, array):
        self.constants.append(numpy_helper.from_array(array, f'constant_{len(self.constants)}'))
        return self.constants[-1].name

    def weight(self, *shape):
        return self.constant((self.random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype('f'))

    def add(self, op, *inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [f'{op}_{len(self.nodes)}'], **attributes))
        return self.nodes[-1].output[0]

    def attention(self, *optional, **attributes):
        return self.add('Attention', self.q, self.k, self.v, *optional, q_num_heads=HEADS, kv_num_heads=HEADS, **attributes)

    def computed_mask(self):
        """Tokens that the image switches off see no other and are seen by none."""
        on = self.add('Greater', self.add('Slice', self.tokens, *(self.constant(np.array([i])) for i in (0, 1, 2))), self.constant(np.zeros(1, 'f')))
        return self.add('Unsqueeze', self.add('And', on, self.add('Transpose', on, perm=[0, 2, 1])), self.constant(np.array([1])))

    def guarded(self, mask):
        """Attention of one head as PyTorch's exporter writes it for opset 18."""
        scores = self.add('Div', self.add('MatMul', self.q, self.add('Transpose', self.k, perm=[0, 2, 1])), self.constant(np.float32(DIM ** 0.5)))
        weights = self.add('Softmax', self.add('Add', scores, mask), axis=-1)
        weights = self.add('Where', self.add('IsNaN', weights), self.constant(np.float32(0)), weights)
        return self.add('MatMul', weights, self.v)

    def save(self, path, parts, opset):
        flat = self.add('Reshape', self.add('Concat', *parts, axis=2), self.constant(np.array([1, -1])))
        self.add('MatMul', flat, self.weight(TOKENS * DIM * len(parts), CLASSES))
        self.nodes[-1].output[0] = 'logits'
        graph = helper.make_graph(self.nodes, 'attention', [helper.make_tensor_value_info('input', TensorProto.FLOAT, [1, 3, 32, 32])],
                                  [helper.make_tensor_value_info('logits', TensorProto.FLOAT, [1, CLASSES])], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)], ir_version=10)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def hidden_keys(path, opset):
    m = Model()
    keep = m.random.random((TOKENS, TOKENS)) < 0.7
    keep[[3, 7]] = False
    added = np.where(keep, m.random.standard_normal(keep.shape), -np.inf).astype('f')
    late = np.ones_like(keep)
    late[:, :3] = False  # causal: queries 0 to 2 see nothing else
    computed = m.computed_mask()
    additive = m.add('Where', computed, m.constant(np.float32(0)), m.constant(np.float32(-np.inf)))
    parts = [m.attention(m.constant(keep)), m.attention(m.constant(added)), m.attention(m.constant(late), is_causal=1),
             m.attention(computed), m.attention(additive, is_causal=1), m.guarded(m.constant(added)),
             m.guarded(m.add('Squeeze', additive, m.constant(np.array([1]))))]
    if opset >= 24:
        length = m.constant(np.array([TOKENS - 4]))  # causal from the end: queries 0 to 3 see nothing
        parts += [m.attention('', '', '', length, is_causal=1), m.attention(m.constant(keep), '', '', length)]
    m.save(path, parts, opset)


def main():
    writer = Writer(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
    manifest = os.path.join(writer.out, 'manifest.json')
    stored = json.load(open(manifest))
    names = {f'attention_hidden_keys_{opset}': opset for opset in (23, 24)}
    writer.entries = [entry for entry in stored['models'] if entry['name'] not in names]
    for name, opset in names.items():
        hidden_keys(writer.path(name), opset)
        writer.reference(name, 32, variant='attention', exporter='by hand', opset=opset, onnxruntime=onnxruntime.__version__)
    json.dump(stored | dict(models=writer.entries), open(manifest, 'w'), indent=1)


if __name__ == '__main__':
    main()
