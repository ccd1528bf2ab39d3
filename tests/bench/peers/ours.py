"""Ours, and what else is in Rust: figures of Criterion benches, one bench at a time so that others can come between."""
import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

CARGO = os.environ["CARGO"]


def bench(name, *arguments, **variables):
    done = subprocess.run([CARGO, "bench", "--quiet", "--locked", "--bench", name, "--", *map(str, arguments)],
                          capture_output=True, text=True, check=False, env={**os.environ, **variables})
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or "no word of why").splitlines()[-1])
    return done.stdout


def nanoseconds(name, case, folder, seconds):
    """The mean of a Criterion bench; None if this build has no such one."""
    home = Path(folder) / "criterion"
    shutil.rmtree(home, ignore_errors=True)
    bench(name, "--noplot", "--warm-up-time", seconds / 3, "--measurement-time", seconds, "--exact", case,
          CRITERION_HOME=str(home))
    told = next(home.glob("**/new/estimates.json"), None)
    return told and json.loads(told.read_text())["mean"]["point_estimate"]


@functools.cache
def program(name):
    """Where a bench is, that does one thing to files and can be run as any program is."""
    done = subprocess.run([CARGO, "bench", "--quiet", "--locked", "--no-run", "--message-format", "json", "--bench", name],
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told.get("executable") and told["target"]["name"] == name:
            return told["executable"]
    raise RuntimeError((done.stderr.strip() or "no word of why").splitlines()[-1])


def powers(file):
    """Mean power in dB of either output of the engine, from six inputs."""
    return [float(word) for word in bench("mix", file).split()]
