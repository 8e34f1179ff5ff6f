"""The order in which patches are predicted, and who may read whom because of it (arXiv 2306.07346, eq. of sec. 3).

A random order of N patches: the first `known` are given, each later one is predicted from all before it, with mask
rows standing for those that are not known yet, so that every prediction sees N positions. Two streams with masks, as in
MPNet and XLNet, are one sequence of rows here:
    content   the class token and the N patches
    mask      one row for each predicted patch, with its position and no content
    query     the same again; these are the rows that predict, and nobody reads them
"""

import torch


class Order:
    """`predicted`: patch numbers in the order of prediction; `allowed[row, column]`: row may read column."""

    def __init__(self, permutation, known):
        """`known` patches, at least one, are given; they read each other."""
        patches = len(permutation)
        rank = torch.empty(patches, dtype=torch.long)
        rank[permutation] = torch.arange(patches)
        self.predicted = permutation[known:]
        content = torch.cat([torch.zeros(1, dtype=torch.long), torch.where(rank < known, 0, rank)])
        later = rank[self.predicted]
        step = torch.cat([content, torch.zeros_like(later), later - 1])[:, None]  # the newest content that a row may read
        self.allowed = torch.cat([content <= step, later > step, torch.zeros_like(later > step)], 1)


def draw(generator, patches, share):
    """A random order in which `share` of the patches is predicted."""
    return Order(torch.randperm(patches, generator=generator), patches - round(share * patches))
