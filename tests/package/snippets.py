"""ctest "snippets": the programs that the pages show, compiled and run as a reader would.

snippets.py BUILD CC CXX [FLAGS]. Every block of docs/link.md that is tagged cpp, c, cmake or python is
a whole file, and every sh block with pkg-config in it is the command that compiles the cpp block of its page. They are
built against `cmake --install BUILD` and nothing else of this tree. Each program is run on a plan with labels, on one
without (both have to print the confidence that `vitrt infer` prints) and on one that is missing (one line of error).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = ("docs/link.md",)
MODEL = SOURCE / "models/early_exit_vit/early_exit_vit_defects.onnx"


def blocks(page):
    """(kind, text) of the page's fenced blocks that are tagged."""
    return re.findall(r"^```([a-z]+)\n(.*?)^```$", (SOURCE / page).read_text(), re.M | re.S)


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class World:
    """The installed tree, the plans, and what the installed `vitrt infer` says of a black image."""

    def __init__(self, build, cc, cxx, flags):
        self.cc, self.cxx, self.flags = cc, cxx, flags
        self.folder = build / "tests/snippets"
        shutil.rmtree(self.folder, ignore_errors=True)
        prefix = self.folder / "prefix"
        run("cmake", "--install", build, "--prefix", prefix)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/c++").symlink_to(shutil.which(cxx))  # the name that the pages use
        os.environ["PATH"] = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        os.environ["CMAKE_PREFIX_PATH"] = str(prefix)
        os.environ["LD_LIBRARY_PATH"] = str(prefix / "lib")
        config = next(prefix.glob("lib*/**/pkgconfig"))
        os.environ["PKG_CONFIG_PATH"] = str(config)

        image = self.folder / "black.ppm"
        image.write_bytes(b"P6\n640 480\n255\n" + bytes(640 * 480 * 3))
        self.python = self.python_with_numpy()
        run("cmake", "--install", build, "--prefix", self.folder / "python", "--component", "python")
        self.plans = {}
        for name, options in (("labels", ("--labels", MODEL.with_suffix(".labels.txt"))), ("no_labels", ())):
            plan = self.folder / f"{name}.plan"
            run(prefix / "bin/vitrt-convert", MODEL, "-o", plan, *options, "--preprocess", MODEL.with_suffix(".preprocess.json"))
            line = json.loads(run(prefix / "bin/vitrt", "infer", plan, image, "--json"))
            self.plans[plan] = (line["label"] if name == "labels" else None, line["confidence"])

    def python_with_numpy(self):
        """None where there is none, or where Python cannot load a sanitizer's library."""
        for python in (SOURCE / ".deps/python/bin/python", sys.executable):
            command = [str(python), "-c", "import numpy"]
            if not self.flags and os.path.exists(python) and subprocess.run(command, capture_output=True).returncode == 0:
                return python
        return None

    def check(self, program):
        for plan, (label, confidence) in self.plans.items():
            words = run(*program, plan).split()
            assert label is None or words[0] == label, (program, words, label)
            assert abs(float(words[1]) - confidence) < 1e-6, (program, words, confidence)
        missing = subprocess.run([*map(str, program), str(self.folder / "missing.plan")], capture_output=True, text=True)
        assert 0 < missing.returncode < 126, (program, "on a missing plan", missing.returncode)
        assert "missing.plan" in missing.stderr.splitlines()[-1], missing.stderr


def build_cmake(world, folder, text):
    for kind in ("shared", "static"):
        project = text if kind == "shared" else text.replace("REQUIRED)", "REQUIRED COMPONENTS static)")
        (folder / "CMakeLists.txt").write_text(project)
        run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / kind, f"-DCMAKE_CXX_COMPILER={world.cxx}",
            f"-DCMAKE_CXX_FLAGS={world.flags}", "-DCMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", folder / kind)
        world.check([folder / kind / "inspector"])


def check_page(world, page, seen):
    folder = world.folder / page.replace("/", "_")
    folder.mkdir()
    for number, (kind, text) in enumerate(blocks(page)):
        if kind == "cpp":
            (folder / "inspector.cc").write_text(text)
            pkg_config = run("pkg-config", "--cflags", "--libs", "vitrt").split()
            run(world.cxx, "-std=c++20", "-Wall", "-Wextra", "-Werror", *world.flags.split(), folder / "inspector.cc",
                "-o", folder / "plain", *pkg_config)
            world.check([folder / "plain"])
        elif kind == "c":
            source = folder / f"snippet{number}.c"
            source.write_text(text)
            pkg_config = run("pkg-config", "--cflags", "--libs", "vitrt").split()
            run(world.cc, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic-errors", *world.flags.split(), source,
                "-o", source.with_suffix(""), *pkg_config)
            world.check([source.with_suffix("")])
        elif kind == "cmake":
            build_cmake(world, folder, text)
        elif kind == "sh" and "pkg-config" in text:
            run("bash", "-ec", text.replace("c++ ", f"c++ {world.flags} ", 1), cwd=folder)
            world.check([folder / "inspector"])
        elif kind == "python":
            if world.python is None:
                print(f"{page}: python block {number} is not run: no numpy, or a sanitizer", flush=True)
                seen.add(kind)
                continue
            script = folder / f"snippet{number}.py"
            script.write_text(text)
            os.environ["PYTHONPATH"] = str(world.folder / "python")
            world.check([world.python, script])
        else:
            continue
        print(f"{page}: {kind} block {number} builds and runs", flush=True)
        seen.add(kind)


def main():
    build, cc, cxx, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3], " ".join(sys.argv[4:])
    world = World(build, cc, cxx, flags)
    seen = set()
    for page in PAGES:
        check_page(world, page, seen)
    wanted = {"cpp", "c", "cmake", "sh", "python"}
    assert wanted <= seen, f"the pages show no {', '.join(wanted - seen)}"


if __name__ == "__main__":
    main()
