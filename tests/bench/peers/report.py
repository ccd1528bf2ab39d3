"""The table, as Markdown, and its picture."""
import statistics
import subprocess
import textwrap

HEAD = ["work", "who", "median us", "max us", "ratio to ours", "mix dB", "how"]


def median(contestant):
    return statistics.median(contestant.figures) / 1000 if contestant.figures else None


def figure(value):
    """Three digits that count, and no more than a nanosecond."""
    places = next((places for least, places in ((100, 0), (10, 1), (1, 2), (0.1, 3)) if value >= least), 4)
    return f"{value:.{places}f}"


def row(work, contestant, ours):
    first = [work.title if contestant is work.contestants[0] else "", contestant.name]
    if contestant.missing:
        return [*first, "-", "-", "-", "-", contestant.missing]
    mid = median(contestant)
    ratio = figure(mid / ours) if ours else "-"
    power = " ".join(f"{side:.2f}" for side in contestant.power or []) or "-"
    return [*first, figure(mid), figure(max(contestant.figures) / 1000), ratio, power, contestant.note]


def table(works):
    rows = [HEAD]
    for work in works:
        rows += [row(work, contestant, median(work.contestants[0])) for contestant in work.contestants]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def bars(works):
    """gnuplot's data: one bar a contestant, a gap after each work."""
    at = 0
    for work in works:
        for contestant in work.contestants:
            if contestant.figures:
                least = min(contestant.figures) / 1000
                yield at, contestant.name, median(contestant), least, max(contestant.figures) / 1000
                at += 1
        at += 1


def picture(works, file):
    """Medians as bars, least and most of the rounds as their whiskers, over a logarithmic axis."""
    lines = list(bars(works))
    names = ", ".join(f'"{name}" {at}' for at, name, *_ in lines)
    titles = titled(works)
    data = "\n".join(f"{at} {mid} {least} {most} {0x2e7d32 if name.startswith('ours') else 0x90a4ae}"
                     for at, name, mid, least, most in lines)
    script = f"""set terminal pngcairo size 1600,800 noenhanced font "sans,11"
set output "{file}"
$rows << END
{data}
END
set logscale y
set ylabel "us for 128 frames: median, least and most of the rounds"
set xtics rotate by -45 ({names})
set xrange [-1:{lines[-1][0] + 1}]
set boxwidth 0.8
set style fill solid
set grid y
unset key
{titles}
plot $rows using 1:2:5 with boxes linecolor rgb variable, $rows using 1:2:3:4 with yerrorbars linecolor "black" pointtype 7 pointsize 0.4
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def titled(works):
    """A label over the bars of each work, as narrow as they are."""
    labels, at = [], 0
    for work in works:
        shown = sum(bool(contestant.figures) for contestant in work.contestants)
        if shown:
            title = "\\n".join(textwrap.wrap(work.title, 5 * shown))
            labels.append(f'set label "{title}" at first {at - 0.4}, graph 1.12')
        at += shown + 1
    return "\n".join([*labels, "set tmargin 7"])
