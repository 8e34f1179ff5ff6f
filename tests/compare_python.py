"""The Python module against the command line: the same answers from the same plan. compare_python.py BUILD_DIR [--wheel]

--wheel makes a wheel by `pip wheel` and looks at what it holds, instead of the module in BUILD_DIR. Ends with "N passed, N failed, N skipped"; without the module in BUILD_DIR/python its checks count as skipped.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import zipfile

from outside import named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = next(ROOT.glob("models/*/vit_defects.onnx"))
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True).stdout


def same(answer, line):
    assert answer.label == line["label"], (answer, line)
    assert answer.class_index == line["class"]
    assert answer.exit == line["exit"]["name"]
    assert answer.flags == line["flags"]
    import numpy
    for ours, theirs in ((answer.probability, line["probability"]), (answer.confidence, line["confidence"])):
        assert numpy.float32(ours) == numpy.float32(theirs), (ours, theirs)


@check
def files_are_answered_as_by_the_command_line(world):
    session = world.vitrt.Session(world.engine, threads=1)
    for line in world.lines:
        same(session.run_file(pathlib.Path(line["image"]).read_bytes()), line)


@check
def arrays_are_answered_as_files(world):
    session = world.vitrt.Session(world.engine, threads=1)
    for line in world.lines:
        rgb = world.numpy.asarray(world.Image.open(line["image"]).convert("RGB"))
        padded = world.numpy.zeros((rgb.shape[0], rgb.shape[1] + 3, 3), world.numpy.uint8)[:, :-3]
        padded[:] = rgb
        flipped = world.numpy.ascontiguousarray(rgb[::-1])[::-1]
        for frame in (rgb, padded, flipped):
            same(session.run_frames([frame])[0], line)
        same(session.run_frames([world.numpy.ascontiguousarray(rgb[:, :, ::-1])], bgr=True)[0], line)


@check
def tensors_are_answered_as_by_the_command_line(world):
    session = world.vitrt.Session(world.engine, threads=1)
    tensor = world.folder / "x.npy"
    image = world.lines[0]["image"]
    line = json.loads(run(BUILD / "vitrt", "infer", world.plan, image, "--dump-input", tensor, "--json", "--threads", 1))
    answer = session.run_tensor(world.numpy.load(tensor), all_exits=True)[0]
    same(answer, line)
    logits = session.exit_logits(len(world.engine.exits) - 1)
    assert logits.shape == (1, len(world.engine.labels))
    assert abs(answer.probabilities.sum() - 1) < 1e-5
    assert (answer.logits == logits[0]).all()


@check
def logits_that_are_not_finite_are_no_decision(world):
    session = world.vitrt.Session(world.engine, threads=1)
    answer = session.run_tensor(world.numpy.full(world.engine.input_shape, world.numpy.nan, world.numpy.float32))[0]
    assert answer.label is None and answer.class_index == -1, answer
    assert answer.flags == ["non_finite", "no_decision"] and answer.confidence == 0, answer
    assert "without a decision" in repr(answer)


@check
def a_plan_describes_itself(world):
    engine = world.engine
    assert engine.input_shape[0] == 1 and len(engine.input_shape) == 4
    assert engine.labels == MODEL.with_suffix(".labels.txt").read_text().split()
    assert engine.exits[-1].classes == len(engine.labels)
    assert engine.isa in ("sse41", "avx", "avx2", "avx512")
    assert world.vitrt.Engine(str(world.plan), isa="sse41", mmap=False, huge_pages=True).isa == "sse41"


@check
def errors_are_exceptions_of_their_kind(world):
    vitrt = world.vitrt
    session = vitrt.Session(world.engine, threads=1)
    data = pathlib.Path(world.lines[0]["image"]).read_bytes()
    cases = [
        (vitrt.BadPlan, lambda: vitrt.Engine("/nonexistent.plan")),
        (vitrt.BadInput, lambda: session.run_file(b"not an image")),
        (vitrt.InvalidArgument, lambda: session.run_file(data, exit="nosuch")),
        (vitrt.InvalidArgument, lambda: session.run_file(data, policy="nosuch")),
        (vitrt.InvalidArgument, lambda: vitrt.Session(world.engine, threads=-1)),
        (vitrt.InvalidArgument, lambda: session.run_frames([world.numpy.zeros((4, 4, 2), world.numpy.uint8)])),
        (TypeError, lambda: session.run_frames([world.numpy.zeros((4, 4), world.numpy.float64)])),
    ]
    for kind, call in cases:
        try:
            call()
        except kind as error:
            assert kind is TypeError or isinstance(error, vitrt.Error)
        else:
            raise AssertionError(f"no {kind.__name__}")


@check
def threads_share_an_engine_and_wait_for_a_session(world):
    shared = world.vitrt.Session(world.engine, threads=1)
    failures = []

    def work(session):
        try:
            for line in world.lines * 3:
                same(session.run_file(pathlib.Path(line["image"]).read_bytes()), line)
        except AssertionError as error:
            failures.append(error)

    sessions = [shared, shared, world.vitrt.Session(world.engine, threads=1), world.vitrt.Session(world.engine, threads=1)]
    threads = [threading.Thread(target=work, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


@check
def the_module_has_types(world):
    package = pathlib.Path(world.vitrt.__file__).parent
    stub = (package / "_vitrt.pyi").read_text()
    assert (package / "py.typed").exists()
    for name in ("class Engine", "class Session", "def run_file", "def run_frames", "def run_tensor"):
        assert name in stub, name


class World:
    def __init__(self, folder):
        import numpy
        from PIL import Image
        import vitrt

        self.numpy, self.Image, self.vitrt, self.folder = numpy, Image, vitrt, folder
        self.plan = folder / "model.plan"
        run(BUILD / "vitrt-convert", MODEL, "-o", self.plan, "--labels",
            MODEL.with_suffix(".labels.txt"), "--preprocess", MODEL.with_suffix(".preprocess.json"))
        output = run(BUILD / "vitrt", "infer", self.plan, ROOT / "models/defects/samples", "--json", "--threads", 1)
        self.lines = [json.loads(line) for line in output.splitlines()]
        self.engine = vitrt.Engine(str(self.plan))


def unpacked_wheel(folder):
    """What `pip wheel` makes of this tree, as it would be installed; with the build tools of this Python."""
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder / "wheels", ROOT / "runtime/python")
    (wheel,) = (folder / "wheels").iterdir()
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        module = unpacked_wheel(folder) if "--wheel" in sys.argv else BUILD / "python"
        if not list((module / "vitrt").glob("_vitrt*.so")):
            print(f"skipped: no Python module in {module} (-D VITRT_PYTHON=ON, needs nanobind and python3-dev)")
            print(f"0 passed, 0 failed, {len(CHECKS)} skipped")
            return 0
        sys.path.insert(0, str(module))
        world = World(folder)
        return run_checks((name, lambda _, check=check: check(world)) for name, check in named(*CHECKS))


if __name__ == "__main__":
    sys.exit(main())
