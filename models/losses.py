"""Training losses: the multi-exit loss of Dyn-Perceiver, and likeness to a teacher's features."""

import torch
from torch import nn
from torch.nn import functional as F


def targets(labels, classes, smoothing, soft=None, share=0.0):
    """Class probabilities [B, C]: smoothed labels, of which `share` is replaced by a teacher's `soft` probabilities."""
    hard = F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
    return hard if soft is None else (1 - share) * hard + share * soft


def multi_exit(logits, target, weights, distil=0.5):
    """sum_k weights[k] * CE_k, and KL from every earlier exit to the last one, which is not pulled by it.

    Dyn-Perceiver (arXiv 2306.11248): weights 0.5, 0.5, 1, 1; distil 0.5; temperature 1.
    """
    total = sum(w * F.cross_entropy(y, target) for w, y in zip(weights, logits))
    teacher = F.log_softmax(logits[-1].detach(), -1)
    for y in logits[:-1]:
        total = total + distil * F.kl_div(F.log_softmax(y, -1), teacher, log_target=True, reduction="batchmean")
    return total


class Likeness(nn.Module):
    """1 - cosine between a teacher's features and a linear map of what each classifier of the model reads.

    `model.classifiers` names the classifiers; those whose last linear layer is not fed by the image alone (the carried
    logits of Dyn-Perceiver) have an output that is not one of the classes' size and stay out.
    """

    def __init__(self, model, classes, features):
        super().__init__()
        self.read, maps = {}, []
        for name in model.classifiers:
            for layer in getattr(model, name).modules():
                if isinstance(layer, nn.Linear) and layer.out_features == classes:
                    layer.register_forward_pre_hook(lambda m, args, k=len(maps): self.read.__setitem__(k, args[0]))
                    maps.append(nn.Linear(layer.in_features, features))
        self.maps = nn.ModuleList(maps)

    def forward(self, features):
        return sum(1 - F.cosine_similarity(m(self.read[k]), features).mean() for k, m in enumerate(self.maps)) / len(self.maps)
