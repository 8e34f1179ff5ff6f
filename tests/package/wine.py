"""What ./dev package made for Windows, checked under Wine: wine.py DIST BUILD WINDOWS. Ends with "N passed, N failed, N skipped".

DIST is the folder of archives, BUILD the ordinary build of the same tree, which must give the same bits, WINDOWS the build folder that
the zip was made of, whose test programs run here, too.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from end_to_end import Skip, eventually, named, run_checks  # noqa: E402

DIST, BUILD, WINDOWS = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
WINE = next((p for p in ("/usr/lib/wine/wine64", shutil.which("wine64"), shutil.which("wine")) if p and os.path.exists(p)), None)
SERVER = next((p for p in ("/usr/lib/wine/wineserver64", shutil.which("wineserver")) if p and os.path.exists(p)), None)
SYSTEM = {"kernel32.dll", "msvcrt.dll", "shell32.dll", "ws2_32.dll", "mswsock.dll", "psapi.dll", "advapi32.dll",
          "api-ms-win-core-synch-l1-2-0.dll"}  # the last from Windows 8 on
SAMPLES = ROOT / "models/defects/samples"
MODELS = sorted(ROOT.glob("models/*/*.onnx"))
EXPORTS = sorted(ROOT.glob("tests/golden/*.onnx")) + sorted(ROOT.glob("tests/golden/quantised/*.onnx"))
ISAS = ("sse41", "avx", "avx2", "avx512")
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def ended(*command, **options):
    """(status, stdout, stderr). By way of files: Wine's own processes would hold pipes open long after the program's end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = subprocess.run([str(c) for c in command], stdout=out, stderr=err, **options).returncode
        out.seek(0), err.seek(0)
        return status, out.read(), err.read()


def run(*command, **options):
    status, out, err = ended(*command, **options)
    assert status == 0, (command, status, err[-500:])
    return out


def timeless(lines):
    """Parsed JSON lines without the times in them."""
    def strip(value):
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if "ms" not in k and k != "time"}
        return [strip(v) for v in value] if isinstance(value, list) else value
    return [strip(json.loads(line)) for line in lines.splitlines()]


def file_words(model):
    words = []
    for option, ending in (("--labels", ".labels.txt"), ("--preprocess", ".preprocess.json")):
        if model.with_suffix(ending).exists():
            words += [option, model.with_suffix(ending)]
    return words


@check
def the_zip_is_in_order_and_made_twice_has_the_same_bytes(world):
    zipped = zipfile.ZipFile(world.archive)
    names = zipped.namelist()
    assert names == sorted(names) and len({e.date_time for e in zipped.infolist()}) == 1
    for name in ("bin/vitrt.exe", "bin/vitrt-convert.exe", "bin/vitrt.dll", "lib/libvitrt.dll.a", "include/vitrt/c.h", "licences/vitrt"):
        assert (world.top / name).stat().st_size > 0, name
    run("bash", "-ec", f"source dev.d/package.sh; windows_zip {world.folder / 'again'}", cwd=ROOT)
    assert (world.folder / "again" / world.archive.name).read_bytes() == world.archive.read_bytes()
    return f"{world.archive.stat().st_size / 1e6:.1f} MB"


@check
def nothing_but_the_dlls_of_windows_is_needed_and_the_c_interface_exported(world):
    for name in ("vitrt.exe", "vitrt-convert.exe", "vitrt.dll"):
        text = run("x86_64-w64-mingw32-objdump", "-p", world.top / "bin" / name).decode()
        needed = set(re.findall(r"dll name: (\S+)", text.lower()))
        assert needed <= SYSTEM, (name, needed - SYSTEM)
    table = text.split("[Ordinal/Name Pointer] Table", 1)[1].split("\n\n", 1)[0]
    exported = {line.split()[-1] for line in table.splitlines()[1:]}
    wanted = {line for line in (ROOT / "tests/c/abi_symbols.txt").read_text().splitlines() if line[:1] not in ("", "#")}
    assert exported == wanted, exported ^ wanted


