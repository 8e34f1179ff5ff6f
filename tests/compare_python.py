"""The Python package against the command line: the same predictions from the same plan. compare_python.py BUILD_DIR [--wheel]

--wheel makes a wheel by `pip wheel` and looks at what it holds, instead of the package in BUILD_DIR. Ends with "N passed,
N failed, N skipped"; where the library is a sanitizer's build, which Python cannot load, all count as skipped.
"""

import json
import pathlib
import subprocess
import re
import sys
import tempfile
import threading
import typing
import zipfile

from end_to_end import named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = next(ROOT.glob("models/*/vit_defects.onnx"))
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True).stdout


def same(prediction, line):
    assert prediction.label == line["label"], (prediction, line)
    assert prediction.class_index == line["class"]
    assert prediction.exit == line["exit"]["name"]
    assert prediction.flags == line["flags"]
    import numpy
    for ours, theirs in ((prediction.probability, line["probability"]), (prediction.confidence, line["confidence"])):
        assert numpy.float32(ours) == numpy.float32(theirs), (ours, theirs)


def raises(kind, call, said=""):
    try:
        call()
    except kind as error:
        assert said in str(error) and "\n" not in str(error), (said, str(error))
    else:
        raise AssertionError(f"no {kind.__name__}")


@check
def files_are_classified_as_by_the_command_line(world):
    session = world.vitrt.Session(world.engine, threads=1)
    for line in world.lines:
        same(session.run_file(pathlib.Path(line["image"]).read_bytes()), line)


@check
def arrays_are_classified_as_files(world):
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
def tensors_are_classified_as_by_the_command_line(world):
    session = world.vitrt.Session(world.engine, threads=1)
    tensor = world.folder / "x.npy"
    image = world.lines[0]["image"]
    line = json.loads(run(BUILD / "vitrt", "infer", world.plan, image, "--dump-input", tensor, "--json", "--threads", 1))
    prediction = session.run_tensor(world.numpy.load(tensor), all_exits=True)[0]
    same(prediction, line)
    logits = session.exit_logits(len(world.engine.exits) - 1)
    assert logits.shape == (1, len(world.engine.labels))
    assert abs(prediction.probabilities.sum() - 1) < 1e-5
    assert (prediction.logits == logits[0]).all()


@check
def logits_that_are_not_finite_are_no_decision(world):
    session = world.vitrt.Session(world.engine, threads=1)
    prediction = session.run_tensor(world.numpy.full(world.engine.input_shape, world.numpy.nan, world.numpy.float32))[0]
    assert prediction.label is None and prediction.class_index == -1, prediction
    assert prediction.flags == ["non_finite", "no_decision"] and prediction.confidence == 0, prediction
    assert "without a decision" in repr(prediction)


@check
def a_plan_describes_itself(world):
    engine = world.engine
    assert engine.input_shape[0] == 1 and len(engine.input_shape) == 4
    assert engine.labels == MODEL.with_suffix(".labels.txt").read_text().split()
    assert engine.exits[-1].classes == len(engine.labels)
    assert engine.isa in ("sse41", "avx", "avx2", "avx512")
    assert world.vitrt.Engine(str(world.plan), isa="sse41", mmap=False, huge_pages=True).isa == "sse41"


