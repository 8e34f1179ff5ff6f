"""What ./dev package left, checked end to end: portable.py DIST BUILD. Ends with "N passed, N failed, N skipped".

DIST is the folder of archives, BUILD the ordinary build of the same tree, which must give the same bits.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from end_to_end import named, run_checks  # noqa: E402

DIST, BUILD = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
SYSTEM = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "ld-linux-x86-64.so.2"}
NEWEST = (2, 17)  # glibc
MOST_MB = {"*-linux-x86_64.tar.xz": 12, "*.whl": 6}
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, (command, done.returncode, done.stderr)
    return done.stdout


def plain(pattern):
    """The one archive of that name that is not oneDNN's."""
    (path,) = [p for p in DIST.glob(pattern) if "onednn" not in p.name]
    return path


@check
def nothing_but_an_old_glibc_is_needed(world):
    for file in world.binaries:
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", file)))
        assert needed <= SYSTEM | {"libvitrt.so.0"}, (file, needed)
        versions = re.findall(r"Name: (\w+?)_([0-9.]+)", run("readelf", "-VW", file))
        assert {name for name, _ in versions} <= {"GLIBC"}, (file, versions)
        newest = max(tuple(map(int, number.split("."))) for _, number in versions)
        assert newest <= NEWEST, (file, newest)
        print(f"  {file.name}: glibc {'.'.join(map(str, newest))}, {file.stat().st_size / 1e6:.1f} MB", flush=True)


