"""Parameters, and multiply-accumulates up to each exit, counted on the meta device (nothing is computed).

Counted as the published figures are: convolutions, linear layers, the two products of attention, and every
element that an average pooling reads; not LayerNorm, softmax, activations, nor the squeeze-excitation of RegNet.
"""

import torch
from torch import nn

from models.dyn_perceiver import regnet
from models.dyn_perceiver.attention import MultiHeadAttention


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def _multiplies(module, args, output):
    if isinstance(module, nn.Conv2d):
        return output.numel() * module.in_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return args[0].numel()
    queries, keys = args
    return 2 * queries.shape[1] * keys.shape[1] * module.q_proj.out_features


def macs_to_exits(model):
    """Cumulative MACs of one image at exits 1 to 4."""
    total, hooks = [0], []
    skipped = {m for s in model.modules() if isinstance(s, regnet.SqueezeExcite) for m in s.modules()}
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.AdaptiveAvgPool2d, MultiHeadAttention)) and module not in skipped:
            add = lambda m, args, out: total.__setitem__(0, total[0] + _multiplies(m, args, out))
            hooks.append(module.register_forward_hook(add))
    state, at_exit = torch.zeros(1, 3, model.config.image, model.config.image, device="meta"), []
    model.eval()
    with torch.no_grad():
        for segment in model.segments():
            _, state = segment(state)
            at_exit.append(total[0])
    for hook in hooks:
        hook.remove()
    return at_exit