@check
def a_tune_file_is_taken_up_or_left_alone(world):
    tune = pathlib.Path(world.plan).with_suffix(".elsewhere.tune")
    tune.write_text("no tune file")
    named = world.vitrt.Engine(world.plan, tune_file=tune)
    assert named.tuned_steps == 0 and named.tune_note, named.tune_note
    untuned = world.vitrt.Engine(world.plan, tune_file="")
    assert untuned.tuned_steps == 0 and untuned.tune_note == "", untuned.tune_note


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
        (vitrt.InvalidArgument, lambda: session.run_file(data, thresholds=float("nan"))),
        (vitrt.InvalidArgument, lambda: session.run_file(data, thresholds=[float("nan")] * len(world.engine.exits))),
        (vitrt.InvalidArgument, lambda: session.run_file(data, thresholds=[world.numpy.float32("nan")])),
        (vitrt.InvalidArgument, lambda: session.run_file(data, deadline_ms=float("nan"))),
        (vitrt.InvalidArgument, lambda: vitrt.Session(world.engine, threads=-1)),
        (vitrt.InvalidArgument, lambda: session.run_frames([world.numpy.zeros((4, 4, 2), world.numpy.uint8)])),
        (TypeError, lambda: session.run_frames([world.numpy.zeros((4, 4), world.numpy.float64)])),
    ]
    for kind, call in cases:
        raises(kind, call)
        assert kind is TypeError or issubclass(kind, vitrt.Error)


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
def files_come_as_paths_and_as_any_bytes(world):
    session = world.vitrt.Session(world.engine, threads=1)
    line = world.lines[0]
    path = pathlib.Path(line["image"])
    data = path.read_bytes()
    apart = memoryview(bytes(b for byte in data for b in (byte, 0)))[::2]
    for file in (path, str(path), data, bytearray(data), memoryview(data), apart):
        same(session.run_file(file), line)
    for file, kind in ((3, TypeError), (b"", world.vitrt.BadInput), (path.with_name("missing.png"), FileNotFoundError)):
        raises(kind, lambda: session.run_file(file))


@check
def grey_and_16_bit_frames_are_classified_as_files(world):
    numpy, session = world.numpy, world.vitrt.Session(world.engine, threads=1)
    random = numpy.random.default_rng(7)
    grey = random.integers(0, 256, (48, 40), numpy.uint8)
    rgb = random.integers(0, 256, (48, 40, 3), numpy.uint8)
    for name, pixels, frames in (
        ("grey", grey, (grey, grey[:, :, None], grey.astype(numpy.uint16) << 8, (grey.astype(numpy.uint16) << 8)[:, :, None])),
        ("rgb", rgb, (rgb, rgb.astype(numpy.uint16) << 8)),
        ("bgr", rgb[:, :, ::-1], (rgb, rgb.astype(numpy.uint16) << 8)),
    ):
        file = world.folder / f"{name}.png"
        world.Image.fromarray(numpy.ascontiguousarray(pixels)).save(file)
        expected = session.run_file(file)
        for frame in frames:
            prediction = session.run_frame(frame, bgr=name == "bgr")
            assert (prediction.logits == expected.logits).all(), (name, frame.dtype, frame.shape)


@check
def a_batch_of_frames_gives_what_each_gives_alone(world):
    session = world.vitrt.Session(world.batched, threads=1, max_batch=3)
    frames = [world.numpy.asarray(world.Image.open(line["image"]).convert("RGB")) for line in world.lines[:3]]
    together = session.run_frames(frames)
    assert [a.label for a in together] == [line["label"] for line in world.lines[:3]]
    for frame, prediction in zip(frames, together):
        alone = session.run_frame(frame)
        assert (alone.logits == prediction.logits).all() and alone.confidence == prediction.confidence
    raises(world.vitrt.InvalidArgument, lambda: session.run_frames(frames + frames), "a batch of 6")
    raises(world.vitrt.InvalidArgument, lambda: session.run_frames([]))


