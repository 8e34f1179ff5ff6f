"""Linear classifiers on cached features: multinomial logistic regression whose penalty is chosen on folds of train."""

import torch
from torch.nn import functional as F

PENALTIES = (1e-3, 2e-3, 4e-3)
FOLDS = 5


def standard(x):
    """Mean and deviation of the columns; a constant column has deviation 1."""
    deviation = x.std(0)
    return x.mean(0), torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation))


def solve(x, target, weight, penalty):
    """(weight [C, F], bias [C]) with the smallest weighted cross-entropy plus penalty / 2 |weight|^2; x standardised.

    `target`: class probabilities [N, C]; `weight`: of each row, mean 1. With fewer rows than columns it is solved in the
    space of the rows, where the solution lies."""
    if x.shape[0] < x.shape[1]:
        basis, rows = torch.linalg.qr(x.t())
        w, b = solve(rows.t(), target, weight, penalty)
        return w @ basis.t(), b
    parameters = torch.zeros(target.shape[1], x.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=200, history_size=20, tolerance_change=1e-7, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        logits = x @ parameters[:, :-1].t() + parameters[:, -1]
        value = (weight * F.cross_entropy(logits, target, reduction="none")).mean() + penalty / 2 * parameters[:, :-1].square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    solved = parameters.detach()
    return solved[:, :-1], solved[:, -1]


def fit(x, target, weight, penalty):
    """A classifier of raw features [N, F]: the standardisation is part of its weights."""
    mean, deviation = standard(x)
    w, b = solve((x - mean) / deviation, target, weight, penalty)
    w = w / deviation
    return w, b - w @ mean


def class_weights(labels):
    """Of every image: its class's count to the minus one half, mean 1."""
    weight = torch.bincount(labels).float()[labels] ** -0.5
    return weight / weight.mean()


def balanced_loss(logits, labels):
    loss = F.cross_entropy(logits, labels, reduction="none")
    return float(torch.stack([loss[labels == k].mean() for k in labels.unique()]).mean())


def crossed(x, labels, target, parts, penalty):
    """Logits [N, C] of every image by a classifier that did not see its part. x [N, F]; parts: the part of each image."""
    out = torch.zeros(len(x), target.shape[1])
    for part in range(FOLDS):
        seen = torch.from_numpy(parts != part)
        w, b = fit(x[seen], target[seen], class_weights(labels[seen]), penalty)
        out[~seen] = x[~seen] @ w.t() + b
    return out


def choose(x, labels, target, parts):
    """(penalty, logits [N, C] of unseen images with it): the penalty of the smallest balanced loss."""
    logits = {penalty: crossed(x, labels, target, parts, penalty) for penalty in PENALTIES}
    penalty = min(logits, key=lambda p: balanced_loss(logits[p], labels))
    return penalty, logits[penalty]