@check
def wide_instructions_stand_only_in_the_code_of_their_tier(world):
    """ymm or zmm registers, or three operands on xmm: only in functions of a tier's table, and of libjpeg-turbo's, which asks
    the CPU. That covers static initialisers: they are functions of other names."""
    allowed = re.compile(r"^(.*(avx|Avx).*|jsimd_.*|.*\$avx.*)$")
    wide = re.compile(r"\t(v[a-z0-9]+)\s.*%[xyz]mm|%[yz]mm")
    library = next(world.unpacked.glob("build-portable/runtime/libvitrt.so*"), None) or BUILD.parent / "build-portable/runtime/libvitrt.so"
    function, bad, seen = "", {}, 0
    with subprocess.Popen(["objdump", "-d", "-C", "--no-show-raw-insn", str(library)], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.endswith(">:\n"):
                function = line.split("<", 1)[1][:-3]
            elif wide.search(line):
                seen += 1
                if not allowed.match(function):
                    bad[function] = bad.get(function, 0) + 1
    assert seen > 10000, f"only {seen} wide instructions: the tiers are missing"
    assert not bad, f"{len(bad)} functions, such as {sorted(bad.items(), key=lambda e: -e[1])[:5]}"


@check
def archives_are_small_enough_and_hold_licences(world):
    for pattern, most in MOST_MB.items():
        megabytes = plain(pattern).stat().st_size / 1e6
        print(f"  {plain(pattern).name}: {megabytes:.2f} MB", flush=True)
        assert megabytes <= most, (pattern, megabytes)
    sources = [line.split()[0] for line in (ROOT / "packages/portable/sources.txt").read_text().splitlines() if line[:1] not in "#"]
    assert len(sources) > 8
    wheel = zipfile.ZipFile(plain("*.whl")).namelist()
    for name in (*sources, "vitrt", "zig"):
        assert (world.top / "share/doc/vitrt/licences" / name).stat().st_size > 100, name
        assert any(n.endswith(f"dist-info/licences/{name}") for n in wheel), name
    bill = json.loads((world.top / "share/doc/vitrt/sbom.spdx.json").read_text())
    assert {p["name"] for p in bill["packages"]} >= {*sources, "vitrt", "ziglang"}


@check
def sums_are_right_and_the_same_tree_gives_the_same_bytes(world):
    sums = dict(reversed(line.split()) for line in (DIST / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {p.name for p in DIST.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((DIST / name).read_bytes()).hexdigest() == digest, name
    again = world.folder / "again"
    run("bash", "-ec", f"source dev.d/package.sh; archives {again}", cwd=ROOT)
    for path in again.iterdir():
        if path.name != "SHA256SUMS":
            assert path.read_bytes() == (DIST / path.name).read_bytes(), path.name


@check
def logits_and_confidences_have_the_bits_of_the_ordinary_build(world):
    compared = 0
    for model in sorted(ROOT.glob("models/*/*_defects.onnx")):
        options = ["--labels", model.with_suffix(".labels.txt"), "--preprocess", model.with_suffix(".preprocess.json")]
        plans = []
        for name, program in (("portable", world.top / "bin/vitrt-convert"), ("ordinary", BUILD / "vitrt-convert")):
            plans.append(world.folder / f"{name}.plan")
            run(program, model, "-o", plans[-1], *options)
        assert plans[0].read_bytes() == plans[1].read_bytes(), f"{model.name}: other plans"
        for isa in ("sse41", "avx", "avx2", "avx512"):
            for policy in ("max-prob", "margin", "entropy"):
                lines = []
                for program in (world.top / "bin/vitrt", BUILD / "vitrt"):
                    out = run(program, "infer", plans[0], ROOT / "models/defects/samples", "--json", "--isa", isa, "--threads", 2,
                              "--exit-policy", policy, "--top", 4)
                    lines.append([{k: v for k, v in json.loads(line).items() if "ms" not in k} for line in out.splitlines()])
                assert lines[0] == lines[1], (model.name, isa, policy)
                compared += len(lines[0])
            for program in (world.top / "bin/vitrt", BUILD / "vitrt"):
                run(program, "infer", plans[0], ROOT / "models/defects/samples/none_hard.png", "--dump-input", world.folder / "x.npy")
                run(program, "infer", plans[0], "--tensor", world.folder / "x.npy", "--isa", isa, "--all-exits", "--outputs",
                    world.folder / program.parent.name)
            for path in (world.folder / "bin").iterdir():
                assert path.read_bytes() == (world.folder / BUILD.name / path.name).read_bytes(), (model.name, isa, path.name)
    print(f"  {compared} predictions", flush=True)
    assert compared


@check
def the_wheel_classifies_in_four_lines(world):
    site = world.folder / "site"
    zipfile.ZipFile(plain("*.whl")).extractall(site)
    (site / "vitrt/bin/vitrt-convert").chmod(0o755)
    program = f"""import vitrt
vitrt.convert({str(ROOT / 'models/defects/vit_defects.onnx')!r}, 'm.plan', labels={str(ROOT / 'models/defects/vit_defects.labels.txt')!r})
session = vitrt.Session(vitrt.Engine('m.plan'))
print(session.run_file({str(ROOT / 'models/defects/samples/break_easy.png')!r}))"""
    said = run(sys.executable, "-c", program, cwd=world.folder, env={**os.environ, "PYTHONPATH": str(site)})
    assert re.match(r"<vitrt.Prediction \w+, confidence 0\.\d+, exit", said), said


@check
def auditwheel_names_the_platform_of_the_wheel(world):
    said = run(sys.executable, "-m", "auditwheel", "show", plain("*.whl"))
    assert re.search(r'following platform tag:\s+"manylinux_2_17_x86_64"', said), said


class World:
    def __init__(self, folder):
        self.folder = self.unpacked = folder
        with tarfile.open(plain("*-linux-x86_64.tar.xz")) as tar:
            tar.extractall(folder)
        (self.top,) = folder.iterdir()
        self.binaries = [p for p in (*(self.top / "bin").iterdir(), *(self.top / "lib").glob("*.so*")) if not p.is_symlink()]


def main():
    with tempfile.TemporaryDirectory() as folder:
        world = World(pathlib.Path(folder))
        return run_checks((name, lambda _, check=check: check(world)) for name, check in named(*CHECKS))


if __name__ == "__main__":
    sys.exit(main())
