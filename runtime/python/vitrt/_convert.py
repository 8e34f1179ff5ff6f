"""vitrt-convert as a function."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, List, Optional, Sequence, Union

from ._library import ERRORS, Error, Unsupported

Path = Union[str, os.PathLike]


def _program() -> str:
    own = pathlib.Path(__file__).parent / "bin" / "vitrt-convert"
    found = str(own) if own.exists() else shutil.which("vitrt-convert")
    if found is None:
        raise Unsupported("this package has no vitrt-convert, and none is on the PATH")
    return found


def convert(
    model: Path,
    plan: Path,
    *,
    labels: Union[None, Path, Sequence[str]] = None,
    preprocess: Union[None, Path, Dict] = None,
    exits: Optional[Sequence[str]] = None,
    batch: Optional[int] = None,
    verify: bool = False,
    options: Sequence[str] = (),
) -> Dict:
    """Converts an ONNX model to a plan and gives vitrt-convert's summary. labels: a file of names, or the names;
    preprocess: a recipe's file, or the recipe; options: more of what `vitrt-convert --help` lists."""
    command: List[str] = [_program(), os.fspath(model), "-o", os.fspath(plan), "--json", *options]
    with tempfile.TemporaryDirectory() as folder:
        if labels is not None and not isinstance(labels, (str, os.PathLike)):
            names, labels = labels, os.path.join(folder, "labels.txt")
            pathlib.Path(labels).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        if isinstance(preprocess, dict):
            recipe, preprocess = preprocess, os.path.join(folder, "recipe.json")
            pathlib.Path(preprocess).write_text(json.dumps(recipe), encoding="utf-8")
        for name, value in (("--labels", labels), ("--preprocess", preprocess), ("--batch", batch)):
            command += [name, str(value)] if value is not None else []
        command += ["--verify"] if verify else []
        command += ["--exits", *exits] if exits else []
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        raise ERRORS.get(done.returncode, Error)(done.stderr.strip())
    return json.loads(done.stdout)


def main() -> None:
    """The command vitrt-convert of a package that has the program."""
    program = _program()
    os.execv(program, [program, *sys.argv[1:]])
