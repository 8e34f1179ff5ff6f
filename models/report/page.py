"""RESULTS.md out of what was measured."""


def percent(share):
    return "-" if share is None else f"{100 * share:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(map(str, head)) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def interval(bounds):
    """A score with its 95 % bootstrap interval."""
    value, low, high = bounds
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def chosen_on(model):
    """What chose the checkpoint, out of the options of the training."""
    folds = model["train"]["options"].get("folds", 1)
    if folds == 0:
        return "nothing: the last step"
    if model["train"]["options"]["data"] == "defects":
        return "other generated images"
    return "a part of train" if folds > 1 else "val"


def scores(models):
    head = ["model", "system", "parameters", "MFLOP", "accuracy", "PyTorch", "balanced", "macro-F1", "peak MB"]
    rows = []
    for m in models:
        rows.append([m["name"], m["train"]["options"]["system"], f"{m['train']['parameters'] / 1e6:.2f} M", f"{m['flops'] / 1e6:.0f}",
                     interval(m["intervals"][m["last"]]["accuracy"]), percent(m["torch"]),
                     interval(m["intervals"][m["last"]]["balanced"]), interval(m["intervals"][m["last"]]["macro_f1"]),
                     f"{m['bench']['peak_rss_mb']:.0f}"])
    return table(head, rows)


def recalls(models):
    """One table for each list of classes."""
    groups = {}
    for m in models:
        groups.setdefault(tuple(m["result"]["recall"]), []).append(m)
    return "\n\n".join(table(["recall, %", *classes], [[m["name"], *map(percent, m["result"]["recall"].values())] for m in group])
                       for classes, group in groups.items())


def exits(models):
    head = ["model", "exit", "accuracy", "balanced", "MFLOP so far"]
    rows = [[m["name"], e["name"], interval(m["intervals"][e["name"]]["accuracy"]),
             interval(m["intervals"][e["name"]]["balanced"]), f"{b['flops'] / 1e6:.0f}"]
            for m in models if len(m["result"]["exits"]) > 1 for e, b in zip(m["result"]["exits"], m["bench"]["exits"])]
    return table(head, rows)


def disagreements(models):
    lines = []
    for m in models:
        if m["differences"] is None:
            lines.append(f"- {m['name']}: no checkpoint at hand")
        elif not m["differences"]:
            lines.append(f"- {m['name']}: none, on {m['result']['images']} images and {len(m['result']['exits'])} exit(s)")
        else:
            lines += [f"- {m['name']}, `{image}`, exit {name}: vitrt {ours} ({confidence:.3f}), PyTorch {theirs}"
                      for image, name, ours, confidence, theirs in m["differences"]]
    return "\n".join(lines)


def disturbed(tables):
    parts = []
    for kind, rows in tables.items():
        names = list(next(iter(rows.values())))
        parts.append(table([kind, *rows], [[name, *[percent(row[name]) for row in rows.values()]] for name in names]))
    return "\n\n".join(parts)


def training(models):
    head = ["model", "started from", "data", "steps x batch", "best step", "chosen on"]
    option = lambda m, key: m["train"]["options"].get(key)
    return table(head, [[m["name"], option(m, "init_from") or "random weights", option(m, "data"),
                         f"{option(m, 'steps')} x {option(m, 'batch')}" if option(m, "steps") else "solved", m["train"].get("step", "-"), chosen_on(m)] for m in models])


def unseen(models):
    """Scores on folds of train whose parts the other folds hold, and on folds of parts that they do not hold."""
    head = ["model", "exit", "accuracy, seen parts", "balanced", "accuracy, unseen parts", "balanced"]
    rows = [[m["name"], name, *(percent(h[kind][key]) for kind in ("seen_parts", "unseen_parts") for key in ("accuracy", "balanced_accuracy"))]
            for m in models for name, h in m["train"].get("heads", {}).items()]
    return table(head, rows) if rows else "Not measured on the models of this page."


def page(models, robust, where):
    identity = models[0]["bench"]["identity"]
    return f"""# Results of the trained models

Written by `python -m models.report`. Every number about predictions comes from the plans, through `vitrt eval`, fp32, last
exit, one image at a time; the column PyTorch is the accuracy of the checkpoint in PyTorch on the same files. Peak memory is
that of `vitrt bench`; latencies are in `bench/results`. Measured on: {identity['cpu']}, {identity['isa']},
{identity['threads']} thread(s).

Models of the generated defects classify {where['generated']} generated images that took no part in training or in choosing.
Models of the magnetic tiles classify the {where['tiles']} images of the val split. Where the last table says so, a part of
train chose the checkpoint and val is only classified; where it says val, val chose it and the score is that of a winner.
Intervals are 95 % bootstrap percentiles over the images of each class: one image of the smallest class, `fray`, is two
points of balanced accuracy.

{scores(models)}

![balanced accuracy against FLOPs](results/overview.svg)

{recalls(models)}

![confusion matrices of the last exits](results/confusion.svg)

## Exits

{exits(models)}

## Parts that were never photographed for training

The number in the name of a tile's file counts frames, and 264 of the 272 validation images have a training image of the
same class within 100 frames, by its name (`exp1` to `exp6`) mostly another exposure of the same part. Scores on val are
therefore those of a line whose parts were seen before. Five folds of train say what that is worth: where a fold's parts
stand under other exposures in the other folds, as in val, and where they do not.

{unseen(models)}

## Images that vitrt and PyTorch classify differently

{disagreements(models)}

## Robustness

Balanced accuracy in % of {where['robust']} on disturbed copies of the images,
brought to the model's size before they are disturbed; edges are mirrored. Training moved images by up to {where['shift']} px
and turned them by up to 9 degrees.

{disturbed(robust)}

![robustness](results/robustness.svg)

## How they were trained

{training(models)}
"""
