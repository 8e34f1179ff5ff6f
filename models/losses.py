"""Training losses: cross-entropy for one exit, the multi-exit loss of Dyn-Perceiver for several."""

from torch.nn import functional as F


def multi_exit(logits, target, weights, distil=0.5, smoothing=0.0):
    """sum_k weights[k] * CE_k, and KL from every earlier exit to the last one, which is not pulled by it.

    Dyn-Perceiver (arXiv 2306.11248): weights 0.5, 0.5, 1, 1; distil 0.5; temperature 1.
    """
    total = sum(w * F.cross_entropy(y, target, label_smoothing=smoothing) for w, y in zip(weights, logits))
    teacher = F.log_softmax(logits[-1].detach(), -1)
    for y in logits[:-1]:
        total = total + distil * F.kl_div(F.log_softmax(y, -1), teacher, log_target=True, reduction="batchmean")
    return total
