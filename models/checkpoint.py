"""Training state on disk. A file is written beside its place and renamed, so an interruption loses nothing."""

import os

import torch


class CheckpointError(Exception):
    """A checkpoint that does not belong to what is being trained."""


def save(path, state):
    part = f"{path}.part"
    torch.save(state, part)
    os.replace(part, path)


def load(path):
    if not os.path.exists(path):
        raise CheckpointError(f"there is no checkpoint {path}")
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:
        raise CheckpointError(f"{path} is not a readable checkpoint: {error}") from error


def check(path, state, expected):
    """Every key of `expected` must be the same in the checkpoint."""
    for key, value in expected.items():
        if state.get(key) != value:
            raise CheckpointError(f"{path} was trained with {key} {state.get(key)!r}, not {value!r}")


def start_from(path, model, systems, config, classes):
    """Takes over the weights that this model has in the same shape, and returns the names of what stays fresh.

    With another class list that includes `model.classifiers` (name prefixes). `systems`: the names of the systems
    whose checkpoints may be started from.
    """
    state = load(path)
    if state.get("system") not in systems:
        raise CheckpointError(f"{path} was trained with system {state.get('system')!r}, not {' or '.join(map(repr, systems))}")
    check(path, state, {"config": config})
    own = model.state_dict()
    fresh = model.classifiers if state["classes"] != tuple(classes) else ()
    taken = {n: w for n, w in state["model"].items()
             if n in own and own[n].shape == w.shape and n.split(".")[0] not in fresh}
    model.load_state_dict(taken, strict=False)
    return sorted(set(own) - set(taken))
