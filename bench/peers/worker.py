#!/usr/bin/env python3
"""One peer runtime in a process of its own: worker.py NAME MODEL.onnx INPUT.npy THREADS [TIMM_NAME].

Prints one JSON line when ready (version, load_ms, first_answer_ms: session creation + first run, process start and imports
not counted; the output's first values), then for every line "SECONDS" on standard input runs that long and prints
{"ms": [...], "private_mb": memory that no second process shares}.
"""
import json, os, subprocess, sys, tempfile, time

import numpy as np


def onnxruntime(model, x, threads, _):
    import onnxruntime as ort
    start = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
    feed = {session.get_inputs()[0].name: x}
    return ort.__version__, lambda: session.run(None, feed), start


def openvino(model, x, threads, _):
    import openvino as ov
    start = time.perf_counter()
    core = ov.Core()
    network = core.read_model(model)
    network.reshape(list(x.shape))
    compiled = core.compile_model(network, 'CPU', {'INFERENCE_NUM_THREADS': threads, 'NUM_STREAMS': 1,
                                                   'INFERENCE_PRECISION_HINT': 'f32', 'PERFORMANCE_HINT': 'LATENCY'})
    request = compiled.create_infer_request()
    return ov.__version__.split('-')[0], lambda: request.infer({0: x}), start


def timm_model(name, threads, **options):
    """The architecture from timm with random weights: PyTorch reads no ONNX, and time does not depend on weights."""
    import torch
    # torchvision's operators are not needed, but timm asks for their names, which may be declared once.
    if not hasattr(timm_model, 'library'):
        timm_model.library = torch.library.Library('torchvision', 'DEF')
        timm_model.library.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
        timm_model.library.define('qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    import timm
    torch.set_num_threads(threads)
    if not name:
        raise RuntimeError('only for architectures that timm has')
    start = time.perf_counter()
    return torch, timm.create_model(name, **options).eval(), start


def torch_eager(model, x, threads, name):
    torch, network, start = timm_model(name, threads)
    tensor = torch.from_numpy(x)

    def run():
        with torch.inference_mode():
            return network(tensor)
    return torch.__version__, run, start


def torch_compiled(model, x, threads, name):
    torch, network, start = timm_model(name, threads)
    compiled, tensor = torch.compile(network), torch.from_numpy(x)

    def run():
        with torch.inference_mode():
            return compiled(tensor)
    return torch.__version__, run, start


def ncnn(model, x, threads, _):
    import importlib.metadata
    import ncnn as library
    folder = tempfile.TemporaryDirectory()
    link = os.path.join(folder.name, 'model.onnx')  # pnnx writes beside its input
    os.symlink(os.path.abspath(model), link)
    shape = '[' + ','.join(str(d) for d in x.shape) + ']'
    names = {f'{kind}={os.path.join(folder.name, kind)}' for kind in
             ('pnnxparam', 'pnnxbin', 'pnnxpy', 'pnnxonnx', 'ncnnparam', 'ncnnbin', 'ncnnpy')}
    pnnx = os.path.join(os.path.dirname(sys.executable), 'pnnx')
    subprocess.run([pnnx, link, f'inputshape={shape}', 'fp16=0', *names], check=True, capture_output=True, timeout=300)
    start = time.perf_counter()
    net = library.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    if net.load_param(os.path.join(folder.name, 'ncnnparam')) or net.load_model(os.path.join(folder.name, 'ncnnbin')):
        raise RuntimeError('cannot load what pnnx made')
    image, outputs = library.Mat(x[0]).clone(), net.output_names()

    def run():
        extractor = net.create_extractor()
        extractor.input(net.input_names()[0], image)
        results = [extractor.extract(name) for name in outputs]
        if any(code for code, _ in results):
            raise RuntimeError('a layer is missing')
        return [np.array(value) for _, value in results]
    return importlib.metadata.version('ncnn'), run, start


PEERS = {'onnxruntime': onnxruntime, 'openvino': openvino, 'torch': torch_eager, 'torch_compiled': torch_compiled,
         'ncnn': ncnn}


def peak_rss_mb():
    """Of this program: ru_maxrss begins with the peak of the process that started it."""
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) * 1024 / 1e6


def private_mb():
    with open('/proc/self/smaps_rollup') as f:
        return sum(int(line.split()[1]) for line in f if line.startswith('Private_Dirty')) * 1024 / 1e6


def main():
    name, model, tensor, threads, timm_name = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), (sys.argv + [''])[5]
    try:
        version, run, start = PEERS[name](model, np.load(tensor), threads, timm_name)
        load = time.perf_counter()
        run()
        first = time.perf_counter()
    except Exception as e:
        reasons = [line for line in str(e).splitlines() if not line.startswith('Exception from ')]  # OpenVINO's places
        print(json.dumps({'error': (reasons or [type(e).__name__])[0][:200]}), flush=True)
        return
    print(json.dumps({'version': version, 'load_ms': (load - start) * 1e3, 'first_answer_ms': (first - start) * 1e3,
                      'peak_rss_mb': peak_rss_mb()}), flush=True)
    for line in sys.stdin:
        times = []
        run()
        end = time.perf_counter() + float(line)
        while time.perf_counter() < end or not times:
            begin = time.perf_counter()
            run()
            times.append((time.perf_counter() - begin) * 1e3)
        print(json.dumps({'ms': times, 'private_mb': private_mb()}), flush=True)


if __name__ == '__main__':
    main()
