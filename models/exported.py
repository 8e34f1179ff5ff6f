"""Weights out of an ONNX export of PyTorch, by the names of the module's parameters.

The exporter keeps a parameter's name unless it changed the parameter: the weight of a linear layer is transposed and
a batch norm is folded into its convolution. Those are found through the name of the node that reads them, which is the
path of the module. A folded norm is unfolded by `unfold`. What the exporter folded into a constant is not found: it stays
fresh, and `start_from` names it.
"""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn


def _module(node):
    """`/stages.0/stages.0.0/body/body.1/Conv` is a node of module stages.0.0.body.1: a container's child repeats its name."""
    path, before = "", ""
    for part in node.name.split("/")[1:-1]:
        inside = before and part.startswith(before + ".")
        path = path[:len(path) - len(before)] + part if inside else f"{path}.{part}" if path else part
        before = part
    return path


def weights(path):
    """{parameter name: tensor} of everything that a module of the graph reads as a weight or a bias."""
    graph = onnx.load(path).graph
    stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    found = {name: array for name, array in stored.items() if "::" not in name}
    for node in graph.node:
        if node.op_type not in ("MatMul", "Gemm", "Conv"):
            continue
        for name, kind in zip(node.input[1:], ("weight", "bias")):
            if name in stored and "::" in name:
                array = stored[name]
                found[f"{_module(node)}.{kind}"] = array.T if node.op_type == "MatMul" else array
    return {name: torch.from_numpy(array.copy()) for name, array in found.items()}


def unnamed(path):
    """Initialisers that the exporter computed itself, such as a part of a table, in the file's order."""
    return [torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer if "::" in i.name]


def norms(model):
    """{name of a convolution without bias: the batch norm after it}."""
    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    return {name: after for (name, layer), (_, after) in zip(layers, layers[1:])
            if isinstance(layer, nn.Conv2d) and layer.bias is None and isinstance(after, nn.BatchNorm2d)}


@torch.no_grad()
def unfold(model, biases, images):
    """Sets every norm of `biases` {convolution: bias} so that, by the statistics of `images`, it only adds the bias.

    The convolution holds the folded weight. One pass, in the order of execution: a norm's input is right because the
    norms before it are."""
    after, hooks = norms(model), []
    for name, bias in biases.items():
        def measure(norm, args, bias=bias):
            deviation, mean = torch.var_mean(args[0], (0, 2, 3), correction=0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(deviation)
            norm.weight.copy_((deviation + norm.eps).sqrt())
            norm.bias.copy_(mean + bias)
        hooks.append(after[name].register_forward_pre_hook(measure))
    model.eval()(images)
    for hook in hooks:
        hook.remove()


def start_from(path, model, classes, images):
    """As checkpoint.start_from, from an export of the same system; `images` [B, 3, H, W] are for the folded norms."""
    labels = Path(f"{path.with_suffix('')}.labels.txt")
    fresh = () if labels.exists() and tuple(labels.read_text().split()) == tuple(classes) else model.classifiers
    own, folded = model.state_dict(), {f"{name}.bias": name for name in norms(model)}
    given = {n: w for n, w in weights(path).items() if n.split(".")[0] not in fresh}
    taken = {n: w for n, w in given.items() if n in own and own[n].shape == w.shape}
    model.load_state_dict(taken, strict=False)
    biases = {folded[n]: w for n, w in given.items() if n in folded and f"{folded[n]}.weight" in taken}
    unfold(model, biases, images)
    unfolded = {id(norms(model)[name]) for name in biases}
    kept = {f"{n}.{p}" for n, m in model.named_modules() if id(m) in unfolded for p, _ in (*m.named_parameters(), *m.named_buffers())}
    return sorted(set(own) - set(taken) - kept)
