#!/usr/bin/env python3
"""One peer runtime in a process of its own: worker.py NAME MODEL INPUT.npy THREADS.

Prints one JSON line when ready (version, load_ms, first_answer_ms: session creation + first run, process start and imports
not counted), then for every line "SECONDS" on standard input runs that long and prints {"ms": [...]}.
"""
import json, resource, sys, time

import numpy as np


def onnxruntime(model, x, threads):
    import onnxruntime as ort
    start = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
    feed = {session.get_inputs()[0].name: x}
    return ort.__version__, lambda: session.run(None, feed), start


def openvino(model, x, threads):
    import openvino as ov
    start = time.perf_counter()
    core = ov.Core()
    network = core.read_model(model)
    network.reshape(list(x.shape))
    compiled = core.compile_model(network, 'CPU', {'INFERENCE_NUM_THREADS': threads, 'NUM_STREAMS': 1, 'INFERENCE_PRECISION_HINT': 'f32', 'PERFORMANCE_HINT': 'LATENCY'})
    request = compiled.create_infer_request()
    return ov.__version__.split('-')[0], lambda: request.infer({0: x}), start


PEERS = {'onnxruntime': onnxruntime, 'openvino': openvino}


def main():
    name, model, tensor, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    try:
        version, run, start = PEERS[name](model, np.load(tensor), threads)
        load = time.perf_counter()
        run()
        first = time.perf_counter()
    except Exception as e:
        print(json.dumps({'error': str(e).splitlines()[0][:200]}), flush=True)
        return
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({'version': version, 'load_ms': (load - start) * 1e3, 'first_answer_ms': (first - start) * 1e3, 'peak_rss_mb': peak}), flush=True)
    for line in sys.stdin:
        end, times = time.perf_counter() + float(line), []
        run()
        while time.perf_counter() < end:
            begin = time.perf_counter()
            run()
            times.append((time.perf_counter() - begin) * 1e3)
        print(json.dumps({'ms': times}), flush=True)


if __name__ == '__main__':
    main()
