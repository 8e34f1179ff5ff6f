"""What ./dev package left, in systems where nothing else was installed: roots.py DIST ROOTS [WORD]. Needs root and debootstrap.

DIST is the folder of archives. ROOTS keeps a bare Debian 12 and the oldest Debian that the mirrors still have, each made once
by debootstrap; every check runs in a copy of one, by chroot. WORD: only checks whose name has it. Ends with "N passed, N failed, N skipped".
"""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from end_to_end import Skip, named, run_checks  # noqa: E402

DIST, ROOTS = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
NEW, OLD = "bookworm", "bullseye"  # Debian 12; Debian 11, glibc 2.31: the oldest that the mirrors have
MODEL = "early_exit_vit_defects"
CONVERT = f"{MODEL}.onnx -o e.plan --labels {MODEL}.labels.txt --preprocess {MODEL}.preprocess.json"
FOUR_LINES = f"""import vitrt
vitrt.convert("{MODEL}.onnx", "w.plan", labels="{MODEL}.labels.txt", preprocess="{MODEL}.preprocess.json")
session = vitrt.Session(vitrt.Engine("w.plan"))
print(session.run_file("samples/break_easy.png"))
"""
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def bare(suite):
    """The root as debootstrap made it."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise Skip("debootstrap wants to be there and to run as root")
    root = ROOTS / suite
    if not (root / ".made").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", suite, str(root)], check=True, stdout=subprocess.DEVNULL)
        for file in pathlib.Path("/etc/apt/apt.conf.d").glob("*"):  # how this machine reaches the mirror
            if "Proxy" in file.read_text(errors="replace"):
                shutil.copy(file, root / "etc/apt/apt.conf.d")
        (root / ".made").touch()
    return root


class Copy:
    """A copy of a bare root, with /m: a model and images."""

    def __init__(self, suite, folder):
        self.root = folder / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(bare(suite)), str(self.root)], check=True)
        m = self.root / "m"
        m.mkdir()
        shutil.copytree(ROOT / "models/defects/samples", m / "samples")
        for file in (ROOT / "models/early_exit_vit").glob(f"{MODEL}.*"):
            shutil.copy(file, m)

    def add(self, *patterns):
        """Files of DIST into /dist; gives their names."""
        (self.root / "dist").mkdir(exist_ok=True)
        files = [file for pattern in patterns for file in DIST.glob(pattern)]
        assert len(files) >= len(patterns), (patterns, [p.name for p in DIST.iterdir()])
        for file in files:
            shutil.copy(file, self.root / "dist")
        return [f"/dist/{file.name}" for file in files]

    def run(self, script):
        """A bash script in /m; gives what it prints."""
        mounts = f"mount -t proc proc {self.root}/proc && ln -sfn /proc/self/fd {self.root}/dev/fd"
        command = f"{mounts} && exec chroot {self.root} /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive bash -ec 'cd /m; '\"$0\""
        done = subprocess.run(["unshare", "-m", "bash", "-ec", command, script], capture_output=True, text=True)
        assert done.returncode == 0, f"{script}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def install(self, *names):
        self.run(f"(apt-get update && apt-get install -y --no-install-recommends {' '.join(names)}) >/dev/null 2>&1 || "
                 f"apt-get install -y --no-install-recommends {' '.join(names)}")


def check_predictions(lines, count=12):
    lines = lines.splitlines()
    assert len(lines) == count and sum("exit exit2" in line for line in lines) >= 8, lines
    return lines


@check
def the_debian_packages_classify_and_complete_in_a_bare_debian_12_and_leave_without_a_trace(folder):
    root = Copy(NEW, folder)
    root.install(*root.add("vitrt_*.deb", "vitrt-convert_*.deb"), "zsh", "bash-completion")
    root.run(f"vitrt-convert {CONVERT} --verify")
    check_predictions(root.run("vitrt infer e.plan samples --threshold 0.9"))
    said = root.run("zsh -fc 'autoload -Uz compinit && compinit -u; print ${_comps[vitrt]} ${_comps[vitrt-convert]}'")
    assert said.split() == ["_vitrt", "_vitrt-convert"], said
    said = root.run(". /usr/share/bash-completion/bash_completion; _completion_loader vitrt || test $? = 124; "
                    "COMP_WORDS=(vitrt inf) COMP_CWORD=1; "
                    "_vitrt vitrt inf vitrt; echo ${COMPREPLY[@]}")
    assert said.strip() == "infer", said
    root.run("apt-get remove -y vitrt vitrt-convert")
    left = root.run("find / -xdev -name '*vitrt*' -not -path '/dist/*' -not -path '/m/*' -not -path '/var/lib/dpkg/*' "
                    "-not -path '/etc/systemd/*'")
    assert left == "", left


@check
def the_development_package_builds_programs_in_c_and_c_plus_plus(folder):
    root = Copy(NEW, folder)
    root.install(*root.add("vitrt_*.deb", "libvitrt-dev_*.deb", "vitrt-convert_*.deb"), "g++", "pkg-config")
    for file in ("consumer.c", "consumer.cc"):
        shutil.copy(ROOT / "tests/package" / file, root.root / "m")
    root.run(f"vitrt-convert {CONVERT}")
    outputs = [root.run(f"{compiler} $(pkg-config --cflags {static} vitrt) -o consumer $(pkg-config --libs {static} vitrt); "
                        "./consumer e.plan samples/break_easy.png")
               for compiler in ("gcc consumer.c", "g++ -std=c++20 consumer.cc")
               for static in ("", "--static")]
    assert len(set(outputs)) == 1 and outputs[0].startswith("class "), outputs


def archive_classifies(suite, folder):
    root = Copy(suite, folder)
    root.run("mkdir /opt/v")
    (archive,) = [DIST / name[6:] for name in root.add("vitrt-*-linux-x86_64.tar.xz") if "onednn" not in name]
    subprocess.run(["tar", "xf", archive, "-C", root.root / "opt/v", "--strip-components=1"], check=True)
    root.run(f"/opt/v/bin/vitrt-convert {CONVERT} --verify")
    check_predictions(root.run("/opt/v/bin/vitrt infer e.plan samples --threshold 0.9"))
    return root


@check
def the_archive_classifies_in_a_bare_debian_12(folder):
    archive_classifies(NEW, folder)


@check
def the_archive_classifies_in_the_oldest_debian_at_hand(folder):
    root = archive_classifies(OLD, folder)
    root.run("/opt/v/bin/vitrt bench e.plan --warmup 0.1 --duration 0.5 --json")
    root.run("mkdir in && cp samples/*.png in && /opt/v/bin/vitrt watch e.plan in --once --json-out out.jsonl && test $(wc -l <out.jsonl) = 12")
    root.run("""/opt/v/bin/vitrt serve e=e.plan --port 0 --json >said & server=$!
