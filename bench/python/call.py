"""What the Python module costs a call beyond preprocessing and the run: microseconds, median and 99th percentile.

    python bench/python/call.py PLAN IMAGE [CALLS]
"""

import sys
import time

import numpy
import vitrt
from PIL import Image


def main(plan, image, calls=2000):
    session = vitrt.Session(vitrt.Engine(plan), threads=1)
    frame = numpy.asarray(Image.open(image).convert("RGB"))
    extra = []
    for _ in range(int(calls)):
        start = time.perf_counter()
        prediction = session.run_frame(frame)
        extra.append((time.perf_counter() - start) * 1e6 - (prediction.ms["preprocess"] + prediction.ms["run"]) * 1e3)
    print(f"{numpy.median(extra):.1f} us a call, 99 % below {numpy.percentile(extra, 99):.1f} us, {len(extra)} calls")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
