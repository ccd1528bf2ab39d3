"""numpy: arithmetic on whole periods; filters by scipy, the compressor's gain once in eight frames, as ours."""
import numpy as np

import settings as s
from periods import FULL, main

LEVELS = np.array([s.LEVELS, s.LEVELS], dtype=np.float32).T.copy()
GROUP = 8


def meter(sound):
    return np.abs(sound).max(axis=0), np.sqrt(np.einsum("ij,ij->j", sound, sound) / s.FRAMES)


def six(period, out):
    sound = period * np.float32(1 / FULL)
    meter(sound)
    sound *= np.float32(s.GAIN)
    meter(sound)
    out[:] = (sound @ LEVELS) * FULL


def bell(hz):
    """R. Bristow-Johnson's peakingEQ."""
    a, w = 10 ** (s.BAND_DB / 40), 2 * np.pi * hz / s.RATE
    alpha = np.sin(w) / (2 * s.BAND_Q)
    rest = [-2 * np.cos(w)]
    b, d = [1 + alpha * a, *rest, 1 - alpha * a], [1 + alpha / a, *rest, 1 - alpha / a]
    return np.array([*b, *d]) / d[0]


class Strips:
    def __init__(self):
        from scipy.signal import sosfilt
        self.filter = sosfilt
        self.bands = np.array([bell(hz) for hz in s.BANDS_HZ], dtype=np.float32)
        self.state = np.zeros((len(s.BANDS_HZ), s.STRIPS, 2), dtype=np.float32)
        self.gain = np.zeros(s.STRIPS, dtype=np.float32)
        frames = GROUP / s.RATE * 1000
        self.attack, self.release = (np.float32(1 - np.exp(-frames / ms)) for ms in (s.ATTACK_MS, s.RELEASE_MS))

    def __call__(self, period, out):
        sound = period.T * np.float32(s.GAIN / FULL)
        sound, self.state = self.filter(self.bands, sound, axis=1, zi=self.state)
        groups = sound.reshape(s.STRIPS, -1, GROUP)
        level = 20 * np.log10(np.abs(groups).max(axis=2) + 1e-9)
        wanted = (1 / s.RATIO - 1) * np.maximum(level - s.THRESHOLD_DB, 0)
        gains = np.empty_like(wanted)
        for at in range(wanted.shape[1]):
            apart = wanted[:, at] - self.gain
            self.gain += np.where(apart < 0, self.attack, self.release) * apart
            gains[:, at] = self.gain
        sound = (groups * (10 ** (gains / 20))[:, :, None]).reshape(s.STRIPS, -1)
        out[:] = (sound.sum(axis=0) * np.float32(s.STRIP_LEVEL * FULL))[:, None]


if __name__ == "__main__":
    main({"six": (six, len(s.LEVELS)), "strips": (Strips(), s.STRIPS)})
