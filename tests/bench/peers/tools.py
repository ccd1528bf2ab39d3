"""Peers that are programs of their own: the command line that does a work on so many seconds of a file."""
import os
import subprocess
import time

import settings as s

# Subtracted from a long run, so that starting does not count.
SHORT = 1.0


def terms(levels, term, joint):
    return joint.join(term.format(at=at, one=at + 1, level=round(level, 4)) for at, level in enumerate(levels))


def ffmpeg_six():
    stats = "astats=measure_perchannel=Peak_level+RMS_level:measure_overall=none"
    mix = terms(s.LEVELS, "{level}*c{at}", "+")
    return f"[0]asetnsamples={s.FRAMES},{stats},volume={s.GAIN},{stats},pan=stereo|c0={mix}|c1={mix}"


def ffmpeg_strips():
    """Bands run on 16 channels at once, the most that a layout has a name for: without a name they would pass the sound on
    as it is. A compressor would link its channels, so each gets its own."""
    bands = ",".join(f"equalizer=f={hz}:t=q:w={s.BAND_Q}:g={s.BAND_DB}" for hz in s.BANDS_HZ)
    compressor = (f"acompressor=threshold={s.linear(s.THRESHOLD_DB)}:ratio={s.RATIO}:attack={s.ATTACK_MS}"
                  f":release={s.RELEASE_MS}:knee={s.linear(s.KNEE_DB)}")
    graph = f"[0]asetnsamples={s.FRAMES},volume={s.GAIN},asplit=2[h0][h1];"
    for half in (0, 1):
        some = "|".join(f"c{at}=c{16 * half + at}" for at in range(16))
        graph += f"[h{half}]pan=hexadecagonal|{some},{bands},asplit=16{named('s', half)};"
        graph += "".join(f"[s{half}_{at}]pan=mono|c0=c{at},{compressor}[c{half}_{at}];" for at in range(16))
    side = f"{s.STRIP_LEVEL}*c0"
    return graph + f"{named('c', 0)}{named('c', 1)}amix=inputs={s.STRIPS}:normalize=0,pan=stereo|c0={side}|c1={side}"


def named(what, half):
    return "".join(f"[{what}{half}_{at}]" for at in range(16))


def ffmpeg(work, source, seconds, out):
    graph = ffmpeg_six() if work == "six" else ffmpeg_strips()
    return ["ffmpeg", "-nostdin", "-y", "-v", "error", "-t", seconds, "-i", source, "-filter_complex_threads", 1,
            "-filter_complex", graph, "-c:a", "pcm_s32le", "-f", "s32le", out]


def sox(work, source, seconds, out):
    if work == "six":
        mix = terms(s.LEVELS, "{one}v{level}", ",")
        effects = ["stats", "vol", s.GAIN, "stats", "remix", "-m", mix, mix]
    else:
        mix = terms([s.STRIP_LEVEL] * s.STRIPS, "{one}v{level}", ",")
        bands = [word for hz in s.BANDS_HZ for word in ("equalizer", hz, f"{s.BAND_Q}q", s.BAND_DB)]
        times = ",".join([f"{s.ATTACK_MS / 1000},{s.RELEASE_MS / 1000}"] * s.STRIPS)
        above = s.THRESHOLD_DB - s.THRESHOLD_DB / s.RATIO
        law = f"{s.KNEE_DB}:-90,-90,{s.THRESHOLD_DB},{s.THRESHOLD_DB},0,{-abs(above):.3f}"
        effects = ["vol", s.GAIN, *bands, "compand", times, law, "remix", "-m", mix, mix]
    channels = len(s.LEVELS) if work == "six" else s.STRIPS
    return ["sox", "-D", "--buffer", s.FRAMES * channels, source, "-t", "s32", out, "trim", 0, seconds, *effects]


def run(command):
    begun = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or "no word of why").splitlines()[-1])
    return time.perf_counter() - begun


def nanoseconds(tool, work, source, seconds):
    """For 128 frames: a long run less a short one."""
    long, short = (run(tool(work, source, length, os.devnull)) for length in (seconds, SHORT))
    return (long - short) * 1e9 / ((seconds - SHORT) * s.RATE / s.FRAMES)
