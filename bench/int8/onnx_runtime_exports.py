"""A model as ONNX Runtime's tools quantise it. Needs onnxruntime, onnx and sympy."""
import contextlib

import numpy as np


class Calibration:
    """Images to quantise by; without any, four random ones."""

    def __init__(self, name, shape, images):
        generator = np.random.default_rng(0)
        images = images or [generator.standard_normal(shape).astype('f') for _ in range(4)]
        self.rest = iter([{name: image} for image in images])

    def get_next(self):
        return next(self.rest, None)


def exports(model, folder, images=()):
    """{kind: path}, and the model's input's name and shape.

    dynamic: MatMul, int8 weights for each channel. static: QDQ, uint8 activations, int8 weights for each channel."""
    import onnxruntime
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process
    shaped, dynamic, static = (folder / f'{model.stem}.{kind}.onnx' for kind in ('shaped', 'dynamic', 'static'))
    with contextlib.chdir(folder):  # it leaves files where it runs
        quant_pre_process(model.resolve(), shaped, skip_symbolic_shape=True)  # symbolic shapes fail on Swin
    image = onnxruntime.InferenceSession(shaped).get_inputs()[0]
    shape = [d if isinstance(d, int) else 1 for d in image.shape]
    quantize_dynamic(shaped, dynamic, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=['MatMul'])
    quantize_static(shaped, static, Calibration(image.name, shape, images), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return {'fp32': model, 'dynamic': dynamic, 'static': static}, image.name, shape
