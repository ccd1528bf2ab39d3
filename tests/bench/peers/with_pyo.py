"""pyo, with its server offline: as `SCRIPT WORK FILE SECONDS OUT`, prints nanoseconds a period."""
import os
import sys
import time

# It tells of windows that it does not need.
os.environ.setdefault("PYO_GUI_WX", "0")
import pyo

import settings as s


def six(sound):
    kept = [pyo.PeakAmp(sound), pyo.RMS(sound)]
    strip = pyo.Sig(sound, mul=s.GAIN)
    return kept + [pyo.PeakAmp(strip), pyo.RMS(strip)], pyo.Sig(strip, mul=s.LEVELS)


def strips(sound):
    kept = [pyo.Sig(sound, mul=s.GAIN)]
    for hz in s.BANDS_HZ:
        kept.append(pyo.EQ(kept[-1], freq=hz, q=s.BAND_Q, boost=s.BAND_DB))
    compressed = pyo.Compress(kept[-1], thresh=s.THRESHOLD_DB, ratio=s.RATIO, risetime=s.ATTACK_MS / 1000,
                              falltime=s.RELEASE_MS / 1000, lookahead=0, knee=0.5, mul=s.STRIP_LEVEL)
    return kept, compressed


def voices(path):
    tables = [pyo.SndTable(path) for _ in s.SPEEDS]
    reads = [pyo.TableRead(table, freq=table.getRate() * speed, loop=True, interp=4, mul=s.VOICE_LEVEL)
             for table, speed in zip(tables, s.SPEEDS)]
    for read in reads:
        read.play()
    return tables + reads, pyo.Mix(reads, voices=1)


def main():
    work, source, seconds, out = sys.argv[1:]
    server = pyo.Server(sr=s.RATE, nchnls=2, buffersize=s.FRAMES, duplex=0, audio="offline")
    server.setVerbosity(1)
    server.boot()
    server.recordOptions(dur=float(seconds), filename=out, fileformat=0, sampletype=2)
    if work == "voices":
        kept, mixed = voices(source)
    else:
        kept, mixed = (six if work == "six" else strips)(pyo.SfPlayer(source))
    kept += [mixed.mix(1).out(side) for side in (0, 1)]
    begun = time.perf_counter()
    server.start()
    print((time.perf_counter() - begun) * 1e9 / (float(seconds) * s.RATE / s.FRAMES))


main()