@check
def plans_have_the_bytes_of_the_ordinary_build(world):
    other, compared = [], 0
    for model in MODELS + EXPORTS:
        for precision in ([], ["--precision", "int8"]) if model in MODELS else ([],):
            compared += 1
            plans = []
            for name, program in (("windows", world.convert), ("linux", [BUILD / "vitrt-convert"])):
                plans.append(world.folder / f"{model.stem}{len(precision)}.{name}.plan")
                run(*program, model, "-o", plans[-1], *file_words(model), *precision)
            if plans[0].read_bytes() != plans[1].read_bytes():
                other.append((model.name, *precision))
    assert not other, other
    return f"{compared} plans"


@check
def predictions_have_the_bits_of_the_ordinary_build_on_every_tier(world):
    compared = 0
    for model in MODELS:
        for kind in ("0", "2"):
            plan = world.folder / f"{model.stem}{kind}.linux.plan"
            for isa in ISAS:
                options = ["infer", plan, SAMPLES, "--json", "--isa", isa, "--threads", "2", "--top", "4"]
                lines = [timeless(run(*program, *options)) for program in (world.vitrt, [BUILD / "vitrt"])]
                assert lines[0] == lines[1], (model.name, kind, isa)
                compared += len(lines[0])
    return f"{compared} predictions"


@check
def logits_have_the_bits_of_the_ordinary_build_on_every_tier(world):
    compared = 0
    for model in EXPORTS[::4]:  # each start takes its time
        plan, tensor = world.folder / f"{model.stem}0.linux.plan", world.folder / "input.npy"
        run(BUILD / "vitrt", "infer", plan, SAMPLES / "none_hard.png", "--dump-input", tensor)
        for isa in ISAS:
            folders = []
            for name, program in (("windows", world.vitrt), ("linux", [BUILD / "vitrt"])):
                folders.append(world.folder / name)
                shutil.rmtree(folders[-1], ignore_errors=True)
                run(*program, "infer", plan, "--tensor", tensor, "--isa", isa, "--all-exits", "--outputs", folders[-1])
            for file in folders[1].iterdir():
                assert file.read_bytes() == (folders[0] / file.name).read_bytes(), (model.name, isa, file.name)
                compared += 1
    return f"{compared} tensors"


@check
def the_test_programs_pass(world):
    said, bad = [], []
    for program in sorted((WINDOWS / "tests/bin").glob("*.exe")):
        status, out, _ = ended(WINE, program, cwd=ROOT, env=world.env)
        counts = re.search(r"test cases: +(\d+) \| +(\d+) passed \| +(\d+) failed", out.decode(errors="replace"))
        if status not in (0, 77) or not counts:
            bad.append((program.stem, status, out[-600:]))
        said.append(f"{program.stem} {counts[2] if counts else '?'} of {counts[1] if counts else '?'}")
    print("  " + ", ".join(said), flush=True)
    assert said and not bad, bad


@check
def a_program_in_c_runs_on_the_dll(world):
    program = world.top / "bin/consumer.exe"
    run("x86_64-w64-mingw32-gcc-posix", "-std=c99", ROOT / "tests/package/consumer.c", "-o", program, "-I", world.top / "include",
        world.top / "lib/libvitrt.dll.a")
    plan = world.folder / "dynp_magnetic_tile0.linux.plan"
    image = SAMPLES / "break_easy.png"
    said = run(WINE, program, plan, image, env=world.env).decode().split()
    expected = json.loads(run(BUILD / "vitrt", "infer", plan, image, "--json"))
    assert said == ["class", str(expected["class"]), "exit", str(expected["exit"]["index"])], (said, expected)


@check
def names_in_utf_8_and_paths_of_more_than_260_characters_work(world):
    folder = world.folder / "Prüfung 図 \U0001f600"
    for letter in "abc":
        folder /= letter * 100
    folder.mkdir(parents=True)
    image, plan = folder / "Bild é.png", folder / "plan.plan"
    shutil.copy(SAMPLES / "break_easy.png", image)
    run(*world.convert, MODELS[0], "-o", plan, *file_words(MODELS[0]))
    line = json.loads(run(*world.vitrt, "infer", plan, folder, "--json"))
    assert line["image"].endswith("/Bild é.png"), line
    assert line["label"] == json.loads(run(BUILD / "vitrt", "infer", plan, image, "--json"))["label"]
    return f"{len(str(image))} characters"


