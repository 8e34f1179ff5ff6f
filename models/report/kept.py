"""Measurements of one export, kept in a file for as long as the export stays what it is."""

import hashlib
import json


class Measurements:
    def __init__(self, path, export):
        """`export`: the bytes of the ONNX file; measurements of other bytes are forgotten."""
        self.path, self.digest = path, hashlib.sha256(export).hexdigest()
        stored = json.loads(path.read_text()) if path.exists() else {}
        self.values = stored["values"] if stored.get("export") == self.digest else {}

    def get(self, name, measure):
        """The kept value, or what `measure` returns; the same after JSON has turned tuples into lists."""
        if name not in self.values:
            self.values[name] = json.loads(json.dumps(measure()))
            self.path.write_text(json.dumps(dict(export=self.digest, values=self.values)))
        return self.values[name]
