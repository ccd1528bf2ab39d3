"""What the figures were measured on and with."""
import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def told(*command):
    """The first line of what a program tells; nothing where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return next((line for line in (done.stdout + done.stderr).splitlines() if line.strip()), "")


def locked(name):
    found = re.search(rf'name = "{name}"\nversion = "(.*)"', Path("Cargo.lock").read_text())
    return found[1] if found else "?"


def python_version(folder, name):
    return told(folder / "venv/bin/python", "-c", f"from importlib.metadata import version; print(version('{name}'))")


def number(text):
    found = re.search(r"\d+\.\d+(\.\d+)?", text)
    return found[0] if found else "?"


def versions(folder):
    first = {"ffmpeg": told("ffmpeg", "-version"), "sox": told("sox", "--version"),
             "csound": told("csound", "--version"), "libsndfile": told("pkg-config", "--modversion", "sndfile"),
             "rustc": told("rustc", "--version")}
    found = {name: number(text) for name, text in first.items()}
    found |= {name: number(python_version(folder, name)) for name in ("numpy", "scipy", "pedalboard", "pyo")}
    found |= {name: locked(name) for name in ("heapless", "rtrb", "ringbuf", "crossbeam-queue", "hound")}
    return ", ".join(f"{name} {version}" for name, version in found.items() if version != "?")


def described(folder, rounds):
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cores = sorted(os.sched_getaffinity(0))
    return "\n".join([
        f"- {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {rounds} rounds, commit {told('git', 'describe', '--always', '--dirty')}",
        f"- {model[1] if model else platform.machine()}, {os.cpu_count()} cores, pinned to core {cores[0]}; "
        f"load before and after: %s and %s",
        f"- Linux {platform.release()}, Python {platform.python_version()}",
        f"- {versions(folder)}",
    ])
