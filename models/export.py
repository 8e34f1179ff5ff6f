"""ONNX export with named exits and a batch of any size."""

import io
import os
import warnings

import torch


def export(model, path, image, opset=17, dynamo=False, fixed_batch=False):
    """Writes the model's `exits` as outputs of the same names; input `input` [batch, 3, image, image].

    fixed_batch: batch 1 instead of any, which some code bakes into its export anyway."""
    model = model.eval()
    names = list(model.exits)
    example = torch.zeros(1 if fixed_batch else 2, 3, image, image)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        if dynamo:
            batch = None if fixed_batch else ({0: torch.export.Dim("batch", min=1, max=4096)},)
            program = torch.onnx.export(model, (example,), dynamo=True, opset_version=opset, verbose=False,
                                        input_names=["input"], output_names=names, dynamic_shapes=batch)
            program.save(path)
            return
        axes = None if fixed_batch else {name: {0: "batch"} for name in ["input", *names]}
        data = io.BytesIO()
        torch.onnx.export(model, (example,), data, dynamo=False, opset_version=opset, input_names=["input"],
                          output_names=names, dynamic_axes=axes)
    partial = f"{path}.part"
    with open(partial, "wb") as file:
        file.write(data.getvalue())
    os.replace(partial, path)
