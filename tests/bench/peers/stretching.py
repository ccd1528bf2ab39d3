"""Who makes a clip higher at its length: programs that read a file and write one, ours among them."""
import array
import math
import subprocess
import wave

import ours
import sound
import tools
from settings import FRAMES, RATE

SEMITONES = 3
TONE_HZ = 997
SHORT = 1


def rubberband(*more):
    return lambda source, out: ["rubberband", "-q", *more, "-p", SEMITONES, source, out]


def soundstretch(source, out):
    return ["soundstretch", source, out, f"-pitch={SEMITONES}"]


def our_own(source, out):
    return [ours.program("stretch"), source, out]


def prepare(folder, voice, seconds):
    """Two channels of speech, so long and short, and a tone on both; of 16 bit, which everyone reads and writes."""
    for length, name in ((seconds, "long"), (SHORT, "short")):
        parts = [f"|sox {voice} -p trim {at} {length}" for at in range(2)]
        sound.sox("-M", *parts, "-b", 16, folder / f"stretch-{name}.wav")
    sound.sox("-n", "-r", RATE, "-c", 2, "-b", 16, folder / "stretch-tone.wav", "synth", 5, "sine", TONE_HZ, "vol", 0.5)


def taken(folder, command, name):
    return tools.run(command(folder / f"stretch-{name}.wav", folder / "stretched.wav"))


def nanoseconds(folder, command, seconds):
    """For 128 frames: a long file less a short one."""
    return (taken(folder, command, "long") - taken(folder, command, "short")) * 1e9 / ((seconds - SHORT) * RATE / FRAMES)


def powers(folder, command):
    taken(folder, command, "long")
    return sound.powers(folder / "stretched.wav")


def middle(path):
    """The left channel without its ends."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))[::2]
    return samples[RATE:-RATE]


def hertz(samples):
    """By the zeros on the way up, with straight lines between samples."""
    zeros = [at - now / (now - before) for at, (before, now) in enumerate(zip(samples, samples[1:]))
             if before < 0 <= now]
    return (len(zeros) - 1) * RATE / (zeros[-1] - zeros[0])


def quality(folder, command):
    """How far a tone is from its pitch and its level."""
    taken(folder, command, "tone")
    before, after = middle(folder / "stretch-tone.wav"), middle(folder / "stretched.wav")
    cents = 1200 * math.log2(hertz(after) / (TONE_HZ * 2 ** (SEMITONES / 12)))
    power = lambda samples: 10 * math.log10(sum(sample * sample for sample in samples) / len(samples))
    return f"a tone is {cents:+.3f} cents and {power(after) - power(before):+.2f} dB off"
