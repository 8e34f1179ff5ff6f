"""What `vitrt scan` saves on a large image: scan.py BUILD SCRATCH OUT [--rounds N]

A sheet of 4096 x 4096 pixels with 30 defects and one for calibration, both generated and kept in SCRATCH; the shipped
models with exits, thresholds calibrated on tiles of the second sheet. `vitrt scan --baseline` classifies the first in
tiles, in batches with exits, and again tile by tile to the last exit. Writes OUT/scan.md and OUT/scan.png. With numpy
and pillow.
"""
import argparse
import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'bench/exits')]

from PIL import Image  # noqa: E402
from programs import Programs, pin  # noqa: E402

from models.defects.generate import CLASSES  # noqa: E402
from models.defects.sheet import PATCH, sheet, tiles  # noqa: E402

MODELS = ('dyn_perceiver/dynp_defects', 'early_exit_vit/early_exit_vit_defects')
DISAGREEMENT, CALIBRATION_TILES = 0.01, 1500


def prepared(scratch):
    """The sheet to scan, its places of defects, and the folder of calibration tiles; made once."""
    image, places, labelled = scratch / 'sheet.png', scratch / 'places.json', scratch / 'tiles'
    if not places.exists():
        for name in CLASSES:
            (labelled / name).mkdir(parents=True, exist_ok=True)
        other, defects = sheet(2)
        for i, (tile, label) in enumerate(tiles(other, defects, CALIBRATION_TILES, 3)):
            Image.fromarray(tile).save(labelled / CLASSES[label] / f'{i}.png')
        picture, defects = sheet(1)
        Image.fromarray(picture).save(image)
        places.write_text(json.dumps([[p.y, p.x] for p in defects]))
    return image, json.loads(places.read_text()), labelled


def found(scan, places):
    """How many of the defects a tile that is not called good lies over, and how many tiles are so without one."""
    def over(tile, place):
        return all(abs(tile[axis] - place[i]) < PATCH for i, axis in enumerate('yx'))
    bad = [tile for tile in scan['tiles'] if tile['label'] != scan['good']]
    return sum(any(over(tile, place) for tile in bad) for place in places), \
        sum(not any(over(tile, place) for place in places) for tile in bad)


def measure(programs, model, image, places, labelled, scratch, rounds, heat):
    stem = scratch / Path(model).name
    plan, calibrated = f'{stem}.plan', f'{stem}.calibrated.plan'
    programs.convert(str(ROOT / f'models/{model}.onnx'), plan, '--batch', 16)
    promise = programs.json('calibrate', plan, labelled, '-o', calibrated, '--max-disagreement', DISAGREEMENT)
    scans = [programs.json('scan', calibrated, image, '--tile', PATCH, '--baseline', '-o', heat) for _ in range(rounds)]
    factors = sorted(scan['factor'] for scan in scans)
    hit, false = found(scans[0], places)
    ms = [statistics.median(scan['ms'][key] for scan in scans) for key in ('tiles', 'one_by_one_to_the_last_exit')]
    exits = ' / '.join(f"{exit['name']} {exit['tiles']}" for exit in scans[0]['exits'])
    print(Path(model).name, exits, factors, promise['summary'], flush=True)
    return (f"| {Path(model).name} | {exits} | {ms[0] / 1000:.2f} | {ms[1] / 1000:.2f} | "
            f"{statistics.median(factors):.2f} x ({factors[0]:.2f} - {factors[-1]:.2f}) | {hit} of {len(places)} | {false} |"), \
        len(scans[0]['tiles']), scans[0]['stride']


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('build')
    arguments.add_argument('scratch', type=Path)
    arguments.add_argument('out', type=Path)
    arguments.add_argument('--rounds', type=int, default=3)
    o = arguments.parse_args()
    o.scratch.mkdir(parents=True, exist_ok=True)
    image, places, labelled = prepared(o.scratch)
    pin()
    programs, rows = Programs(o.build), []
    for model in MODELS:
        row, count, stride = measure(programs, model, image, places, labelled, o.scratch, o.rounds, o.scratch / 'heat.png')
        rows.append(row)
    heat = Image.open(o.scratch / 'heat.png')
    heat.reduce(max(1, heat.width // 512)).quantize(64).save(o.out / 'scan.png', optimize=True)
    (o.out / 'scan.md').write_text(f"""# Scanning a large image

Written by `./dev bench scan`. A generated sheet of 4096 x 4096 pixels with {len(places)} defects in tiles of {PATCH} pixels, stride
{stride}: {count} tiles, one thread. Thresholds are calibrated for at most {100 * DISAGREEMENT:g} % disagreement with the last exit, on tiles of
another sheet. The factor is the time of every tile alone to the last exit over that of batches of 16 with exits, in the same
process; median of {o.rounds} runs (lowest - highest). A defect is found where a tile over it is not called good.

| model | tiles that left at | s | one by one, s | factor | defects found | tiles called bad without one |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![heat map of the sheet](scan.png)
""")


if __name__ == '__main__':
    main()
