"""vitrt where something that a usual Linux has is missing: hard_places.py BUILD_DIR|ARCHIVE. Ends with "N passed, N failed, N skipped".

Each place converts a shipped model with --verify, classifies images, writes an answer through a pipe and watches a folder; every answer
must be that of the usual place. Places that are made by mounts need root. ARCHIVE: vitrt-VERSION-linux-x86_64.tar.xz, which is unpacked.
"""

import ctypes
import functools
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

from end_to_end import Skip, named, run_checks

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNPACKED = tempfile.TemporaryDirectory()
MODULE = pathlib.Path(sys.argv[1]).resolve() / "python"  # of a build only


def programs(given):
    """The folder of vitrt and vitrt-convert."""
    if given.is_dir():
        return given
    with tarfile.open(given) as tar:
        tar.extractall(UNPACKED.name)
    (folder,) = pathlib.Path(UNPACKED.name).glob("*/bin")
    return folder


PROGRAMS = programs(pathlib.Path(sys.argv[1]).resolve())
MODEL = next(ROOT.glob("models/*/early_exit_vit_defects.onnx"))
SAMPLES = ROOT / "models/defects/samples"
EVERY_IMAGE = len(list(SAMPLES.iterdir()))
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def start(command, expected=0, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == expected, (command, done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done


def answers(lines):
    """What must be the same everywhere: by image, the label, the exit and the confidence with all its digits."""
    records = [json.loads(line) for line in lines.splitlines()]
    return {pathlib.Path(r["image"]).name: (r["label"], r["exit"], r["confidence"]) for r in records}


def convert(plan, model=MODEL):
    return [PROGRAMS / "vitrt-convert", model, "-o", plan, "--verify", "--labels", MODEL.with_suffix(".labels.txt"), "--preprocess",
            MODEL.with_suffix(".preprocess.json")]


def through_a_pipe(folder, command, **options):
    """What a command writes to folder/pipe."""
    os.mkfifo(folder / "pipe")
    with open(folder / "piped", "wb") as file, subprocess.Popen(["cat", folder / "pipe"], stdout=file) as reader:
        try:
            start(command, **options)
            reader.wait(timeout=60)
        finally:
            reader.kill()
    return (folder / "piped").read_bytes()


def work(folder, place=(), **options):
    """The same work in a place: `place` is put before each command, `options` go to subprocess."""
    folder.mkdir(exist_ok=True)
    plan, images = folder / "e.plan", folder / "in"
    shutil.copytree(SAMPLES, images)
    start([*place, *convert(plan)], **options)
    assert through_a_pipe(folder, [*place, *convert(folder / "pipe")], **options) == plan.read_bytes()
    said = answers(start([*place, PROGRAMS / "vitrt", "infer", plan, SAMPLES, "--json", "--threads", 2, "--threshold", 0.9], **options).stdout)
    start([*place, PROGRAMS / "vitrt", "watch", plan, images, "--once", "--json-out", folder / "out.jsonl", "--journal", folder / "journal",
           "--threads", 2, "--threshold", 0.9], **options)
    watched = answers((folder / "out.jsonl").read_text())
    assert watched == said and len(said) == EVERY_IMAGE, (said, watched)
    return said


@functools.cache
def usual():
    """The answers of the usual place."""
    with tempfile.TemporaryDirectory() as folder:
        return work(pathlib.Path(folder))


def mounts(*commands):
    """A prefix: these mounts, then the command, in a mount namespace of its own."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        raise Skip("mount namespaces need root, and a root that is no chroot")
    return ["unshare", "-m", "sh", "-ec", "; ".join([*commands, 'exec "$@"']), "sh"]


SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
ENOSYS, EISDIR, EMFILE = 38, 21, 24
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of classic BPF, linux/bpf_common.h
CALL, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
OPENAT, INOTIFY_INIT1, FIRST_AFTER_3_10 = 257, 294, 314  # system calls of x86-64
O_TMPFILE = 0o20000000


def refuse(*program):
    """A preexec_fn that installs a seccomp filter: pairs of an opcode with its operand and jumps, as in seccomp(2)."""
    code = b"".join(struct.pack("HBBI", *line) for line in program)

    def install():
        libc = ctypes.CDLL(None, use_errno=True)
        memory = ctypes.create_string_buffer(code, len(code))
        filters = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(memory))
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.c_char_p(filters), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")
    return install


LINUX_3_10 = refuse((LOAD, 0, 0, CALL),
                    (AT_LEAST, 3, 0, FIRST_AFTER_3_10),
                    (EQUAL, 0, 4, OPENAT),
                    (LOAD, 0, 0, ARGUMENTS + 2 * 8),  # flags
                    (ANY_BIT, 1, 2, O_TMPFILE),
                    (RETURN, 0, 0, SECCOMP_RET_ERRNO | ENOSYS),
                    (RETURN, 0, 0, SECCOMP_RET_ERRNO | EISDIR),
                    (RETURN, 0, 0, SECCOMP_RET_ALLOW))
NO_MORE_WATCHES = refuse((LOAD, 0, 0, CALL), (EQUAL, 0, 1, INOTIFY_INIT1), (RETURN, 0, 0, SECCOMP_RET_ERRNO | EMFILE),
                         (RETURN, 0, 0, SECCOMP_RET_ALLOW))


@check
def on_a_kernel_without_the_system_calls_that_came_after_linux_3_10(folder):
    """No memfd_create, getrandom, statx, renameat2, O_TMPFILE, ...: what CentOS 7 has."""
    probe = "import os, sys\ntry: os.memfd_create('x')\nexcept OSError as error: sys.exit(error.errno)"
    assert subprocess.run([sys.executable, "-c", probe], preexec_fn=LINUX_3_10).returncode == ENOSYS, "the filter does not refuse"
    assert work(folder, preexec_fn=LINUX_3_10) == usual()


@check
def without_a_free_inotify_instance_watch_says_what_to_raise(folder):
    start(convert(folder / "e.plan"))
    done = start([PROGRAMS / "vitrt", "watch", folder / "e.plan", SAMPLES, "--once", "--journal", folder / "journal"], expected=1,
                 preexec_fn=NO_MORE_WATCHES)
    assert "fs.inotify.max_user_instances" in done.stderr, done.stderr


@check
def on_a_read_only_root(folder):
    """Everything is read-only but the folder of the answers."""
    place = mounts(f"mount --bind {folder} {folder}", "mount -o remount,bind,ro /")
    assert work(folder, place, cwd="/", env={"PATH": os.environ["PATH"]}) == usual()
    done = start([*place, *convert("/vitrt.plan")], expected=1, cwd="/")
    assert "Read-only file system" in done.stderr and len(done.stderr.splitlines()) <= 2, done.stderr
    start([*place, PROGRAMS / "vitrt", "bench", folder / "e.plan", "--warmup", 0.05, "--duration", 0.2])
    done = start([*place, PROGRAMS / "vitrt", "infer", folder / "e.plan", SAMPLES, "--log", "/log.jsonl"], expected=1)
    assert "/log.jsonl" in done.stderr and "Read-only file system" in done.stderr, done.stderr


@check
def without_dev_shm(folder):
    assert work(folder, mounts("umount -l /dev/shm 2>/dev/null || true", "test ! -e /dev/shm || mount -o ro -t tmpfs none /dev/shm")) == usual()


@check
def without_proc_and_sys(folder):
    assert work(folder, mounts("mount -t tmpfs -o ro none /proc", "mount -t tmpfs -o ro none /sys")) == usual()


@check
def without_a_home_a_folder_for_temporary_files_and_an_environment(folder):
    assert work(folder, cwd="/", env={"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}) == usual()
    assert work(folder / "empty", cwd="/", env={}) == usual()


@check
def in_a_locale_with_decimal_commas(folder):
    """The programs, and a host program that set the locale before it loads a plan."""
    if not shutil.which("localedef"):
        raise Skip("localedef is not there")
    start(["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"])
    german = {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "PATH": os.environ["PATH"]}
    comma = "import locale; locale.setlocale(locale.LC_ALL, ''); assert locale.str(0.5) == '0,5', locale.str(0.5)\n"
    start([sys.executable, "-c", comma], env=german)
    assert work(folder / "work", env=german) == usual()
    if not MODULE.exists():
        return "the programs only"
    program = comma + f"""import vitrt
vitrt.convert({str(MODEL)!r}, 'm.plan', labels={str(MODEL.with_suffix('.labels.txt'))!r}, preprocess={str(MODEL.with_suffix('.preprocess.json'))!r})
prediction = vitrt.Session(vitrt.Engine('m.plan')).run_file({str(SAMPLES / 'break_easy.png')!r}, thresholds=0.9)
print(prediction.label, repr(prediction.confidence))"""
    label, confidence = start([sys.executable, "-c", program], env={**german, "PYTHONPATH": str(MODULE), "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}, cwd=folder).stdout.split()
    expected = usual()["break_easy.png"]
    assert label == expected[0] and abs(float(confidence) - expected[2]) < 1e-6, (label, confidence, expected)


@check
def where_paths_are_longer_than_260_characters(folder):
    deep = folder / pathlib.Path(*["Prüfstand-" + "x" * 80] * 5)
    deep.mkdir(parents=True)
    assert len(str(deep)) > 400
    assert work(deep) == usual()


@check
def with_few_file_handles(folder):
    assert work(folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))) == usual()


@check
def on_a_cpu_below_sse41(folder):
    """One line that says what is missing, no illegal instruction."""
    emulator = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    if not emulator:
        raise Skip("qemu-x86_64 is not there")
    start(convert(folder / "e.plan"))
    for program in ([PROGRAMS / "vitrt", "infer", folder / "e.plan", SAMPLES], convert(folder / "again.plan")):
        done = start([emulator, "-cpu", "Conroe", *program], expected=5)
        assert "SSE4.1" in done.stderr and len(done.stderr.splitlines()) <= 2, done.stderr


if __name__ == "__main__":
    sys.exit(run_checks(named(*CHECKS)))
