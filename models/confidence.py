"""The confidence of logits under the three exit policies (the formulas of docs/exits.md), in double. Needs numpy only."""

import numpy as np


def softmax(logits):
    e = np.exp(np.float64(logits) - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def max_prob(logits):
    return softmax(logits).max(-1)


def margin(logits):
    top = np.sort(softmax(logits), -1)
    return top[..., -1] - top[..., -2]


def entropy(logits):
    p = softmax(logits)
    return 1 + (p * np.log(np.maximum(p, 1e-300))).sum(-1) / np.log(p.shape[-1])


POLICIES = {"max-prob": max_prob, "margin": margin, "entropy": entropy}
