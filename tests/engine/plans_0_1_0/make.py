#!/usr/bin/env python3
"""Made the plans and outputs of this folder, with the programs of vitrt 0.1.0: kept to say how, not to be run again.

Usage: make.py BUILD_DIR_OF_0.1.0
<plan>.<tier>.outputs holds, for the input of tests/plan/test_plan.h's Noise(7), the logits of every exit in order and
then the raw outputs, as their bytes. A later vitrt that sums in another order on purpose writes these files anew with
its own programs; the plans stay.
"""
import subprocess, sys, tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / 'golden'
PLANS = {  # name: outputs in the plan's order, converter options
    'vit_token_ts17': (['logits'], ['--batch', '4']),
    'swin_ts17': (['logits'], []),
    'mapet_tokenizer_ts17': (['token_ids'], []),
    'dynp_mobilenet_v3_ts17': (['early3', 'att', 'cnn', 'merge'], ['--batch', '4', '--resize', '40', '--crop', '32']),
}


def noise(seed, count):
    state, values = (seed * 2654435761 + 12345) % 2**32, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append(np.float32(state >> 40) / np.float32(1 << 23) - np.float32(1))
    return np.array(values, np.float32)


def main():
    build = Path(sys.argv[1])
    for name, (outputs, options) in PLANS.items():
        plan = HERE / f'{name}.plan'
        subprocess.run([build / 'vitrt-convert', GOLDEN / f'{name}.onnx', '-o', plan, *options], check=True, cwd=GOLDEN)
        with tempfile.TemporaryDirectory() as folder:
            np.save(f'{folder}/x.npy', noise(7, 3 * 32 * 32).reshape(1, 3, 32, 32))
            for tier in 'sse41', 'avx', 'avx2', 'avx512':
                subprocess.run([build / 'vitrt', 'infer', plan, '--tensor', f'{folder}/x.npy', '--all-exits', '--isa', tier,
                                '--outputs', folder], check=True, stdout=subprocess.DEVNULL)
                (HERE / f'{name}.{tier}.outputs').write_bytes(b''.join(np.load(f'{folder}/{o}.npy').tobytes() for o in outputs))


if __name__ == '__main__':
    main()
