#!/usr/bin/env python3
"""Writes the models of this folder: golden models as ONNX Runtime's tools quantise them, with ONNX Runtime's outputs.

Run by hand (needs onnx, onnxruntime; a CPU with VNNI, where ONNX Runtime's sums do not saturate); the test run only reads
the results. Usage: make_quantised.py

MODEL_KIND.onnx and MODEL_KIND.<output>.npy, [2, classes], for the first two images of ../input_32.npy; manifest.json lists
them as ../manifest.json does. Kinds:
  qdq           static, QuantizeLinear and DequantizeLinear; uint8 activations, int8 weights for each channel, int32 biases
  qdq_tensor    the same with int8 activations, one scale for a weight
  qoperator     static, QLinearConv and QLinearMatMul
  dynamic       DynamicQuantizeLinear with MatMulInteger and ConvInteger; int8 weights for each channel
  dynamic_u8    the same with uint8 weights, one scale for a weight
  weights       int8 weights behind DequantizeLinear, nothing else
"""
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = Path(__file__).parent
IMAGES = np.load(HERE.parent / 'input_32.npy')


class Images(CalibrationDataReader):
    def __init__(self, name):
        self.rest = iter([{name: image[None]} for image in IMAGES])

    def get_next(self):
        return next(self.rest, None)


def weights_only(source, target):
    """Matrices and kernels as int8 with a scale for each output channel."""
    model = onnx.load(source)
    graph, nodes = model.graph, []
    used = {node.input[1]: node.op_type for node in graph.node if node.op_type in ('MatMul', 'Conv')}
    for tensor in list(graph.initializer):
        if tensor.name not in used:
            continue
        values = numpy_helper.to_array(tensor)
        axis = values.ndim - 1 if used[tensor.name] == 'MatMul' else 0
        largest = np.abs(values).max(axis=tuple(i for i in range(values.ndim) if i != axis), keepdims=True)
        scale = (largest / 127).astype('f')
        integers = np.round(values / scale).astype(np.int8)
        graph.initializer.remove(tensor)
        for name, array in ((tensor.name + '_int8', integers), (tensor.name + '_scale', scale.reshape(-1))):
            graph.initializer.append(numpy_helper.from_array(array, name))
        nodes.append(helper.make_node('DequantizeLinear', [tensor.name + '_int8', tensor.name + '_scale'], [tensor.name],
                                      axis=axis))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.save(model, target)


def static(source, target, name, **options):
    quantize_static(source, target, Images(name), extra_options={'ActivationSymmetric': False}, **options)


def main():
    manifest = []
    for model, wanted in (('vit_token_ts17', None), ('dynp_regnet_ts17', ('qdq', 'qoperator', 'dynamic'))):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / 'shaped.onnx'
            quant_pre_process(HERE.parent / f'{model}.onnx', source)
            name = onnxruntime.InferenceSession(source).get_inputs()[0].name
            kinds = {
                'qdq': lambda t: static(source, t, name, quant_format=QuantFormat.QDQ, per_channel=True,
                                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8),
                'qdq_tensor': lambda t: static(source, t, name, quant_format=QuantFormat.QDQ, per_channel=False,
                                               activation_type=QuantType.QInt8, weight_type=QuantType.QInt8),
                'qoperator': lambda t: static(source, t, name, quant_format=QuantFormat.QOperator, per_channel=True,
                                              op_types_to_quantize=['Conv', 'MatMul'],
                                              activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8),
                'dynamic': lambda t: quantize_dynamic(source, t, per_channel=True, weight_type=QuantType.QInt8,
                                                      op_types_to_quantize=['Conv', 'MatMul']),
                'dynamic_u8': lambda t: quantize_dynamic(source, t, weight_type=QuantType.QUInt8,
                                                         op_types_to_quantize=['Conv', 'MatMul']),
                'weights': lambda t: weights_only(source, t),
            }
            for kind, make in kinds.items():
                if wanted and kind not in wanted:
                    continue
                target = HERE / f'{model}_{kind}.onnx'
                make(target)
                options = onnxruntime.SessionOptions()  # the model as it is written
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
                session = onnxruntime.InferenceSession(target, options)
                outputs = [o.name for o in session.get_outputs()]
                results = [session.run(outputs, {name: image[None]}) for image in IMAGES[:2]]
                for i, output in enumerate(outputs):
                    np.save(HERE / f'{model}_{kind}.{output}.npy', np.concatenate([a[i] for a in results]))
                manifest.append({'name': f'quantised/{target.stem}', 'input': 'input_32.npy', 'images': 2, 'outputs': outputs,
                                 'tolerance': 0.02})
                print(target.name, sorted({n.op_type for n in onnx.load(target).graph.node}))
    (HERE / 'manifest.json').write_text(json.dumps({'onnxruntime': onnxruntime.__version__, 'models': manifest}, indent=1))


if __name__ == '__main__':
    main()
