"""Linear classifiers on cached features: multinomial logistic regression whose penalty is chosen on folds of train."""

import torch
from torch.nn import functional as F

PENALTIES = (1e-3, 2e-3, 4e-3)
FOLDS = 5


def standard(x):
    """Mean and deviation of the columns; a constant column has deviation 1."""
    deviation = x.std(0)
    return x.mean(0), torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation))


def spanned(x):
    """Standardised features in an orthonormal basis of their span: (rows [N, R], basis [F, R], mean, deviation). What is
    solved for lies in that span; with fewer images than features it is smaller than their space."""
    mean, deviation = standard(x)
    x = (x - mean) / deviation
    if x.shape[0] >= x.shape[1]:
        return x, torch.eye(x.shape[1]), mean, deviation
    basis, rows = torch.linalg.qr(x.t())
    return rows.t().contiguous(), basis, mean, deviation


def solve(x, target, weight, penalty):
    """(weight [C, R], bias [C]) with the smallest weighted cross-entropy plus penalty / 2 |weight|^2 on rows x [N, R].

    `target`: class probabilities [N, C]; `weight`: of each row, mean 1."""
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


def fit(span, target, weight, penalty):
    """A classifier (weight [C, F], bias [C]) of raw features: basis and standardisation are part of its weights."""
    rows, basis, mean, deviation = span
    w, b = solve(rows, target, weight, penalty)
    w = w @ basis.t() / deviation
    return w, b - w @ mean


def class_weights(labels):
    """Of every image: its class's count to the minus one half, mean 1."""
    weight = torch.bincount(labels).float()[labels] ** -0.5
    return weight / weight.mean()


def balanced_loss(logits, labels):
    loss = F.cross_entropy(logits, labels, reduction="none")
    return float(torch.stack([loss[labels == k].mean() for k in labels.unique()]).mean())


def crossed(rows, labels, target, parts, penalty):
    """Logits [N, C] of every image by a classifier that was not told the labels of its part. parts: of each image."""
    out = torch.zeros(len(rows), target.shape[1])
    for part in range(FOLDS):
        seen = torch.from_numpy(parts != part)
        w, b = solve(rows[seen], target[seen], class_weights(labels[seen]), penalty)
        out[~seen] = rows[~seen] @ w.t() + b
    return out


def choose(rows, labels, target, parts):
    """The penalty whose classifiers have the smallest balanced loss on parts that they were not told of."""
    return min(PENALTIES, key=lambda penalty: balanced_loss(crossed(rows, labels, target, parts, penalty), labels))
