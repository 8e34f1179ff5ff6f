"""Fault injection: failures as they happen in a factory. fault_injection.py BUILD_DIR [--soak IMAGES]

Signals during a conversion, kill -9 of two watchers of one result file, a plan overwritten in place, a disk that fills up,
camera files cut short, too little memory. --soak classifies that many images in a row by `vitrt watch` and reports memory and file handles over time; without
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

from end_to_end import Skip, eventually, named, run_checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOAK = int(sys.argv[sys.argv.index("--soak") + 1]) if "--soak" in sys.argv else 0
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = next(ROOT.glob("models/*/vit_defects.onnx"))
SAMPLES = ROOT / "models/defects/samples"
OLD_PLAN = b"VITRTPLN, the old one"  # begins as a plan does
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
    process.records = lambda: [json.loads(line) for line in read(str(folder) + ".jsonl").splitlines()]
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
    missing, out = 0, folder / "out"
    out.mkdir()

    def kill(target, after, number):
        options = ["--verify"] if number % 2 else []
        process = subprocess.Popen(convert(target) + options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, after))
        process.send_signal((signal.SIGKILL, signal.SIGINT, signal.SIGTERM)[number % 3])
        process.wait()
        assert set(os.listdir(out)) <= {target.name}, os.listdir(out)  # nothing half done beside it

    target = out / "killed.plan"
    for i in range(30):
        target.unlink(missing_ok=True)
        kill(target, 1.2 * length, i)
        missing += not target.exists()
        assert not target.exists() or target.read_bytes() == whole
    target.unlink(missing_ok=True)
    # ... and what was there stays as it was, until a whole plan takes its place.
    kept = out / "kept.plan"
    old = 0
    for i in range(12):
        kept.write_bytes(OLD_PLAN)
        kill(kept, 1.2 * length, i)
        now = kept.read_bytes()
        assert now in (OLD_PLAN, whole)
        old += now != whole
    print(f"  30 signals: {missing} without a plan, {30 - missing} with a whole one; 12 over an old file: {old} kept it")


def a_conversion_that_fails_leaves_the_old_plan(plan, folder):
    target = folder / "old.plan"
    target.write_bytes(OLD_PLAN)
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000)))
    result = subprocess.run(convert(target), capture_output=True, text=True, preexec_fn=limit)
    assert result.returncode == 1 and "File too large" in result.stderr, result.stderr
    for arguments in ([MODEL, "-o", MODEL], [MODEL, "-o", target, "--labels", target]):
        before = MODEL.read_bytes()
        result = subprocess.run([str(BUILD / "vitrt-convert"), *map(str, arguments)], capture_output=True, text=True)
        assert result.returncode == 2, (arguments, result.stderr)
        assert MODEL.read_bytes() == before
    assert target.read_bytes() == OLD_PLAN and os.listdir(folder) == ["old.plan"], os.listdir(folder)
    run(convert("/dev/null"))
    assert not os.path.isfile("/dev/null")


def two_watchers_of_one_file_killed_again_and_again_lose_and_repeat_nothing(plan, folder):
    random.seed(11)
    image = sorted(SAMPLES.glob("*.png"))[0].read_bytes()
    lines = [folder / "a", folder / "b"]
    out, table = folder / "out.jsonl", folder / "out.csv"

    def command(line, *more):
        return [str(BUILD / "vitrt"), "watch", str(plan), str(line), "--json-out", str(out), "--csv-out", str(table),
                "--settle", "0.05", "--threads", "1", "--out-max-mb", "0.02", *more]

    for line in lines:
        line.mkdir()
    images = 0
    for _ in range(15):
        watchers = [subprocess.Popen(command(line), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for line in lines]
        for _ in range(8):
            for line in lines:
                part = line / ".part"
                part.write_bytes(image + str(images).encode())
                part.rename(line / f"{images}.png")
            images += 1
        for watcher in watchers:
            time.sleep(random.uniform(0, 0.2))
            watcher.kill()
            watcher.wait()
    for line in lines:
        run(command(line, "--once"))
    parts = lambda path: [p for p in folder.iterdir() if p.name.startswith(path.name)]
    records = [json.loads(each)["image"] for part in parts(out) for each in part.read_text().splitlines()]
    rows = [each.split(",")[0] for part in parts(table) for each in part.read_text().splitlines() if not each.startswith("image,")]
    expected = sorted(str(line / f"{i}.png") for line in lines for i in range(images))
    assert sorted(records) == expected, (len(records), len(set(records)), len(expected))
    assert sorted(rows) == expected, (len(rows), len(set(rows)), len(expected))
    print(f"  30 kills, {len(expected)} images, {len(parts(out))} files of records: each once in both")


def a_plan_cut_in_place_does_not_hurt_what_runs_without_mmap(plan, folder):
    mine = folder / "mine.plan"
    shutil.copyfile(plan, mine)
    images = sorted(SAMPLES.glob("*.png"))
    (folder / "line").mkdir()
    with watching(mine, folder / "line", "--no-mmap") as watch:
        deliver(images[0], folder / "line", "before.png")
        assert eventually(lambda: len(watch.records()) == 1)
        os.truncate(mine, 100)
        deliver(images[0], folder / "line", "after.png")
        assert eventually(lambda: len(watch.records()) == 2)
        before, after = watch.records()
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
        assert eventually(lambda: len(watch.records()) == 11)
        assert sum("error" in record for record in watch.records()) == 10
        (line / "5.png").write_bytes(data)  # the camera tries again
        assert eventually(lambda: len(watch.records()) == 12)
        assert "error" not in watch.records()[-1]


def a_full_disk_stops_no_image_and_loses_none(plan, folder):
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
        records = small / "records.jsonl"
        command = [str(BUILD / "vitrt"), "watch", str(plan), str(line), "--json-out", str(records), "--settle", "0.1",
                   "--threads", "1", "--log", str(small / "run.jsonl"), "--metrics", str(folder / "full.prom")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as watch:
            for i in range(150):
                deliver(images[i % len(images)], line, f"{i:03}.png")
            assert eventually(lambda: os.statvfs(small).f_bavail == 0)
            time.sleep(0.5)
            assert watch.poll() is None
            subprocess.run(["mount", "-o", "remount,size=10m", str(small)], check=True)
            whole = lambda: len({json.loads(each)["image"] for each in records.read_text().splitlines()}) == 150
            assert eventually(whole), len(records.read_text().splitlines())
            watch.send_signal(signal.SIGTERM)
            errors = watch.communicate(timeout=60)[1]
            lines = [json.loads(each) for each in records.read_text().splitlines()]
            assert len(lines) == 150, len(lines)
            assert "could not be logged" in errors or watch.returncode == 0, errors
            assert "No space left" in errors, errors
            # What is said, counted and written is the same.
            metrics = dict(each.rsplit(" ", 1) for each in read(folder / "full.prom").splitlines() if not each.startswith("#"))
            counted = sum(int(n) for name, n in metrics.items() if name.startswith("vitrt_images_total"))
            logged = len((small / "run.jsonl").read_text().splitlines())
            lost = int(metrics["vitrt_log_lines_lost_total"])
            assert counted == 150 and logged + lost == 150, (counted, logged, lost)
            assert "classified 150 images" in errors and (lost == 0 or f"{lost} predictions could not be logged" in errors), errors
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
    samples, records = [], GrowingFile(str(line) + ".jsonl")
    with watching(small, line, "--log", folder / "soak.log.jsonl", "--metrics", folder / "soak.prom", "--shadow", 0.01) as watch:
        proc = pathlib.Path("/proc") / str(watch.pid)
        started = time.monotonic()
        for i in range(SOAK):
            deliver(images[i % len(images)], line, f"{i}.ppm")
            if i % 1000 == 999:  # a consumer that removes what is classified
                classified = i + 1
                assert eventually(lambda: records.count() >= classified, 300)
                for old in line.glob("*.ppm"):
                    old.unlink()
            if i % (SOAK // 10) == SOAK // 10 - 1:
                resident = int(next(l for l in (proc / "status").read_text().splitlines() if l.startswith("VmRSS")).split()[1])
                samples.append((i + 1, resident, len(list((proc / "fd").iterdir()))))
                print("  {:7} images: {} KiB resident, {} handles".format(*samples[-1]), flush=True)
        seconds = time.monotonic() - started
        assert records.count() == SOAK
        assert len({record["image"] for record in watch.records()}) == SOAK
    print(f"  {SOAK / seconds:.0f} images a second, journals {sum(p.stat().st_size for p in STATE.rglob('watch-*'))} bytes")
    assert samples[-1][2] == samples[0][2]
    assert samples[-1][1] - samples[0][1] < 1024, "resident memory grew by a MiB"


def main():
    checks = named(a_kill_during_a_conversion_leaves_no_half_plan, a_conversion_that_fails_leaves_the_old_plan,
                   two_watchers_of_one_file_killed_again_and_again_lose_and_repeat_nothing, a_plan_cut_in_place_does_not_hurt_what_runs_without_mmap,
                   camera_files_cut_short_are_said_and_left, a_full_disk_stops_no_image_and_loses_none,
                   too_little_memory_is_an_error_and_no_crash, many_images_in_a_row_keep_memory_and_handles_flat)
    with tempfile.TemporaryDirectory() as temporary:
        global STATE
        STATE = pathlib.Path(temporary) / "state"
        os.environ["XDG_STATE_HOME"] = str(STATE)  # of the journals
        plan = pathlib.Path(temporary) / "model.plan"
        run(convert(plan))
        return run_checks((name, lambda folder, check=check: check(plan, folder)) for name, check in checks)


if __name__ == "__main__":
    sys.exit(main())
