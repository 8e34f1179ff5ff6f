"""Runs the tests of models/ and ends with the line "N passed, N failed, N skipped"."""
import sys
import unittest
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1]))
result = unittest.TextTestRunner().run(unittest.defaultTestLoader.discover(str(here)))
failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
print(f'{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped')
sys.exit(failed != 0)
