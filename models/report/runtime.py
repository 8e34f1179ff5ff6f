"""vitrt end to end: a model becomes a plan, images become predictions, all through the two programs."""

import csv
import json
import subprocess
from pathlib import Path


class ReportError(Exception):
    """Something that the caller of the report has to put right."""


class Plan:
    """The plan of one trained model, made by vitrt-convert from what stands beside its ONNX file."""

    def __init__(self, build, onnx, folder, threads):
        self.build, self.threads, self.path = build, threads, Path(folder) / f"{onnx.stem}.plan"
        base = onnx.with_suffix("")
        self.call("vitrt-convert", onnx, "-o", self.path, "--labels", f"{base}.labels.txt",
                  "--preprocess", f"{base}.preprocess.json")

    def call(self, program, *arguments):
        command = [str(self.build / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise ReportError(f"{program} {' '.join(command[1:3])}: {done.stderr.strip()}")
        return done.stdout

    def evaluate(self, images):
        """The JSON of `vitrt eval` with the last exit deciding, and the rows of its CSV by image."""
        table = self.path.with_suffix(".csv")
        result = json.loads(self.call("vitrt", "eval", self.path, images, "--exit", "last", "--threads", self.threads,
                                      "--json", "--csv-out", table))
        with open(table, newline="") as file:
            return result, {str(Path(row["image"]).resolve()): row for row in csv.DictReader(file)}

    def bench(self, seconds):
        return json.loads(self.call("vitrt", "bench", self.path, "--threads", self.threads, "--duration", seconds, "--json"))
