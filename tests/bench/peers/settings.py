"""What every contestant is set to; tests/bench/period.rs sets ours to the same."""
RATE = 48_000
FRAMES = 128
# Linear gain of every strip.
GAIN = 0.8
# Six inputs: their levels in either output.
LEVELS = [0.3 + 0.05 * at for at in range(6)]
# 32 strips: four bells, each of so many dB; then a compressor; then one level for all in either output.
STRIPS = 32
BANDS_HZ = [100, 400, 1_600, 6_400]
BAND_DB = 3.0
BAND_Q = 0.7
THRESHOLD_DB = -20.0
RATIO = 3.0
KNEE_DB = 6.0
ATTACK_MS = 10.0
RELEASE_MS = 150.0
STRIP_LEVEL = 0.1
# 50 clips, each at a speed of its own, at one level in either output: as tests/bench/voices.rs has it.
VOICES = 50
CLIP_SECONDS = 10
SPEEDS = [0.85 + 0.0065 * at for at in range(VOICES)]
VOICE_LEVEL = 0.02


def linear(db):
    return 10 ** (db / 20)
