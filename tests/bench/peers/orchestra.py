"""csound: an instrument that is written out strip by strip, since its opcodes keep what they know per place in the text."""
import os
from pathlib import Path

import settings as s
from tools import terms

SIX = f"""
kprepeak@ peak ain@
kprerms@ rms ain@
apost@ = ain@ * {s.GAIN}
kpostpeak@ peak apost@
kpostrms@ rms apost@"""
BANDS = "".join(f"\naeq@ pareq aeq@, {hz}, {s.linear(s.BAND_DB):.5f}, {s.BAND_Q}" for hz in s.BANDS_HZ)
# No gate below -90 dB; the two ends of the knee; no look-ahead.
KNEE = f"{s.THRESHOLD_DB - s.KNEE_DB / 2}, {s.THRESHOLD_DB + s.KNEE_DB / 2}"
TIMES = f"{s.ATTACK_MS / 1000}, {s.RELEASE_MS / 1000}"
STRIP = f"""
aeq@ = ain@ * {s.GAIN}{BANDS}
apost@ compress2 aeq@, aeq@, -90, {KNEE}, {s.RATIO}, {TIMES}, 0"""


def csound(work, source, seconds, out):
    strip, levels = (SIX, s.LEVELS) if work == "six" else (STRIP, [s.STRIP_LEVEL] * s.STRIPS)
    inputs = ", ".join(f"ain{at}" for at in range(len(levels)))
    strips = "".join(strip.replace("@", str(at)) for at in range(len(levels)))
    mix = terms(levels, "apost{at} * {level}", " + ")
    file = Path(source).with_suffix(".csd")
    file.write_text(f"""<CsoundSynthesizer>
<CsInstruments>
sr = {s.RATE}
ksmps = {s.FRAMES}
nchnls = 2
0dbfs = 1
instr 1
{inputs} diskin2 "{source}"{strips}
aleft = {mix}
aright = {mix}
outs aleft, aright
endin
</CsInstruments>
<CsScore>
i 1 0 {seconds}
e
</CsScore>
</CsoundSynthesizer>
""")
    # It would remove the device first and leave a file in its place.
    to = ["-n"] if out == os.devnull else ["-o", out]
    return ["csound", "-d", "-m0", "-h", "-l", *to, file]
