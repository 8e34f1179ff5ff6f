"""The loop of the end-to-end checks: one line for each, and the closing line that `./dev test` counts."""

import tempfile
import time
from pathlib import Path


class Skip(Exception):
    """A check cannot run here; the text says why."""


def named(*functions):
    """(name, function) for functions whose names read as sentences."""
    return [(f.__name__.replace("_", " "), f) for f in functions]


def eventually(condition, seconds=60):
    """Whether condition() came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def run_checks(checks):
    """checks: pairs of a name and a function that takes an empty folder (Path) of its own, returns what to say or None,
    and raises where something is wrong. Gives the exit status."""
    counts = dict(passed=0, failed=0, skipped=0)
    for name, check in checks:
        with tempfile.TemporaryDirectory() as folder:
            try:
                verdict, said = "passed", check(Path(folder))
            except Skip as why:
                verdict, said = "skipped", why
            except Exception as error:  # whatever a check meets is its failure, not the end of the run
                verdict, said = "failed", f"{type(error).__name__}: {error}"
        counts[verdict] += 1
        print(f"{verdict:8}{name}" + (f": {said}" if said else ""), flush=True)
    print(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return int(counts["failed"] > 0)
