"""The trainable systems by name. A system gives CONFIGS and build(config, classes) -> module.

The module's forward returns a tuple of logits in the order of its `exits`; `exit_weights` are the shares of
their cross-entropies in the loss, `classifiers` the parts that another class list replaces.
"""

import importlib

NAMES = ("vit", "mpvg", "manifold_key", "swin", "dyn_perceiver", "early_exit_vit", "mapet")
SAME_TRUNK = {name: ("vit",) for name in ("early_exit_vit", "mpvg", "manifold_key")}  # may also start from these


def starts_from(name):
    return (name, *SAME_TRUNK.get(name, ()))


def system(name):
    return importlib.import_module(f"models.{name}")