@check
def what_is_no_frame_or_tensor_is_named_in_one_line(world):
    numpy, vitrt = world.numpy, world.vitrt
    session = vitrt.Session(world.engine, threads=1)
    frame = numpy.zeros((4, 4, 3), numpy.uint8)
    cases = [
        (vitrt.InvalidArgument, lambda: session.run_frames(frame), "run_frames([frame])"),
        (vitrt.InvalidArgument, lambda: session.run_frames(frame[:, :, 0]), "run_frames([frame])"),
        (TypeError, lambda: session.run_frames([frame.astype(numpy.float32)]), "float32"),
        (TypeError, lambda: session.run_frames([frame.astype(numpy.int16)]), "int16"),
        (TypeError, lambda: session.run_frames([b"abc"]), "bytes"),
        (vitrt.InvalidArgument, lambda: session.run_frame(numpy.zeros((4, 4, 4), numpy.uint16)), "uint16 [4, 4, 4]"),
        (vitrt.InvalidArgument, lambda: session.run_frame(frame[:, ::2]), "side by side"),
        (TypeError, lambda: session.run_tensor(numpy.zeros((1, 3, 4, 4))), "float64"),
        (TypeError, lambda: session.run_tensor([1.0]), "list"),
        (vitrt.BadInput, lambda: session.run_tensor(numpy.zeros((1, 3, 4, 4), numpy.float32)), ""),
    ]
    for kind, call, said in cases:
        raises(kind, call, said)


@check
def everything_says_what_it_is(world):
    session = world.vitrt.Session(world.engine, threads=1)
    prediction = session.run_file(world.lines[0]["image"])
    assert str(world.plan) in repr(world.engine) and world.engine.exits[-1].name in repr(world.engine)
    assert str(world.plan) in repr(session)
    assert prediction.label in repr(prediction) and prediction.exit in repr(prediction)
    assert f"name='{world.engine.exits[-1].name}'" in repr(world.engine.exits[-1])
    for thing in (world.engine, session, prediction):
        assert "\n" not in repr(thing) and "0x" not in repr(thing)


@check
def the_package_has_types(world):
    package = pathlib.Path(world.vitrt.__file__).parent
    assert (package / "py.typed").exists()
    session = world.vitrt.Session
    for function in (world.vitrt.Engine.__init__, session.__init__, session.run_file, session.run_frames, session.run_tensor):
        assert "return" in typing.get_type_hints(function), function


@check
def a_model_is_converted_by_a_function(world):
    if not (pathlib.Path(world.vitrt.__file__).parent / "bin").exists():
        import os
        os.environ["PATH"] = f"{BUILD}:{os.environ['PATH']}"
    plan = world.folder / "converted.plan"
    labels = MODEL.with_suffix(".labels.txt").read_text().split()
    recipe = json.loads(MODEL.with_suffix(".preprocess.json").read_text())
    summary = world.vitrt.convert(MODEL, plan, labels=labels, preprocess=recipe)
    assert summary["exits"], summary
    session = world.vitrt.Session(world.vitrt.Engine(plan), threads=1)
    same(session.run_file(world.lines[0]["image"]), world.lines[0])
    raises(world.vitrt.BadPlan, lambda: world.vitrt.convert(world.plan, plan))


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
        self.engine = vitrt.Engine(self.plan)
        batched = folder / "batched.plan"
        run(BUILD / "vitrt-convert", MODEL, "-o", batched, "--batch", 4, "--labels", MODEL.with_suffix(".labels.txt"),
            "--preprocess", MODEL.with_suffix(".preprocess.json"))
        self.batched = vitrt.Engine(batched)


def unpacked_wheel(folder):
    """What `pip wheel` makes of this tree, as it would be installed; with the build tools of this Python."""
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder / "wheels", ROOT / "runtime/python")
    (wheel,) = (folder / "wheels").iterdir()
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
    assert wheel.name.endswith(".whl") and "-py3-none-" in wheel.name, wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    assert any(re.search(r"dist-info/licenses/LICENSE$", name) for name in names), names
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        module = unpacked_wheel(folder) if "--wheel" in sys.argv else BUILD / "python"
        if "--wheel" not in sys.argv and re.search("^VITRT_SANITIZE:STRING=.", (BUILD / "CMakeCache.txt").read_text(), re.M):
            print("skipped: Python cannot load a sanitizer's library")
            print(f"0 passed, 0 failed, {len(CHECKS)} skipped")
            return 0
        sys.path.insert(0, str(module))
        world = World(folder)
        return run_checks((name, lambda _, check=check: check(world)) for name, check in named(*CHECKS))


if __name__ == "__main__":
    sys.exit(main())
