"""The trainable systems by name. A system gives CONFIGS and build(config, classes) -> module.

The module's forward returns a tuple of logits in the order of its `exits`; `exit_weights` are the shares of
their cross-entropies in the loss, `classifiers` the parts that another class list replaces.
"""

import importlib

NAMES = ("vit", "dyn_perceiver", "early_exit_vit")


SAME_TRUNK = {"early_exit_vit": ("vit",)}  # may also start from checkpoints of these


def starts_from(name):
    return (name, *SAME_TRUNK.get(name, ()))


def system(name):
    return importlib.import_module(f"models.{name}")
