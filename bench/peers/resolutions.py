#!/usr/bin/env python3
"""resolutions.py FOLDER: ViT-S/16 of timm at larger inputs, random weights, as alone.py names them; what is there stays."""
import os, sys

from worker import timm_model


def main(folder):
    for pixels in (512, 1024):
        path = os.path.join(folder, f'vit_small_patch16_224_{pixels}px_ts17.onnx')
        if os.path.exists(path):
            continue
        torch, model, _ = timm_model('vit_small_patch16_224', 1, img_size=pixels)
        torch.onnx.export(model, torch.randn(1, 3, pixels, pixels), path, opset_version=17, dynamo=False, input_names=['image'],
                          output_names=['logits'])


if __name__ == '__main__':
    main(sys.argv[1])
