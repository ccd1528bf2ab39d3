"""The sound that is worked on: spoken words over a floor of noise, so that nothing is ever silent."""
import subprocess
from pathlib import Path

from settings import RATE, STRIPS

SPEECH = Path("/usr/share/sounds/alsa")
# Channels are the same speech, each so many seconds further on.
APART = 1.37


def sox(*arguments):
    subprocess.run(["sox", "-R", *map(str, arguments)], check=True)


def speech(folder, seconds):
    """One voice, as long as the last channel needs."""
    words = sorted(path for path in SPEECH.glob("*.wav") if path.stem != "Noise")
    spoken, noise, whole = folder / "spoken.wav", folder / "noise.wav", folder / "speech.wav"
    length = seconds + APART * STRIPS
    sox(*words, "-c", 1, "-r", RATE, "-b", 32, spoken, "gain", "-n", -12, "repeat", int(length / 8), "trim", 0, length)
    sox("-n", "-r", RATE, "-b", 32, noise, "synth", length, "pinknoise", "vol", 0.01)
    sox("-m", "-v", 1, spoken, "-v", 1, noise, whole)
    return whole


def channels(voice, count, seconds, out):
    parts = [f"|sox {voice} -p trim {at * APART} {seconds}" for at in range(count)]
    sox(*(["-M"] if count > 1 else []), *parts, "-b", 32, "-e", "signed-integer", out)
    return out


def powers(path):
    """Mean power of the two channels of a file in dB."""
    form = ["-t", "s32", "-r", str(RATE), "-c", "2"] if path.suffix == ".raw" else []
    told = subprocess.run(["sox", *form, str(path), "-n", "stats"], capture_output=True, text=True, check=True).stderr
    line = next(line for line in told.splitlines() if line.startswith("RMS lev dB"))
    return [float(word) for word in line.split()[-2:]]