for i in 1 2 3 4 5 6 7 8 9; do [ -s said ] || sleep 0.3; done; port=$(sed 's/.*:\\([0-9]*\\)".*/\\1/' said)
exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET /v2/health/ready HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3 | grep 200; kill $server; wait $server""")
    return root.run("ldd --version | sed -n 1p").strip()


@check
def the_archive_classifies_on_an_emulated_Nehalem(folder):
    if not shutil.which("qemu-x86_64-static"):
        raise Skip("qemu-x86_64-static is not there")
    root = archive_classifies(OLD, folder)
    shutil.copy(shutil.which("qemu-x86_64-static"), root.root / "opt/qemu")
    check_predictions(root.run("/opt/qemu -cpu Nehalem /opt/v/bin/vitrt infer e.plan samples --threshold 0.9"))


def wheel_classifies(suite, folder, *pip_options):
    root = Copy(suite, folder)
    (wheel,) = root.add("*.whl")
    root.install("python3-pip", "python3-numpy")
    root.run(f"pip install --no-index --no-deps {' '.join(pip_options)} {wheel}")
    (root.root / "m/four.py").write_text(FOUR_LINES)
    said = root.run("python3 four.py")
    assert said.startswith("<vitrt.Prediction break, confidence 0."), said
    return root.run("python3 --version").strip()


@check
def the_wheel_classifies_in_four_lines_in_a_bare_debian_12(folder):
    return wheel_classifies(NEW, folder, "--break-system-packages")  # Debian 12 keeps pip out of its own Python otherwise


@check
def the_wheel_classifies_in_four_lines_of_the_oldest_python_at_hand(folder):
    return wheel_classifies(OLD, folder)


if __name__ == "__main__":
    sys.exit(run_checks(pair for pair in named(*CHECKS) if " ".join(sys.argv[3:]) in pair[0]))
