"""Time against size, drawn as SVG: both axes logarithmic, one line for each engine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 120, 30, 50
COLOURS = {
    "cgkg": "#0b6e4f",
    "reasonable": "#c05621",
    "owlrl": "#6b46c1",
    "spark": "#2b6cb0",
    "pyoxigraph": "#718096",
}
_MEANT = {"pyoxigraph": "a loop over the data"}
Points = list[tuple[float, float]]


def svg(rows: Iterable[dict[str, Any]], *, processor: bool = False) -> str:
    """The picture.

    Args:
        processor: draw the processor seconds of each process, from files to file, where they are
            known, instead of the seconds of the closure; and those of Spark shared by so many
            cores, a power of two, that its line meets that of cgkg.
    """
    title = f"{'Processor seconds' if processor else 'Seconds'} to close"
    lines: dict[str, Points] = {}
    for row in rows:
        if processor and "cpu_seconds" not in row:
            continue
        seconds = row["cpu_seconds"] if processor else row["reason_seconds"] or row["load_seconds"]
        lines.setdefault(row["engine"], []).append((row["explicit"], seconds))
    points = [point for line in lines.values() for point in line]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{title}, by number of explicit triples</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    parts += [_tick(across, power, vertical=True) for power in across.powers()]
    parts += [_tick(up, power, vertical=False) for power in up.powers()]
    for engine, line in lines.items():
        parts += _line(engine, [(across(x), up(y)) for x, y in sorted(line)])
    if processor and {"cgkg", "spark"} <= lines.keys():
        cores = _cores(lines["cgkg"], lines["spark"])
        shared = [(across(x), up(y / cores)) for x, y in sorted(lines["spark"])]
        parts += _dashes(f"spark on {cores} cores", shared)
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts += [
        f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">explicit triples</text>',
        f'<text x="{LEFT - 50}" y="{TOP - 12}">seconds</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axis:
    """Values to places, by their logarithm, from one power of ten to another."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        logs = [math.log10(value) for value in values]
        self.low = math.floor(min(logs))
        self.high = max(math.ceil(max(logs)), self.low + 1)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def powers(self) -> range:
        return range(self.low, self.high + 1)


def _tick(axis: _Axis, power: int, *, vertical: bool) -> str:
    at, name = axis(10.0**power), f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
    if vertical:
        ends = f'x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"'
        label = f'x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle"'
    else:
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"'
        label = f'x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end"'
    return f'<line {ends} stroke="#e2e8f0"/><text {label}>{name}</text>'


def _cores(ours: Points, theirs: Points) -> int:
    """The power of two from which on the others' seconds, shared, are less at the largest size."""
    return 1 << math.ceil(math.log2(max(theirs)[1] / max(ours)[1]))


def _dashes(name: str, points: Points) -> list[str]:
    colour = COLOURS["spark"]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[len(points) // 2]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="4 4"/>',
        f'<text x="{x - 8:.1f}" y="{y - 8:.1f}" fill="{colour}" text-anchor="end">{name}</text>',
    ]


def _line(engine: str, points: Points) -> list[str]:
    colour = COLOURS.get(engine, "black")
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    name = _MEANT.get(engine, engine)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points),
        f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>',
    ]
