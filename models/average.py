"""The moving average of a model's weights, which is what is evaluated and exported."""

import copy

import torch


class Average:
    """`model` is the average: decay min(decay, (1 + step) / (20 + step)), which forgets the start quickly.

    Norms average their running statistics too; counters are copied.
    """

    def __init__(self, model, decay):
        self.decay, self.model = decay, copy.deepcopy(model).eval()

    @torch.no_grad()
    def update(self, model, step):
        decay = min(self.decay, (1 + step) / (20 + step))
        pairs = list(zip(self.model.state_dict().values(), model.state_dict().values()))
        real = [(a, b) for a, b in pairs if a.dtype.is_floating_point]
        torch._foreach_lerp_([a for a, _ in real], [b for _, b in real], 1 - decay)
        for a, b in pairs:
            if not a.dtype.is_floating_point:
                a.copy_(b)
