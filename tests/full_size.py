#!/usr/bin/env python3
"""Full-size exports with random weights, one after another: exported, converted, compared with ONNX Runtime, deleted.

Usage: full_size.py BUILD_DIR WORK_DIR [--only TEXT...] [--exports FOLDER...] [--page FILE]
       full_size.py --export FOLDER [--only TEXT...]    only exports; what is there already stays
Every variant of tests/golden/make_golden.py (timm) and of models/random_exports.py (the project's systems), as both
exporters write it, goes through compare_onnxruntime.py, and those with several exits through compare_exits.py: every
ISA tier, 1 and 2 threads, batches 1, 3, 8. WORK_DIR/verdicts.json keeps what was found, so that a run that was cut off
goes on; a verdict holds for the programs that it names. --exports: folders with exports made before.
--page writes the verdicts as a table. Ends with "N passed, N failed".
"""
import argparse, hashlib, json, os, re, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SMALL = {  # what stands for a full-size variant in the ordinary test run
    'vit_': 'tests/golden/vit_*', 'swin_': 'tests/golden/swin*', 'deit_': 'tests/golden/vit_distilled_*', 'vit/': 'tests/golden/vit_gap_*, vit_token_*',
    'mpvg/': 'tests/golden/mpvg*, pvg*', 'manifold_key/': 'tests/golden/manifold_*', 'swin/': 'tests/golden/swin*',
    'mapet/': 'tests/golden/mapet_*', 'mapet.tokenizer/': 'tests/golden/mapet_tokenizer_*',
    'dyn_perceiver/reg': 'tests/golden/dynp_regnet_*', 'dyn_perceiver/resnet': 'tests/golden/dynp_resnet_*',
    'dyn_perceiver/mobilenet': 'tests/golden/dynp_mobilenet_*',
}


def variants():
    """{name of the export: (variant, exporter, command that writes it into a folder)}."""
    sys.path[:0] = [str(HERE / 'golden'), str(HERE.parent)]
    import make_golden
    from models import random_exports
    found = {}
    for name in make_golden.full_names():
        variant, exporter = re.fullmatch(r'(.*)_((?:ts|dynamo)\d+)', name).groups()
        found[name] = variant, exporter, lambda out, n=name: [HERE / 'golden/make_golden.py', out, '--full', n]
    for system, config in random_exports.variants():
        for exporter in ('ts17', 'dynamo18'):
            found[f"{system.replace('.', '_')}_{config}_{exporter}"] = f'{system}/{config}', exporter, \
                lambda out, v=f'{system}/{config}', e=exporter: ['-m', 'models.random_exports', '--out', out, '--only', v, '--as', e]
    return found


def python(*command):
    r = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=3600, cwd=HERE.parent)
    return r.returncode, (r.stdout.strip().splitlines() or [''])[:-1], r.stderr.strip().splitlines()[-1:]


def export(command, folder, name):
    """The model NAME.onnx in `folder`."""
    model = folder / f'{name}.onnx'
    code, _, error = python(*command(folder))
    if code or not model.exists():
        raise RuntimeError('export: ' + ' '.join(error))
    return model


def compare(build, model):
    """The verdict on one export."""
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / 'verdict.json'
        code, lines, error = python(HERE / 'compare_onnxruntime.py', build, model, '--json', stored)
        if not stored.exists():
            return dict(ok=False, reason=' '.join(error))
        verdict = json.loads(stored.read_text())[0]
        verdict['refused'] = any('refuses' in line for line in lines)
    outputs = list(model.parent.glob(f'{model.stem}.*.npy'))
    if verdict['ok'] and len(outputs) > 1:
        code, lines, error = python(HERE / 'compare_exits.py', build, model, '--images', 8)
        verdict |= dict(ok=code == 0, exits=' '.join(lines + error).partition(': ')[2])
    return verdict


def programs(build):
    return hashlib.sha256(b''.join((build / p).read_bytes() for p in ('vitrt', 'vitrt-convert'))).hexdigest()[:12]


