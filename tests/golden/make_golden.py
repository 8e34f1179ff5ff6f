#!/usr/bin/env python3
"""Writes the golden models of this folder: small ViTs as people really export them, with ONNX Runtime's outputs.

Run by hand (needs torch, timm, onnx, onnxruntime); the test run only reads the results.
Usage: make_golden.py [OUT_DIR] [--full [NAME...]]    --full: the full-size models (not committed), or the named ones of them.

For each model NAME: NAME.onnx, and NAME.<output>.npy for the first three images of the shared input
input_<size>.npy ([8, 3, size, size], seed 0). manifest.json lists them with the exporter, opset and torch version.
"""
import argparse, json, os, re, sys, warnings

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

# timm needs torchvision's two detection operators to exist when it is imported.
_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import timm
from timm.layers import GELUTanh, set_fused_attn
from timm.models.vision_transformer import VisionTransformer
from timm.models.deit import VisionTransformerDistilled

SMALL = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2, num_classes=10)


class SplitAttention(nn.Module):
    """Separate projections: q and kv (MaPeT's layout) or q, k and v."""

    def __init__(self, fused, parts):
        super().__init__()
        d = fused.qkv.in_features
        self.heads, self.parts = fused.num_heads, parts
        self.q = nn.Linear(d, d)
        if parts == 2:
            self.kv = nn.Linear(d, 2 * d)
        else:
            self.k, self.v = nn.Linear(d, d), nn.Linear(d, d)
        self.proj = nn.Linear(d, d)

    def forward(self, x, attn_mask=None, is_causal=False):
        b, n, d = x.shape
        head = d // self.heads
        q = self.q(x).reshape(b, n, self.heads, head).permute(0, 2, 1, 3)
        if self.parts == 2:
            k, v = self.kv(x).reshape(b, n, 2, self.heads, head).permute(2, 0, 3, 1, 4).unbind(0)
        else:
            k = self.k(x).reshape(b, n, self.heads, head).permute(0, 2, 1, 3)
            v = self.v(x).reshape(b, n, self.heads, head).permute(0, 2, 1, 3)
        a = (q @ k.transpose(-2, -1)) * head ** -0.5
        x = (a.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, d)
        return self.proj(x)


def split(model, parts):
    for block in model.blocks:
        block.attn = SplitAttention(block.attn, parts)
    return model


VARIANTS = {
    'token': lambda: VisionTransformer(**SMALL),
    'distilled': lambda: VisionTransformerDistilled(**SMALL),
    'avg': lambda: VisionTransformer(**SMALL, global_pool='avg'),
    'jax_gap': lambda: VisionTransformer(**SMALL, global_pool='avg', fc_norm=False),
    'layer_scale': lambda: VisionTransformer(**SMALL, init_values=0.1),
    'registers': lambda: VisionTransformer(**SMALL, reg_tokens=4),
    'no_class_token': lambda: VisionTransformer(**SMALL, class_token=False, global_pool='avg'),
    'gelu_tanh': lambda: VisionTransformer(**SMALL, act_layer=GELUTanh),
    'split_q_kv': lambda: split(VisionTransformer(**SMALL, init_values=0.1, global_pool='avg'), 2),
    'split_q_k_v': lambda: split(VisionTransformer(**SMALL), 3),
    'qk_norm': lambda: VisionTransformer(**SMALL, qk_norm=True),
}
FULL = {
    'vit_tiny_patch16_224': {}, 'vit_small_patch16_224': {}, 'vit_base_patch16_224': {},
    'deit_small_distilled_patch16_224': {}, 'vit_tiny_patch16_224_avg': dict(global_pool='avg'),
    'vit_tiny_patch16_224_layer_scale': dict(init_values=0.1), 'swin_tiny_patch4_window7_224': {},
}
TORCHSCRIPT, DYNAMO = (11, 13, 16, 17), (18, 20, 21, 23)


