#!/usr/bin/env python3
"""int8 of vitrt against ONNX Runtime's and OpenVINO's int8 of the same models, one thread, batch 1, in alternating rounds.

Usage: peers.py BUILD_DIR MODEL.onnx... [--rounds N] [--seconds S] [--isa avx2]
Needs onnxruntime, onnx and sympy; OpenVINO takes part where it is installed. Pin it: taskset -c 0.

Rows: ONNX Runtime in fp32, with its dynamic int8 (MatMul; int8 weights for each channel) and its static int8 (QDQ; uint8
activations, int8 weights for each channel, calibrated on four random images); OpenVINO in fp32 and on the same QDQ model; vitrt
in fp32 and int8, and on ONNX Runtime's two quantised models, which it computes as they say. Times are minima over the rounds,
ratios medians over the rounds of the ratio to vitrt's int8.
--isa caps vitrt and OpenVINO (ONEDNN_MAX_CPU_ISA); ONNX Runtime cannot be capped and is left out then.
"""
import argparse, contextlib, json, os, statistics, subprocess, sys, tempfile, time
from pathlib import Path

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
    """{kind: path}: the model as ONNX Runtime's tools quantise it, and its input's name and shape."""
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


def onnx_runtime(path, name, x):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    return lambda: session.run(None, {name: x})


def openvino(path, x):
    import openvino
    core = openvino.Core()
    compiled = core.compile_model(path, 'CPU', {'INFERENCE_NUM_THREADS': 1, 'INFERENCE_PRECISION_HINT': 'f32',
                                                'PERFORMANCE_HINT': 'LATENCY'})
    request = compiled.create_infer_request()
    return lambda: request.infer([x])


def timed(call, seconds):
    call()
    best, end = float('inf'), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def vitrt(build, plan, isa, seconds):
    command = [build / 'vitrt', 'bench', plan, '--json', '--threads', 1, '--exit', 'last', '--warmup', seconds / 5,
               '--duration', seconds, *(['--isa', isa] if isa else [])]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)['latency_ms']['min']


def contenders(build, model, folder, options):
    paths, name, shape = exports(model, folder)
    x = np.random.default_rng(1).standard_normal(shape).astype('f')
    runs = {}
    for row, source, precision in (('int8', model, ['--precision', 'int8']), ('fp32', model, ['--precision', 'fp32']),
                                   ('dynamic', paths['dynamic'], []), ('static', paths['static'], [])):
        plan = folder / f'{model.stem}.{row}.plan'
        subprocess.run([str(build / 'vitrt-convert'), str(source), '-o', str(plan), *precision], check=True, capture_output=True)
        runs[f'vitrt {row}'] = lambda plan=plan: vitrt(build, plan, options.isa, options.seconds)
    if not options.isa:
        for kind, path in paths.items():
            call = onnx_runtime(path, name, x)
            runs[f'ONNX Runtime {kind}'] = lambda call=call: timed(call, options.seconds)
    try:
        for kind in ('fp32', 'static'):
            call = openvino(paths[kind], x)
            runs[f'OpenVINO {kind}'] = lambda call=call: timed(call, options.seconds)
    except ImportError:
        pass
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=Path)
    parser.add_argument('models', type=Path, nargs='+')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=1)
    parser.add_argument('--isa', choices=('avx2', 'avx'))
    options = parser.parse_args()
    if options.isa:
        os.environ['ONEDNN_MAX_CPU_ISA'] = options.isa.upper()
    print('| model | runtime | ms | vitrt int8 takes |\n|---|---|---|---|')
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            runs = contenders(options.build, model, Path(folder), options)
            rounds = [{row: run() for row, run in runs.items()} for _ in range(options.rounds)]
            for row in runs:
                ratio = statistics.median(r['vitrt int8'] / r[row] for r in rounds)
                print(f'| {model.stem} | {row} | {min(r[row] for r in rounds):.1f} | {ratio:.2f} |', flush=True)


if __name__ == '__main__':
    main()
