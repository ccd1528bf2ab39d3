"""pedalboard: gain, bands and compressor in one board over all channels; it has neither meters nor a matrix, so those are
numpy's."""
import numpy as np
from pedalboard import Compressor, Gain, PeakFilter, Pedalboard

import settings as s
from periods import FULL, main
from with_numpy import LEVELS, meter

GAIN = Gain(float(20 * np.log10(s.GAIN)))
STRIP = Pedalboard([GAIN])
BANDS = [PeakFilter(hz, s.BAND_DB, s.BAND_Q) for hz in s.BANDS_HZ]
CHANNEL = Pedalboard([GAIN, *BANDS, Compressor(s.THRESHOLD_DB, s.RATIO, s.ATTACK_MS, s.RELEASE_MS)])


def run(board, sound):
    return board(sound, s.RATE, buffer_size=s.FRAMES, reset=False)


def six(period, out):
    sound = period.T * np.float32(1 / FULL)
    meter(sound.T)
    sound = run(STRIP, sound).T
    meter(sound)
    out[:] = (sound @ LEVELS) * FULL


def strips(period, out):
    sound = run(CHANNEL, period.T * np.float32(1 / FULL))
    out[:] = (sound.sum(axis=0) * np.float32(s.STRIP_LEVEL * FULL))[:, None]


if __name__ == "__main__":
    main({"six": (six, len(s.LEVELS)), "strips": (strips, s.STRIPS)})