def export_and_compare(build, name, command, folders):
    ready = [folder / f'{name}.onnx' for folder in folders if (folder / f'{name}.onnx').exists()]
    if ready:
        return compare(build, ready[0])
    with tempfile.TemporaryDirectory() as folder:
        try:
            return compare(build, export(command, Path(folder), name))
        except RuntimeError as error:
            return dict(ok=False, reason=str(error))


def page(found, verdicts):
    """One row for each variant: which exports were compared, the largest error, what stands for it in the ordinary run."""
    rows = {}
    for name, (variant, exporter, _) in found.items():
        rows.setdefault(variant, []).append((exporter, verdicts.get(name)))
    lines = ['# Full-size exports beside ONNX Runtime', '',
             'Written by `tests/full_size.py`, which `./dev test --full` runs; do not edit. Random weights, 224 px, both exporters, every',
             'ISA tier of the machine that ran it (SSE4.1, AVX, AVX2), 1 and 2 threads, batches 1, 3 and 8. The error is the largest difference relative to the',
             'largest logit (allowed: 1e-4, the same top class; token ids equal); where there are several exits, the exits taken and their',
             'bits in a batch were compared too. `*`: ONNX Runtime refuses the file, and PyTorch is the reference. The run takes hours and goes',
             'on where it stopped, so a verdict is of the build that was at hand; an export without one was not compared yet.', '',
             'The last column says what the ordinary test run compares in its place: the same architecture, small.', '',
             '| variant | exports compared | failed | largest error | in the ordinary run |', '|---|---|---|---|---|']
    for variant, exports in rows.items():
        done = [(e, v) for e, v in exports if v and v['ok']]
        bad = [f"{e}: {v['reason'] if 'reason' in v else v.get('exits', '')}" for e, v in exports if v and not v['ok']]
        error = f"{max(v['error'] for _, v in done):.1e}" if done else ''
        small = next(text for start, text in SMALL.items() if variant.startswith(start))
        shown = ', '.join(e + ('*' if v['refused'] else '') for e, v in done)
        lines.append(f"| {variant} | {shown} | {'; '.join(bad)} | {error} | {small} |")
    passed = sum(v['ok'] for n, v in verdicts.items() if n in found)
    return '\n'.join(lines + ['', f'{passed} of {len(found)} exports passed.', ''])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=Path, nargs='?')
    parser.add_argument('work', type=Path, nargs='?')
    parser.add_argument('--export', type=Path, metavar='FOLDER')
    parser.add_argument('--only', nargs='+', default=[''], metavar='TEXT', help='exports whose names hold one of these')
    parser.add_argument('--exports', nargs='+', type=Path, default=[])
    parser.add_argument('--page', type=Path)
    args = parser.parse_args()
    found = variants()
    chosen = [name for name in found if any(text in name for text in args.only)]
    if args.export:
        args.export.mkdir(parents=True, exist_ok=True)
        for name in chosen:
            if not (args.export / f'{name}.onnx').exists():
                print(export(found[name][2], args.export.resolve(), name), flush=True)
        return 0
    if not args.work:
        parser.error('BUILD_DIR and WORK_DIR are needed')
    build, stored, version = args.build.resolve(), args.work / 'verdicts.json', programs(args.build)
    args.work.mkdir(parents=True, exist_ok=True)
    verdicts = json.loads(stored.read_text()) if stored.exists() else {}
    for name in chosen:
        known = verdicts.get(name)
        if not (known and known['ok'] and known['programs'] == version):
            verdicts[name] = export_and_compare(build, name, found[name][2], args.exports) | dict(programs=version)
            partial = stored.with_suffix('.part')
            partial.write_text(json.dumps(verdicts, indent=1))
            os.replace(partial, stored)
        v = verdicts[name]
        print(f'ok      {name:58} largest error {v["error"]:.1e} {v.get("exits", "")}' if v['ok'] else f'FAILED  {name:58} {v.get("reason", v)}', flush=True)
    if args.page:
        args.page.write_text(page(found, verdicts))
    passed = sum(verdicts[name]['ok'] for name in chosen)
    print(f'{passed} passed, {len(chosen) - passed} failed')
    return passed != len(chosen) or not chosen


if __name__ == '__main__':
    sys.exit(main())
