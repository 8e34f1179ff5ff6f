"""What each library that is linked in adds to the programs of ./dev package: sizes.py BUILD LIBRARIES > table

BUILD is build-portable, before its programs are stripped, LIBRARIES the folder of the static libraries. A symbol counts for the library
that defines it, or in whose namespace it is; what several define, which are inline functions and templates, for the first by name. Bytes of code and data; tables
for the linker and for exceptions belong to no symbol and stand in the last line but one.
"""

import pathlib
import re
import subprocess
import sys

PROGRAMS = ("runtime/libvitrt.so", "vitrt", "vitrt-convert")
HEADERS = {"CLI": "CLI11", "boost": "Boost", "nlohmann": "nlohmann-json", "Eigen": "Eigen", "flatbuffers": "flatbuffers"}  # namespaces


def symbols(file, *options):
    out = subprocess.run(["nm", "--defined-only", *options, file], check=True, capture_output=True, text=True).stdout
    return [line.split() for line in out.splitlines()]


def definers(libraries):
    """Symbol -> the library that defines it."""
    found = {}
    for library in sorted(set(libraries.glob("lib*.a")) - set(libraries.glob("*-lite.a"))):  # a part of the whole one
        for line in symbols(library):
            if len(line) == 3 and line[1] in "TtRrDdBbVWw":
                found.setdefault(line[2], library.stem[3:])
    return found


def owner(symbol, found):
    if symbol in found:
        return found[symbol]
    outermost = re.match(r"_Z(?:T[A-Z]|GV|Z)*N?[KVR]*(\d+)(.*)", symbol)
    if outermost and (name := outermost[2][:int(outermost[1])]) in HEADERS:
        return HEADERS[name]
    if "vitrt" in symbol:
        return "vitrt"
    return "C++ library" if symbol.startswith(("_ZN", "_ZS", "_ZT", "_Unwind", "__cxa", "_ZK")) else "other"


def sizes(program, found):
    """Owner -> bytes of memory; the last two: what belongs to no symbol, and all."""
    sections = subprocess.run(["size", "-A", program], check=True, capture_output=True, text=True).stdout
    sections = [line.split() for line in sections.splitlines() if line.startswith(".") and not line.startswith((".bss", ".tbss"))]
    total = sum(int(size) for _, size, address in sections if address != "0")  # others are not loaded
    by, seen = {}, set()
    for line in symbols(program, "-S"):
        if len(line) != 4 or line[2] in "Bb" or line[0] in seen:
            continue
        seen.add(line[0])
        by[owner(line[3], found)] = by.get(owner(line[3], found), 0) + int(line[1], 16)
    return {**by, "no symbol": total - sum(by.values()), "all": total}


def main():
    build, found = pathlib.Path(sys.argv[1]), definers(pathlib.Path(sys.argv[2]))
    columns = [sizes(build / program, found) for program in PROGRAMS]
    last = ["no symbol", "all"]
    rows = sorted({name for column in columns for name in column} - set(last), key=lambda n: -max(c.get(n, 0) for c in columns))
    print("| KB | " + " | ".join(f"`{pathlib.Path(p).name}`" for p in PROGRAMS) + " |\n|---" + "|---" * len(PROGRAMS) + "|")
    for name in rows + last:
        print(f"| {name} | " + " | ".join(f"{c.get(name, 0) / 1e3:.0f}" for c in columns) + " |")


if __name__ == "__main__":
    main()