def randomise(model, seed):
    """Every parameter non-trivial: fresh models have zero biases and unit norms, which hide mistakes."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=g)
            if p.ndim == 1 and 'weight' in name:
                p.copy_(1 + 0.2 * noise)
            elif p.ndim == 1:
                p.copy_(p + 0.1 * noise)
            else:
                p.copy_(noise * (0.5 if 'token' in name or 'embed' in name and p.ndim == 3 else (p[0].numel() ** -0.5)))
    return model.eval()


def export(model, x, path, opset, dynamo, dynamic_batch=True, external=False):
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        if dynamo:
            shapes = ({0: torch.export.Dim('batch', min=1, max=64)},) if dynamic_batch else None
            torch.onnx.export(model, (x,), path, opset_version=opset, dynamo=True, input_names=['input'], output_names=['logits'],
                              dynamic_shapes=shapes, external_data=external, verbose=False)
        else:
            axes = {'input': {0: 'batch'}, 'logits': {0: 'batch'}} if dynamic_batch else None
            torch.onnx.export(model, (x,), path, opset_version=opset, dynamo=False, input_names=['input'], output_names=['logits'], dynamic_axes=axes)
    strip(path)


def strip(path):
    """Drops what exporters note about the exporting machine (stack traces, source lines); the graph stays as it is."""
    m = onnx.load(path, load_external_data=False)
    for part in (m, m.graph, *m.graph.node, *m.graph.input, *m.graph.output, *m.graph.value_info, *m.functions):
        part.ClearField('doc_string')
        if 'metadata_props' in part.DESCRIPTOR.fields_by_name:
            part.ClearField('metadata_props')
    for function in m.functions:
        for node in function.node:
            node.ClearField('doc_string'), node.ClearField('metadata_props')
    onnx.save(m, path)


def cast_initializers(path, out, elem_type):
    """fp16 or bf16 weights with a Cast to fp32 behind each, as half-precision exporters for CPUs write them."""
    m = onnx.load(path)
    casts, kept = [], []
    for t in m.graph.initializer:
        if t.data_type != onnx.TensorProto.FLOAT:
            kept.append(t)
            continue
        a = onnx.numpy_helper.to_array(t)
        half = onnx.helper.make_tensor(t.name + '_half', elem_type, a.shape, a.flatten().tolist())
        kept.append(half)
        casts.append(onnx.helper.make_node('Cast', [t.name + '_half'], [t.name], to=onnx.TensorProto.FLOAT))
    del m.graph.initializer[:]
    m.graph.initializer.extend(kept)
    nodes = list(m.graph.node)
    del m.graph.node[:]
    m.graph.node.extend(casts + nodes)
    onnx.save(m, out)


def constants_as_nodes(path, out):
    m = onnx.load(path)
    nodes = [onnx.helper.make_node('Constant', [], [t.name], value=t) for t in m.graph.initializer] + list(m.graph.node)
    del m.graph.initializer[:]
    del m.graph.node[:]
    m.graph.node.extend(nodes)
    onnx.save(m, out)


class Writer:
    def __init__(self, out):
        self.out, self.entries, self.inputs = out, [], {}
        os.makedirs(out, exist_ok=True)

    def input(self, size):
        if size not in self.inputs:
            self.inputs[size] = np.random.default_rng(0).standard_normal((8, 3, size, size)).astype('f')
            np.save(os.path.join(self.out, f'input_{size}.npy'), self.inputs[size])
        return self.inputs[size]

    def path(self, name):
        return os.path.join(self.out, name + '.onnx')

    def reference(self, name, size, model=None, images=3, **facts):
        x = self.input(size)[:images]
        s = onnxruntime.InferenceSession(self.path(name), providers=['CPUExecutionProvider'])
        static = s.get_inputs()[0].shape[0]
        feed = lambda v: s.run(None, {s.get_inputs()[0].name: v})
        results = [np.concatenate(r) for r in zip(*(feed(x[i:i + 1]) for i in range(images)))] if static == 1 else feed(x)
        outputs = [o.name for o in s.get_outputs()]
        if model is not None:
            with torch.no_grad():
                y = model(torch.from_numpy(x)).numpy()
            error = np.abs(results[0] - y).max() / np.abs(y).max()
            assert error < 1e-4, (name, error)
        for o, r in zip(outputs, results):
            np.save(os.path.join(self.out, f'{name}.{o}.npy'), r)
        self.entries.append(dict(name=name, input=f'input_{size}.npy', images=images, outputs=outputs, **facts))
        print(name, os.path.getsize(self.path(name)) // 1024, 'KiB', flush=True)

    def close(self):
        versions = dict(torch=torch.__version__, timm=timm.__version__, onnx=onnx.__version__, onnxruntime=onnxruntime.__version__)
        json.dump(dict(versions=versions, models=self.entries), open(os.path.join(self.out, 'manifest.json'), 'w'), indent=1)


def small(w):
    def one(variant, opset, dynamo, suffix='', fused=True, **options):
        set_fused_attn(fused)
        model = randomise(VARIANTS[variant](), seed=len(w.entries))
        name = f"vit_{variant}{suffix}_{'dynamo' if dynamo else 'ts'}{opset}"
        try:
            export(model, torch.from_numpy(w.input(32)[:2]), w.path(name), opset, dynamo, **options)
        except Exception as e:  # an exporter that does not offer this opset
            print(name, 'not exported:', str(e).splitlines()[0], file=sys.stderr)
            return
        w.reference(name, 32, model, variant=variant, exporter='dynamo' if dynamo else 'torchscript', opset=opset)

    for opset in TORCHSCRIPT:
        one('token', opset, False, fused=opset >= 16)   # scaled_dot_product_attention needs opset 14
    for opset in DYNAMO:
        one('token', opset, True)
    one('token', 17, False, suffix='_unfused', fused=False)
    one('token', 18, True, suffix='_unfused', fused=False)
    for variant in VARIANTS:
        if variant != 'token':
            one(variant, 17, False)
            one(variant, 23 if variant in ('distilled', 'registers', 'split_q_k_v') else 18, True)
    one('token', 18, True, suffix='_external', external=True)
    set_fused_attn(True)
    name = 'vit_token_ts17'
    cast_initializers(w.path(name), w.path('vit_token_fp16'), onnx.TensorProto.FLOAT16)
    w.reference('vit_token_fp16', 32, variant='token', exporter='torchscript', opset=17)
    cast_initializers(w.path(name), w.path('vit_token_bf16'), onnx.TensorProto.BFLOAT16)
    w.reference('vit_token_bf16', 32, variant='token', exporter='torchscript', opset=17)
    constants_as_nodes(w.path(name), w.path('vit_token_constants'))
    w.reference('vit_token_constants', 32, variant='token', exporter='torchscript', opset=17)
    model = randomise(VARIANTS['token'](), 99)
    export(model, torch.from_numpy(w.input(32)[:1]), w.path('vit_token_batch1_ts17'), 17, False, dynamic_batch=False)
    w.reference('vit_token_batch1_ts17', 32, model, variant='token', exporter='torchscript', opset=17)


def full(w, wanted):
    """The full-size models of these names: VARIANT_ts<opset> or VARIANT_dynamo<opset>."""
    for name in wanted:
        variant, exporter, opset = re.fullmatch(r'(.*)_(ts|dynamo)(\d+)', name).groups()
        base, dynamo, opset = variant.removesuffix('_avg').removesuffix('_layer_scale'), exporter == 'dynamo', int(opset)
        set_fused_attn(opset >= 14)
        model = randomise(timm.create_model(base, pretrained=False, **FULL[variant]), 1)
        export(model, torch.from_numpy(w.input(224)[:2]), w.path(name), opset, dynamo)
        w.reference(name, 224, model, variant=variant, exporter='dynamo' if dynamo else 'torchscript', opset=opset)


def full_names():
    return [f'{name}_{exporter}{opset}' for name in FULL
            for exporter, opsets in (('ts', TORCHSCRIPT), ('dynamo', DYNAMO)) for opset in opsets]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', nargs='?', default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument('--full', nargs='*', metavar='NAME')
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    writer = Writer(args.out)
    small(writer) if args.full is None else full(writer, args.full or full_names())
    writer.close()
