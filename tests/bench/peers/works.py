"""The works and who does them."""
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import orchestra
import ours
import sound
import stretching
import tools

HERE = Path(__file__).parent
CHECKED = 5
TOOLS = {"ffmpeg": tools.ffmpeg, "sox": tools.sox, "csound": orchestra.csound}
MODULES = ["numpy", "pedalboard", "pyo"]


@dataclass
class Contestant:
    name: str
    note: str
    # Nanoseconds for 128 frames; None where this build cannot say.
    measure: Callable[[], float | None]
    powers: Callable[[], list[float]] | None = None
    missing: str | None = None
    figures: list[float] = field(default_factory=list)
    power: list[float] | None = None


@dataclass
class Work:
    title: str
    contestants: list[Contestant]
    # How far mixes of the same work may lie apart, in dB.
    apart: float = 0.0
    # Whether nobody may be faster: not where others do less for less.
    raced: bool = True


@dataclass
class Place:
    """Where everything is, and how long each run takes."""
    folder: Path
    seconds: dict[str, float]
    criterion: float

    def wave(self, work):
        return self.folder / f"{work}.wav"

    def missing(self, name):
        """Why a peer could not be installed, as the set-up left it."""
        told = self.folder / "missing" / name
        return "not installed: " + told.read_text().strip() if told.exists() else None


def rust(place, name, note, bench, case, scale=1.0):
    def measure():
        figure = ours.nanoseconds(bench, case, place.folder, place.criterion)
        return figure and figure * scale
    return Contestant(name, note, measure)


def program(place, name, note, work):
    def powers():
        out = place.folder / f"{name}-{work}.raw"
        tools.run(TOOLS[name](work, place.wave(work), CHECKED, out))
        return sound.powers(out)
    measure = lambda: tools.nanoseconds(TOOLS[name], work, place.wave(work), place.seconds[work])
    return Contestant(name, note, measure, powers, place.missing(name))


def script(place, name, work, seconds, out):
    """In the virtual environment, and without what tells its libraries to run another processor's code."""
    command = [place.folder / "venv/bin/python", "-B", HERE / f"with_{name}.py", work, place.wave(work), seconds, out]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS")}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, env=clean)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or "no word of why").splitlines()[-1])
    return float(done.stdout.split()[-1])


def module(place, name, note, work, compared=True):
    out = place.folder / f"{name}-{work}.{'wav' if name == 'pyo' else 'raw'}"

    def powers():
        script(place, name, work, CHECKED, out)
        return sound.powers(out)
    measure = lambda: script(place, name, work, place.seconds[work], out)
    return Contestant(name, note, measure, powers if compared else None, place.missing(name))


def six(place):
    group = "period of 128 frames"
    engine = rust(place, "ours", "both taps too, into a block", "period", f"{group}/6 inputs to 2")
    engine.powers = lambda: ours.powers(place.folder / "check.wav")
    return Work("6 inputs to 2, peak and RMS before and after the strip", [
        engine,
        rust(place, "plain loop", "in Rust, frame by frame", "period", "a plain loop"),
        program(place, "ffmpeg", "astats, volume, astats, pan", "six"),
        program(place, "sox", "stats, vol, stats, remix", "six"),
        program(place, "csound", "peak, rms, ksmps 128", "six"),
        module(place, "numpy", "whole periods", "six"),
        module(place, "pedalboard", "gain; meters and matrix by numpy: it has none", "six"),
        module(place, "pyo", "PeakAmp, RMS, offline server", "six"),
    ], apart=0.1)


def strips(place):
    group = "4 bands and a compressor on each strip"
    return Work("32 strips, 4 bands and a compressor, to 2", [
        rust(place, "ours", "meters and taps too", "period", f"{group}/32 of 32"),
        rust(place, "plain loop", "in Rust, strip by strip", "period", f"{group}/a plain loop over 32"),
        program(place, "ffmpeg", "equalizer, a mono acompressor each, amix", "strips"),
        program(place, "sox", "equalizer, compand, remix", "strips"),
        program(place, "csound", "pareq, compress2", "strips"),
        module(place, "numpy", "sosfilt of scipy, a gain for each 8 frames", "strips"),
        module(place, "pedalboard", "PeakFilter, Compressor; sum by numpy", "strips"),
        module(place, "pyo", "EQ, Compress, offline server", "strips"),
    ], apart=1.5)


def voices(place):
    group = "period of 128 frames/50 voices"
    return Work("50 clips of 10 s, each at a speed of its own, to 2", [
        rust(place, "ours", "24 taps of a windowed sinc", "voices", f"{group}, sinc"),
        rust(place, "ours, four points", "Hermite's curve", "voices", f"{group}, four points"),
        rust(place, "plain loop", "in Rust, voice by voice, Hermite's curve", "voices", "a plain loop over 50 voices"),
        module(place, "pyo", "TableRead, cubic, offline server", "voices", compared=False),
    ])


def hand_over(place):
    def queue(shown, name, note, part):
        return rust(place, shown, note, "handover", f"hand-over of a block and back/{name}, {part}")
    names = [("ours", "heapless (ours)"), *((name, name) for name in ("rtrb", "ringbuf", "crossbeam-queue"))]
    return [Work(f"hand over a block of 6 lanes and get it back, {part}",
                 [queue(shown, name, "our pool over heapless" if shown == "ours" else "the same blocks", part)
                  for shown, name in names])
            for part in ("with its samples", "the block alone")]


def sndfile(place, blocks):
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        done = subprocess.run([str(place.folder / "sndfile"), folder, str(blocks)], capture_output=True, text=True,
                              check=True)
    return float(done.stdout.split()[0])


def writers(place):
    block = 128 / 1024
    blocks = int(place.criterion * 20_000)
    return Work("write 6 mono files of 24 bit, 128 frames of each", [
        rust(place, "ours", "packed and written", "writers", "6 mono files/pack and write", block),
        rust(place, "ours, a take", "headers kept, with checksums", "pack", "6 channels/a take's files, checksum and all",
             block),
        rust(place, "hound", "rounded by the caller", "writers", "6 mono files/hound", block),
        Contestant("libsndfile", "sf_write_float, clipping on", lambda: sndfile(place, blocks),
                   missing=place.missing("libsndfile")),
    ])


def stretched(place, name, note, command):
    seconds = place.seconds["stretch"]
    who = Contestant(name, note, lambda: stretching.nanoseconds(place.folder, command, seconds))

    def powers():
        who.note = f"{note}; {stretching.quality(place.folder, command)}"
        return stretching.powers(place.folder, command)
    who.powers = powers
    who.missing = place.missing(name.split()[0])
    return who


def stretch(place):
    return Work("2 channels 3 semitones higher, at their length", [
        stretched(place, "ours", "resampled, then stretched by Signalsmith's vocoder", stretching.our_own),
        stretched(place, "rubberband", "R2, a phase vocoder", stretching.rubberband()),
        stretched(place, "rubberband fine", "R3, a phase vocoder of several lengths", stretching.rubberband("--fine")),
        stretched(place, "soundstretch", "overlap-add: doubles or drops what does not fit", stretching.soundstretch),
    ], apart=4.0, raced=False)


def all_works(place):
    return [six(place), strips(place), voices(place), *hand_over(place), writers(place), stretch(place)]
