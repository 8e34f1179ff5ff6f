"""What goes wrong in a factory, done to the programs on purpose. bad_days.py BUILD_DIR [--soak IMAGES]

kill -9 during a conversion, a plan overwritten in place, a disk that fills up, camera files cut short, too little
memory. --soak answers that many images in a row by `vitrt watch` and reports memory and file handles over time; without
it that is skipped.
Ends with "N passed, N failed, N skipped".
"""

import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from outside import Skip, named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOAK = int(sys.argv[sys.argv.index("--soak") + 1]) if "--soak" in sys.argv else 0
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = next(ROOT.glob("models/*/vit_defects.onnx"))
SAMPLES = ROOT / "models/defects/samples"
SMALL_MODEL = ROOT / "tests/golden/vit_token_ts17.onnx"


def convert(plan):
    return [str(BUILD / "vitrt-convert"), str(MODEL), "-o", str(plan), "--labels", str(MODEL.with_suffix(".labels.txt")),
            "--preprocess", str(MODEL.with_suffix(".preprocess.json"))]


def with_memory(limit, command):
    """(exit code, what was said on stderr) of the command in `limit` bytes of address space."""
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    return result.returncode, result.stderr


def run(command, expected=0):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert result.returncode == expected, (command, result.returncode, result.stderr)
    return result


