"""vitrt on a Ray cluster: a class for Dataset.map_batches. Scheduling, retries and transport are Ray's.

    images = ray.data.read_binary_files("images/", include_paths=True)
    predictions = images.map_batches(vitrt.ray.Predictor, fn_constructor_args=["model.plan"], concurrency=2, num_cpus=1)
    predictions.write_parquet("predictions/")

As many actors as CPUs leave none to read with, and Ray then waits for ever: give `concurrency` one less.
"""

from __future__ import annotations

import os
from typing import Dict, Union

import numpy as np

from ._engine import Engine
from ._library import Error
from ._session import Session


def _load(plan: Union[str, os.PathLike, bytes]) -> Engine:
    if not isinstance(plan, bytes):
        return Engine(plan)
    descriptor = os.memfd_create("plan")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(plan)
        return Engine(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


class Predictor:
    """Loads the plan once an actor: a path that every machine has, or its bytes, which Ray brings there.

    column: holds an image file's bytes, or an array [height, width] or [height, width, channels], in each row. It is left
    out of the result; other columns stay. Added are label, class, probability, confidence, exit, flags and error, which says
    why an image has no prediction. options: those of every run, for instance thresholds.
    """

    def __init__(self, plan: Union[str, os.PathLike, bytes], *, column: str = "bytes", threads: int = 1, **options: object) -> None:
        self._session = Session(_load(plan), threads=threads)
        self._column = column
        self._options = options

    def _row(self, image: object) -> Dict[str, object]:
        try:
            if isinstance(image, np.ndarray):
                p = self._session.run_frame(image, **self._options)
            else:
                p = self._session.run_file(bytes(image), **self._options)
        except Error as error:
            nothing = float("nan")
            return {"label": None, "class": -1, "probability": nothing, "confidence": nothing, "exit": "", "flags": "",
                    "error": str(error)}
        return {"label": p.label, "class": p.class_index, "probability": p.probability, "confidence": p.confidence, "exit": p.exit,
                "flags": " ".join(p.flags), "error": ""}

    def __call__(self, batch: Dict[str, np.ndarray]) -> Dict[str, object]:
        rows = [self._row(image) for image in batch[self._column]]
        result: Dict[str, object] = {name: values for name, values in batch.items() if name != self._column}
        for name in ("label", "exit", "flags", "error"):
            result[name] = np.array([row[name] for row in rows], dtype=object)
        result["class"] = np.array([row["class"] for row in rows], np.int64)
        for name in ("probability", "confidence"):
            result[name] = np.array([row[name] for row in rows], np.float32)
        return result
