"""What ./dev package leaves in dist/, from an installed tree: archive.py STAGE DIST VERSION LICENCES ONEDNN.

STAGE is what `cmake --install` made of the portable build; LICENCES a folder with the copyright file of everything that is
linked in; ONEDNN its library, or "". Leaves a tarball, one with oneDNN, a wheel, an SBOM (SPDX 2.3) and SHA256SUMS. The same
tree gives the same bytes: entries are sorted, owners and times are fixed (SOURCE_DATE_EPOCH).
"""

import base64
import hashlib
import io
import json
import lzma
import os
import pathlib
import sys
import tarfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
TAG = "py3-none-manylinux2014_x86_64"


def contents(folder):
    """[(path in the folder, file)] of a tree, sorted."""
    return sorted((str(p.relative_to(folder)), p) for p in folder.rglob("*") if p.is_file() or p.is_symlink())


def write_tarball(path, top, entries):
    """entries: (name, a Path or bytes)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, source in sorted(entries, key=lambda e: e[0]):
            info = tarfile.TarInfo(f"{top}/{name}")
            info.mtime = EPOCH
            data = b""
            if isinstance(source, bytes):
                data, info.mode = source, 0o644
            elif source.is_symlink():
                info.type, info.linkname = tarfile.SYMTYPE, os.readlink(source)
            else:
                data, info.mode = source.read_bytes(), 0o755 if os.access(source, os.X_OK) else 0o644
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def write_wheel(path, version, entries):
    metadata = f"vitrt-{version}.dist-info"
    about = (f"Metadata-Version: 2.1\nName: vitrt\nVersion: {version}\nLicense: Apache-2.0\nRequires-Python: >=3.8\n"
             "Requires-Dist: numpy\nSummary: Vision transformers with early exits on old x86 servers\n")
    tag = f"Wheel-Version: 1.0\nGenerator: vitrt\nRoot-Is-Purelib: false\nTag: {TAG}\n"
    scripts = "[console_scripts]\nvitrt-convert = vitrt._convert:main\n"
    entries = [*entries, (f"{metadata}/METADATA", about.encode()), (f"{metadata}/WHEEL", tag.encode()),
               (f"{metadata}/entry_points.txt", scripts.encode())]
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, source in sorted(entries, key=lambda e: e[0]):
            data = source if isinstance(source, bytes) else source.read_bytes()
            mode = 0o755 if not isinstance(source, bytes) and os.access(source, os.X_OK) else 0o644
            add(wheel, name, data, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
        add(wheel, f"{metadata}/RECORD", "".join([*record, f"{metadata}/RECORD,,\n"]).encode(), 0o644)


def add(archive, name, data, mode):
    info = zipfile.ZipInfo(name, time.gmtime(max(EPOCH, 315532800))[:6])  # a zip's time begins in 1980
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def zig():
    line = next(line for line in (HERE / "zig.txt").read_text().splitlines() if not line.startswith("#"))
    name, version = line.split()[0].split("==")
    return name, version, line.split("sha256:")[1].strip(), "compiler; its libc++, libc++abi and libunwind"


def linked_in(compiler):
    """[(name, version, checksum, what for)] of everything inside, by sources.txt and by what the compiler brings."""
    rows = []
    for line in (HERE / "sources.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            facts, reason = line.split("#")
            rows.append((*facts.split(), reason.strip()))
    return [*rows, compiler]


def sbom(version, files, compiler):
    packages = [{"SPDXID": "SPDXRef-vitrt", "name": "vitrt", "versionInfo": version, "downloadLocation": "NOASSERTION",
                 "licenseDeclared": "Apache-2.0", "licenseConcluded": "Apache-2.0", "copyrightText": "NOASSERTION",
                 "filesAnalyzed": False}]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-vitrt"}]
    for name, number, checksum, reason in linked_in(compiler):
        packages.append({"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": number, "downloadLocation": "NOASSERTION",
                         **({"checksums": [{"algorithm": "SHA256", "checksumValue": checksum}]} if checksum else {}), "comment": reason,
                         "licenseDeclared": "NOASSERTION", "licenseConcluded": "NOASSERTION",
                         "copyrightText": "NOASSERTION", "filesAnalyzed": False})
        relations.append({"spdxElementId": "SPDXRef-vitrt", "relationshipType": "CONTAINS",
                          "relatedSpdxElement": f"SPDXRef-{name}"})
    digest = hashlib.sha256("".join(sorted(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)).encode()).hexdigest()
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
    return json.dumps({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                       "name": f"vitrt-{version}", "documentNamespace": f"urn:vitrt:{version}:{digest}",
                       "creationInfo": {"created": created, "creators": ["Tool: vitrt packages/portable/archive.py"]},
                       "packages": packages, "relationships": relations}, indent=1) + "\n"


def main():
    stage, dist, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    licences = [(f"licences/{name}", file) for name, file in contents(pathlib.Path(sys.argv[4]))]
    top = f"vitrt-{version}-linux-x86_64"
    bill = sbom(version, [file for _, file in contents(stage)], zig()).encode()
    python = [(name, file) for name, file in contents(stage / "python") if "__pycache__" not in name]
    rest = [(name, file) for name, file in contents(stage) if not name.startswith("python/")]

    write_tarball(dist / f"{top}.tar.xz", top, [*rest, *((f"share/doc/vitrt/{n}", f) for n, f in licences),
                                                ("share/doc/vitrt/sbom.spdx.json", bill)])
    if sys.argv[5]:
        onednn = pathlib.Path(sys.argv[5]).resolve()
        texts = [(f"share/doc/vitrt-onednn/{p.name}", p) for p in sorted((onednn.parent.parent / "share/doc/dnnl").glob("[LT]*"))]
        write_tarball(dist / f"vitrt-{version}-onednn-linux-x86_64.tar.xz", top, [("lib/libdnnl.so.3", onednn), *texts])
    metadata = f"vitrt-{version}.dist-info"
    write_wheel(dist / f"vitrt-{version}-{TAG}.whl", version,
                [*python, *((f"{metadata}/{n}", f) for n, f in licences), (f"{metadata}/sboms/vitrt.spdx.json", bill)])
    (dist / f"vitrt-{version}.spdx.json").write_bytes(bill)
    sums = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in sorted(dist.iterdir()) if f.name != "SHA256SUMS"]
    (dist / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main()