@contextlib.contextmanager
def watching(plan, folder, *options):
    """vitrt watch on `folder`; ended by SIGTERM, which must leave exit code 0."""
    process = subprocess.Popen([str(BUILD / "vitrt"), "watch", str(plan), str(folder), "--json-out", str(folder) + ".jsonl",
                                "--settle", "0.1", "--threads", "1", *map(str, options)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    process.answers = lambda: [json.loads(line) for line in read(str(folder) + ".jsonl").splitlines()]
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        process.errors = process.communicate(timeout=60)[1]
        assert process.returncode == 0, (process.returncode, process.errors)
    finally:
        if process.poll() is None:
            process.kill()


def read(path):
    return pathlib.Path(path).read_text() if os.path.exists(path) else ""


class GrowingFile:
    """Counts the lines of a file that grows, reading each byte once."""

    def __init__(self, path):
        self.path, self.at, self.lines = path, 0, 0

    def count(self):
        if os.path.exists(self.path):
            with open(self.path, "rb") as file:
                file.seek(self.at)
                new = file.read()
            self.at += len(new)
            self.lines += new.count(b"\n")
        return self.lines


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def deliver(image, folder, name):
    part = folder / ".part"
    shutil.copyfile(image, part)
    part.rename(folder / name)


def a_kill_during_a_conversion_leaves_no_half_plan(plan, folder):
    whole = plan.read_bytes()
    random.seed(7)
    started = time.monotonic()
    run(convert(folder / "timed.plan"))
    length = time.monotonic() - started
    missing = 0
    for _ in range(25):
        target = folder / "killed.plan"
        target.unlink(missing_ok=True)
        process = subprocess.Popen(convert(target), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, 1.2 * length))
        process.kill()
        process.wait()
        missing += not target.exists()
        assert not target.exists() or target.read_bytes() == whole
    # ... and a plan that was there stays whole.
    shutil.copyfile(plan, folder / "kept.plan")
    for _ in range(5):
        process = subprocess.Popen(convert(folder / "kept.plan"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, length))
        process.kill()
        process.wait()
        assert (folder / "kept.plan").read_bytes() == whole
    print(f"  25 kills: {missing} without a plan, {25 - missing} with a whole one")


def a_plan_cut_in_place_does_not_hurt_what_runs_without_mmap(plan, folder):
    mine = folder / "mine.plan"
    shutil.copyfile(plan, mine)
    images = sorted(SAMPLES.glob("*.png"))
    (folder / "line").mkdir()
    with watching(mine, folder / "line", "--no-mmap") as watch:
        deliver(images[0], folder / "line", "before.png")
        assert eventually(lambda: len(watch.answers()) == 1)
        os.truncate(mine, 100)
        deliver(images[0], folder / "line", "after.png")
        assert eventually(lambda: len(watch.answers()) == 2)
        before, after = watch.answers()
        assert before["probability"] == after["probability"] and before["label"] == after["label"]
    assert "the new plan is not used" in watch.errors, watch.errors


def camera_files_cut_short_are_said_and_left(plan, folder):
    line = folder / "cut"
    line.mkdir()
    image = sorted(SAMPLES.glob("*.png"))[0]
    data = image.read_bytes()
    with watching(plan, line) as watch:
        for i in range(10):
            (line / f"{i}.png").write_bytes(data[: len(data) * i // 10])
        deliver(image, line, "whole.png")
        assert eventually(lambda: len(watch.answers()) == 11)
        assert sum("error" in answer for answer in watch.answers()) == 10
        (line / "5.png").write_bytes(data)  # the camera tries again
        assert eventually(lambda: len(watch.answers()) == 12)
        assert "error" not in watch.answers()[-1]


def a_full_disk_stops_no_answer_and_loses_none(plan, folder):
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode != 0:
        raise Skip("mounting a small tmpfs needs root")
    try:
        (small / "ballast").write_bytes(b"x" * 4096)
        line = folder / "full"
        line.mkdir()
        images = sorted(SAMPLES.glob("*.png"))
        answers = small / "answers.jsonl"
        command = [str(BUILD / "vitrt"), "watch", str(plan), str(line), "--json-out", str(answers), "--settle", "0.1",
                   "--threads", "1", "--log", str(small / "run.jsonl")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as watch:
            for i in range(150):
                deliver(images[i % len(images)], line, f"{i:03}.png")
            assert eventually(lambda: os.statvfs(small).f_bavail == 0)
            time.sleep(0.5)
            assert watch.poll() is None
            subprocess.run(["mount", "-o", "remount,size=10m", str(small)], check=True)
            whole = lambda: len({json.loads(each)["image"] for each in answers.read_text().splitlines()}) == 150
            assert eventually(whole), len(answers.read_text().splitlines())
            watch.send_signal(signal.SIGTERM)
            errors = watch.communicate(timeout=60)[1]
            lines = [json.loads(each) for each in answers.read_text().splitlines()]
            assert len(lines) == 150, len(lines)
            assert "could not be logged" in errors or watch.returncode == 0, errors
            assert "No space left" in errors, errors
            for each in (small / "run.jsonl").read_text().splitlines():
                json.loads(each)
    finally:
        subprocess.run(["umount", str(small)], check=False)


def too_little_memory_is_an_error_and_no_crash(plan, folder):
    image = sorted(SAMPLES.glob("*.png"))[0]
    commands = {"load": [BUILD / "vitrt", "infer", plan, image, "--threads", 1],
                "load without mmap": [BUILD / "vitrt", "infer", plan, image, "--threads", 1, "--no-mmap"],
                "load, two threads": [BUILD / "vitrt", "infer", plan, image, "--threads", 2],
                "conversion": convert(folder / "small.plan")}
    for name, command in commands.items():
        # From where the system can start the program at all, until it has all it wants a few times in a row.
        step, limit, enough, refused = 96 << 10, 1 << 20, 0, 0
        while with_memory(limit, [command[0], "--version"])[0] != 0:
            limit += 1 << 20
        while enough < 40:
            code, errors = with_memory(limit, command)
            if code == 0:
                enough += 1
            else:
                enough, refused = 0, refused + 1
                # The PNG library says of some of its own allocations that the image is broken (4).
                assert code in (1, 3, 4) and errors.count("error:") == 1, (name, limit, code, errors)
                assert not (folder / "small.plan").exists()
            (folder / "small.plan").unlink(missing_ok=True)
            limit += step
        print(f"  {name}: {refused} limits refused, enough at {(limit >> 20)} MiB of address space")


def many_images_in_a_row_keep_memory_and_handles_flat(plan, folder):
    if not SOAK:
        raise Skip("--soak was not asked for")
    line = folder / "soak"
    line.mkdir()
    small = folder / "small.plan"
    run([BUILD / "vitrt-convert", SMALL_MODEL, "-o", small])
    images = [folder / f"{i}.ppm" for i in range(16)]
    for image in images:
        image.write_bytes(b"P6 32 32 255\n" + random.randbytes(32 * 32 * 3))
    samples, answers = [], GrowingFile(str(line) + ".jsonl")
    with watching(small, line, "--log", folder / "soak.log.jsonl", "--metrics", folder / "soak.prom", "--shadow", 0.01) as watch:
        proc = pathlib.Path("/proc") / str(watch.pid)
        started = time.monotonic()
        for i in range(SOAK):
            deliver(images[i % len(images)], line, f"{i}.ppm")
            if i % 1000 == 999:  # a consumer that clears what is answered
                answered = i + 1
                assert eventually(lambda: answers.count() >= answered, 300)
                for old in line.glob("*.ppm"):
                    old.unlink()
            if i % (SOAK // 10) == SOAK // 10 - 1:
                resident = int(next(l for l in (proc / "status").read_text().splitlines() if l.startswith("VmRSS")).split()[1])
                samples.append((i + 1, resident, len(list((proc / "fd").iterdir()))))
                print("  {:7} images: {} KiB resident, {} handles".format(*samples[-1]), flush=True)
        seconds = time.monotonic() - started
        assert answers.count() == SOAK
        assert len({answer["image"] for answer in watch.answers()}) == SOAK
    print(f"  {SOAK / seconds:.0f} images a second, journal {os.path.getsize(line / '.vitrt-watch')} bytes")
    assert samples[-1][2] == samples[0][2]
    assert samples[-1][1] - samples[0][1] < 1024, "resident memory grew by a MiB"


def main():
    checks = named(a_kill_during_a_conversion_leaves_no_half_plan, a_plan_cut_in_place_does_not_hurt_what_runs_without_mmap,
                   camera_files_cut_short_are_said_and_left, a_full_disk_stops_no_answer_and_loses_none,
                   too_little_memory_is_an_error_and_no_crash, many_images_in_a_row_keep_memory_and_handles_flat)
    with tempfile.TemporaryDirectory() as temporary:
        plan = pathlib.Path(temporary) / "model.plan"
        run(convert(plan))
        return run_checks((name, lambda folder, check=check: check(plan, folder)) for name, check in checks)


if __name__ == "__main__":
    sys.exit(main())