@check
def watch_classifies_images_as_they_come_and_after_a_kill(world):
    plan, folder, out = world.folder / "dynp_magnetic_tile0.linux.plan", world.folder / "in", world.folder / "out.jsonl"
    folder.mkdir()
    shutil.copy(SAMPLES / "break_easy.png", folder / "there.png")
    command = [*world.vitrt, "watch", plan, folder, "--json-out", out, "--journal", world.folder / "journal", "--settle", "0.2",
               "--rescan", "600", "--done", world.folder / "done"]

    def lines():
        return [json.loads(line)["image"].rsplit("/", 1)[1] for line in out.read_text().splitlines()] if out.exists() else []

    for first, names in ((0, ["there.png", "copied.png", "renamed.png"]), (3, ["second.png"])):
        with subprocess.Popen([str(c) for c in command], env=world.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
            try:
                assert eventually(lambda: len(lines()) == 1 or first > 0), "the image that was there"
                time.sleep(1)
                for name in names:
                    if name == "renamed.png":
                        shutil.copy(SAMPLES / "none_easy.png", folder / "later.part")
                        (folder / "later.part").rename(folder / name)
                    elif name != "there.png":
                        shutil.copy(SAMPLES / "crack_easy.png", folder / name)
                assert eventually(lambda: len(lines()) == first + len(names)), (names, lines())
                assert eventually(lambda: not list(folder.iterdir())), list(folder.iterdir())
            finally:
                watch.kill()
    assert sorted(lines()) == ["copied.png", "renamed.png", "second.png", "there.png"], lines()
    assert len(list((world.folder / "done").iterdir())) == 4


@check
def serve_answers_as_infer_does(world):
    plan, image = world.folder / "dynp_magnetic_tile0.linux.plan", SAMPLES / "break_easy.png"
    body = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"content_type": "base64"},
                        "data": [base64.b64encode(image.read_bytes()).decode()]}]}
    with subprocess.Popen([*world.vitrt, "serve", f"m={plan}", "--port", "0", "--json"], env=world.env, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as serve:
        try:
            line = serve.stdout.readline()
            assert line, "no line with the address"
            request = urllib.request.Request(json.loads(line)["url"] + "/v2/models/m/infer", json.dumps(body).encode())
            answer = {o["name"]: o["data"][0] for o in json.load(urllib.request.urlopen(request, timeout=60))["outputs"]}
        finally:
            serve.kill()
    expected = json.loads(run(BUILD / "vitrt", "infer", plan, image, "--json"))
    assert (answer["label"], answer["confidence"]) == (expected["label"], expected["confidence"]), (answer, expected)


@check
def what_is_left_out_says_so(world):
    folder, plan = world.folder / "none", world.folder / "dynp_magnetic_tile0.linux.plan"
    folder.mkdir()
    for option, value, what in (("--mqtt", "mqtt://127.0.0.1/x", b"no MQTT"), ("--modbus", "127.0.0.1:0", b"no Modbus")):
        status, _, err = ended(*world.vitrt, "watch", plan, folder, "--once", option, value)
        assert status == 2 and what in err, (option, status, err)


class World:
    """The unpacked zip, and a Wine of its own."""

    def __init__(self, folder):
        self.folder = folder
        (self.archive,) = DIST.glob("vitrt-*-windows-x86_64.zip")
        zipfile.ZipFile(self.archive).extractall(folder / "unpacked")
        (self.top,) = (folder / "unpacked").iterdir()
        self.env = {**os.environ, "WINEPREFIX": str(folder / "wine"), "WINEDEBUG": "-all", "LC_ALL": "C.UTF-8"}
        os.environ.update(self.env)
        (folder / "wine").mkdir()
        subprocess.run([SERVER, "-p"], check=True)  # stays between programs; each would start a new one
        self.vitrt, self.convert = [WINE, str(self.top / "bin/vitrt.exe")], [WINE, str(self.top / "bin/vitrt-convert.exe")]


def main():
    if WINE is None:
        print("skipped: no Wine on this machine, so nothing of the zip was run\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(pathlib.Path(folder))
        try:
            return run_checks((name, lambda _, check=check: check(world)) for name, check in named(*CHECKS))
        finally:
            subprocess.run([SERVER, "-k"], check=False)


if __name__ == "__main__":
    sys.exit(main())
