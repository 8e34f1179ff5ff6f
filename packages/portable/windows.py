"""The zip for Windows, from a cross build: windows.py BUILD DIST VERSION LICENCES STRIP.

BUILD is the build folder; LICENCES a folder with the copyright file of everything that is linked in; STRIP the program that takes
symbols out. The same build gives the same bytes: entries are sorted, times are fixed (SOURCE_DATE_EPOCH).
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

import archive

INCLUDE = archive.HERE.parent.parent / "runtime/include"
FILES = {"bin/vitrt.exe": "vitrt.exe", "bin/vitrt-convert.exe": "vitrt-convert.exe", "bin/vitrt.dll": "vitrt.dll",
         "lib/libvitrt.dll.a": "runtime/libvitrt.dll.a"}


def compiler():
    """MinGW-w64's GCC as Debian packages it: (name, version, checksum, what for)."""
    version = subprocess.run(["x86_64-w64-mingw32-g++-posix", "-dumpfullversion"], check=True, capture_output=True, text=True).stdout.strip()
    return "gcc-mingw-w64", version, None, "compiler; its libgcc, libstdc++, winpthreads and start files"


def main():
    build, dist, version, licences, strip = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *sys.argv[3:]
    top = f"vitrt-{version}-windows-x86_64"
    with tempfile.TemporaryDirectory() as folder:
        entries = []
        for number, (name, source) in enumerate(FILES.items()):
            data = pathlib.Path(folder, str(number))
            data.write_bytes((build / source).read_bytes())
            if not name.endswith(".a"):
                subprocess.run([strip, "--strip-all", data], check=True)
            entries.append((name, data.read_bytes()))
        binaries = [pathlib.Path(folder, str(number)) for number in range(len(FILES))]
        entries.append(("sbom.spdx.json", archive.sbom(version, binaries, compiler()).encode()))
    entries += [(f"include/{name}", file.read_bytes()) for name, file in archive.contents(INCLUDE)]
    entries += [(f"licences/{name}", file.read_bytes()) for name, file in archive.contents(pathlib.Path(licences))]
    with zipfile.ZipFile(dist / f"{top}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, data in sorted(entries):
            archive.add(zipped, f"{top}/{name}", data, 0o755 if name.startswith("bin/") else 0o644)


if __name__ == "__main__":
    main()
