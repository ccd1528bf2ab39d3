"""What the peers in Python share: the sound in periods, and the timing of what is done with each."""
import sys
import time

import numpy as np

from settings import FRAMES, RATE

FULL = 2_147_483_648.0


def periods(path, channels, seconds):
    """Interleaved 32-bit samples as a card delivers them, a period at a time."""
    with open(path, "rb") as file:
        start = file.read(256).index(b"data") + 8
    count = int(seconds * RATE) // FRAMES
    sound = np.fromfile(path, dtype="<i4", offset=start, count=count * FRAMES * channels)
    return sound.reshape(count, FRAMES, channels)


def main(works):
    """Runs as `SCRIPT WORK FILE SECONDS OUT`: prints nanoseconds a period and writes what was played."""
    work, source, seconds, out = sys.argv[1:]
    process, channels = works[work]
    sound = periods(source, channels, float(seconds))
    played = np.zeros((len(sound), FRAMES, 2), dtype="<i4")
    process(sound[0], played[0])
    begun = time.perf_counter()
    for period, place in zip(sound, played):
        process(period, place)
    print((time.perf_counter() - begun) * 1e9 / len(sound))
    played.tofile(out)
