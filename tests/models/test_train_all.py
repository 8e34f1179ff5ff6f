"""models/train_all.sh: every command is one that the entry points take, and stands after what it starts from."""
import os, re, stat, subprocess, sys, tempfile, unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]

try:
    from models import train
    from models.dinov2 import __main__ as dinov2
    from models.mapet import pretrain
    missing = ''
except ImportError as error:
    missing = str(error)


def commands(folder):
    """The arguments of every call, recorded by a program in place of Python."""
    recorder, calls = folder / 'python', folder / 'calls'
    recorder.write_text(f'#!/bin/sh\nprintf "%s\\037" "$@" >> {calls}\necho >> {calls}\n')
    recorder.chmod(recorder.stat().st_mode | stat.S_IXUSR)
    subprocess.run([ROOT / 'models/train_all.sh', folder / 'runs', folder], check=True, env=dict(os.environ, PYTHON=str(recorder)))
    return [line.split('\037')[:-1] for line in calls.read_text().splitlines()]


@unittest.skipIf(missing, missing)
class TrainAll(unittest.TestCase):
    def test_commands_are_whole_and_in_order(self):
        entry = {'models.train': train.options, 'models.mapet.pretrain': pretrain.options, 'models.dinov2': dinov2.options}
        with tempfile.TemporaryDirectory() as folder:
            done = set()
            for flag, module, *arguments in commands(Path(folder)):
                self.assertEqual(flag, '-m')
                with mock.patch.object(sys, 'argv', [module, *arguments]):
                    options = entry[module]()
                for option, names in (('init_from', {'best.pt'}), ('teacher', {'best.pt', 'teacher.npz'})):
                    if start := getattr(options, option, None):
                        self.assertIn(start.name, names)
                        self.assertIn(start.parent.name, done)
                done.add(options.out.name)
        page = (ROOT / 'models/RESULTS.md').read_text()
        shown = set(re.findall(r'^\| (\w+_(?:defects|magnetic_tile)) \|', page, re.M))
        self.assertLessEqual(shown, done)
        self.assertTrue(shown)


if __name__ == '__main__':
    unittest.main()
