"""A multi-exit ONNX model in ONNX Runtime: whole, and cut by hand into one model an exit, with thresholds between them."""
import os, sys, time
from pathlib import Path

import onnx
import onnxruntime as ort

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from models.confidence import POLICIES


def options():
    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.log_severity_level = 3
    return o


def simplified(model, folder):
    """Batch 1, and folded by ONNX Runtime itself, so that no shape arithmetic crosses the cuts."""
    proto = onnx.load(model)
    for value in [*proto.graph.input, *proto.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    fixed, folded = os.path.join(folder, 'fixed.onnx'), os.path.join(folder, 'folded.onnx')
    onnx.save(proto, fixed)
    o = options()
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    o.optimized_model_filepath = folded
    ort.InferenceSession(fixed, o, providers=['CPUExecutionProvider'])
    return folded


def cut(model, exits, folder):
    """Paths of the segments: what exit k needs and no earlier one did."""
    graph = onnx.load(model).graph
    maker = {name: i for i, node in enumerate(graph.node) for name in node.output}
    segment_of, paths = {}, []
    for k, name in enumerate(exits):
        open_values = [name]
        while open_values:
            i = maker.get(open_values.pop())
            if i is not None and i not in segment_of:
                segment_of[i] = k
                open_values += graph.node[i].input
    for k, name in enumerate(exits):
        nodes = [i for i in range(len(graph.node)) if segment_of.get(i) == k]
        made, weights = {o for i in nodes for o in graph.node[i].output}, {w.name for w in graph.initializer}
        read = {v for i in nodes for v in graph.node[i].input if v} - made - weights
        later = {v for i, s in segment_of.items() if s > k for v in graph.node[i].input}
        path = os.path.join(folder, f'segment{k}.onnx')
        onnx.utils.extract_model(model, path, sorted(read), [name, *sorted((made & later) - {name})], check_model=False)
        paths.append(path)
    return paths


class Whole:
    def __init__(self, model):
        self.session = ort.InferenceSession(model, options(), providers=['CPUExecutionProvider'])
        self.input, self.outputs = self.session.get_inputs()[0].name, [o.name for o in self.session.get_outputs()]

    def run(self, image):
        """Milliseconds, exit, logits."""
        value = ort.OrtValue.ortvalue_from_numpy(image)
        start = time.perf_counter()
        logits = self.session.run_with_ort_values(self.outputs, {self.input: value})[-1].numpy()
        return (time.perf_counter() - start) * 1e3, len(self.outputs) - 1, logits


class Split:
    def __init__(self, model, exits, folder):
        self.exits, self.input = exits, onnx.load(model, load_external_data=False).graph.input[0].name
        self.segments = [ort.InferenceSession(p, options(), providers=['CPUExecutionProvider']) for p in cut(simplified(model, folder), exits, folder)]
        self.reads = [[i.name for i in s.get_inputs()] for s in self.segments]
        self.makes = [[o.name for o in s.get_outputs()] for s in self.segments]

    def run(self, image, thresholds, policy):
        """Values stay in ONNX Runtime between segments; only logits come out."""
        values = {self.input: ort.OrtValue.ortvalue_from_numpy(image)}
        start = time.perf_counter()
        for k, segment in enumerate(self.segments):
            values.update(zip(self.makes[k], segment.run_with_ort_values(self.makes[k], {n: values[n] for n in self.reads[k]})))
            logits = values[self.exits[k]].numpy()
            if k + 1 == len(self.segments) or POLICIES[policy](logits)[0] >= thresholds[k]:
                return (time.perf_counter() - start) * 1e3, k, logits
