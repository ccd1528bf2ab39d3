"""Ours beside its peers: each round runs everyone once, so that what disturbs the machine disturbs all alike."""
import argparse
import os
import statistics
import sys
from pathlib import Path

import machine
import report
import settings
import sound
import stretching
from works import CHECKED, Place, all_works

NOTES = """Times are for 128 frames at 48 kHz (2,667 us), by the wall clock, everyone pinned to one core. A round gives one figure, the
mean of many periods; median and max are over the rounds. Programs are timed over a long file less a short one, so that their
start does not count; they read that file and write nowhere. "mix dB" is the mean power of either output: in the first work
within 0.1 dB of ours; in the second, where compressors follow laws of their own, within 1.5 dB of the middle one; in the last,
whose programs write a file, within 4 dB of ours, as vocoders lose some of what is noise. That one is no race: overlap-add does
less, and who stretches does it ahead of time."""


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="at least 5")
    parser.add_argument("--short", action="store_true", help="shorter runs, the same rounds")
    parser.add_argument("--check", action="store_true", help="fail where a peer is faster than we are, beyond noise")
    return parser.parse_args()


def prepared(folder, short):
    seconds = {"six": 20.0, "strips": 6.0, "stretch": 6.0, "voices": 6.0} if short else \
        {"six": 60.0, "strips": 20.0, "stretch": 20.0, "voices": 20.0}
    voice = sound.speech(folder, max(seconds.values()))
    place = Place(folder, seconds, 0.3 if short else 1.5)
    sound.channels(voice, 6, seconds["six"], place.wave("six"))
    sound.channels(voice, 32, seconds["strips"], place.wave("strips"))
    sound.channels(voice, 1, settings.CLIP_SECONDS, place.wave("voices"))
    sound.channels(voice, 6, CHECKED, folder / "check.wav")
    stretching.prepare(folder, voice, seconds["stretch"])
    return place


def attempt(contestant, what):
    """Runs it; one that fails says why in the table and is left out from then on."""
    try:
        return what()
    except (RuntimeError, OSError, ValueError) as error:
        contestant.missing = f"failed: {error}"
        return None


def check(work):
    """Whether everyone mixes the same as we do, or as the middle one of all where we do not say; who does not is told."""
    for contestant in work.contestants:
        if contestant.powers and not contestant.missing:
            contestant.power = attempt(contestant, contestant.powers)
    mixed = [contestant for contestant in work.contestants if contestant.power]
    if not mixed:
        return True
    right = work.contestants[0].power or [statistics.median(side) for side in zip(*(who.power for who in mixed))]
    wrong = [who.name for who in mixed if any(abs(a - b) > work.apart for a, b in zip(right, who.power))]
    for name in wrong:
        print(f"not the same work: {work.title}: {name}", file=sys.stderr)
    return not wrong


def once(contestant):
    if contestant.missing:
        return
    taken = attempt(contestant, contestant.measure)
    if taken is not None:
        contestant.figures.append(taken)
    else:
        contestant.missing = contestant.missing or "not in this build"


def faster(work):
    """Peers that took less than nine tenths of our time in every round: what disturbs a machine disturbs some of them only."""
    ours, *others = work.contestants
    if not work.raced:
        return []
    if not ours.figures:
        return [f"{ours.name} has no figure: {ours.missing}"]
    peers = [who for who in others if who.figures and not who.name.startswith("ours")]
    return [who.name for who in peers if all(them < 0.9 * us for us, them in zip(ours.figures, who.figures))]


def overtaken(works):
    """Tells who is faster; whether anybody is."""
    named = [(work.title, name) for work in works for name in faster(work)]
    for title, name in named:
        print(f"faster than ours: {title}: {name}", file=sys.stderr)
    return bool(named)


def main():
    given = arguments()
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve()
    place = prepared(target / "peers", given.short)
    works = all_works(place)
    same = all([check(work) for work in works])
    before = os.getloadavg()[0]
    for turn in range(given.rounds):
        print(f"round {turn + 1} of {given.rounds}", file=sys.stderr)
        for work in works:
            for contestant in work.contestants:
                once(contestant)
    told = machine.described(place.folder, given.rounds) % (f"{before:.1f}", f"{os.getloadavg()[0]:.1f}")
    text = f"{report.table(works)}\n\n{told}\n\n{NOTES}\n"
    print(text)
    (target / "bench.md").write_text(f"# Vestry beside its peers\n\n![bars](bench.png)\n\n{text}")
    report.picture(works, target / "bench.png")
    sys.exit(1 if not same or (given.check and overtaken(works)) else 0)


main()
