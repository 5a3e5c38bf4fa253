"""Reasoners compared: time, memory, size and agreement of the closure, in one run.

    python benchmarks/reasoning/run.py --sizes 20k,200k --engines cgkg,reasonable,owlrl --json FILE
    python benchmarks/reasoning/run.py --sizes 200k,2M --engines cgkg,spark   # with cgkg[spark]

The engines take turns, each measurement in a process of its own. `pyoxigraph` is always measured
too: no reasoner, but the yardstick of how fast triples can be read and copied at all.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import describe_machine
from reasoning import generate
from reasoning.plot import svg

HERE = Path(__file__).parent
ENGINES = ("cgkg", "reasonable", "owlrl")
# Beyond these sizes an engine takes many minutes, or hours.
MOST = {"owlrl": 20_000, "reasonable": 200_000}
LONG = 20  # seconds: a measurement that takes longer is made once
LARGE = 1_000_000  # below, a process's own start weighs more than the triples
LIBRARIES = ("numpy", "polars", "pyoxigraph", "reasonable", "owlrl", "rdflib", "pyspark")

Row = dict[str, Any]


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = [
            row for text in options.sizes.split(",") for row in measure(text, options, Path(folder))
        ]
    lines = [describe_machine(*LIBRARIES), "", *table(rows), "", *targets(rows)]
    print("\n".join(lines))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    if options.svg:
        options.svg.write_text(svg(rows, processor="spark" in options.engines), "utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="2k,20k,200k", help="explicit triples, 2k to 10M")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument(
        "--runs", type=int, default=1, help="the median is kept; one if it takes long"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inverse-functional", action="store_true")
    parser.add_argument("--all", action="store_true", help="slow engines at large sizes, too")
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    parser.add_argument(
        "--svg", type=Path, help="draw time against size into this file; with Spark processor time"
    )
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    return parser.parse_args()


# -- measuring -------------------------------------------------------------------------------------


def measure(text: str, options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """The rows of one size, engine by engine."""
    data = folder / "data.nt"
    explicit = generate.write(
        data,
        generate.size(text),
        seed=options.seed,
        inverse_functional=options.inverse_functional,
    )
    files = [HERE / "ontology.ttl", data]
    if options.inverse_functional:
        files.insert(0, HERE / "inverse-functional.ttl")
    engines = options.engines.split(",")
    ours = folder / "cgkg.nt"
    if "cgkg" in engines:
        engines = ["cgkg", "pyoxigraph", *(one for one in engines if one != "cgkg")]
    for engine in engines:
        if generate.size(text) > MOST.get(engine, generate.size(text)) and not options.all:
            print(f"{engine} at {text} left out; --all measures it", file=sys.stderr)
            continue
        out = ours if engine == "pyoxigraph" else folder / f"{engine}.nt"
        row = measured(engine, out, files, options.runs)
        row = {"engine": engine, "size": text, "explicit": explicit, **row}
        if engine not in ("cgkg", "pyoxigraph") and ours.exists():
            row["same_bytes"] = filecmp.cmp(ours, out, shallow=False)
            found = (1.0, 0, 0) if row["same_bytes"] else agreement(ours, out)
            row["agreement"], row["missing"], row["extra"] = found
        print(json.dumps(row), file=sys.stderr)
        yield row
    for path in folder.glob("*.nt"):
        path.unlink()


def measured(engine: str, out: Path, files: list[Path], runs: int) -> Row:
    """The median run."""
    command = [sys.executable, str(HERE / "engines.py"), engine, str(out), *map(str, files)]
    found: list[Row] = []
    for _ in range(runs):
        since = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        if time.monotonic() - since > LONG:
            break
    found.sort(key=lambda row: row.get("reason_seconds") or row["load_seconds"])
    empty = dict.fromkeys(("load_seconds", "reason_seconds", "peak_mb", "triples", "agreement"))
    return {**empty, **found[(len(found) - 1) // 2]}


_LANGUAGE = (
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "<http://www.w3.org/2000/01/rdf-schema#",
    "<http://www.w3.org/2002/07/owl#",
    "<http://www.w3.org/2001/XMLSchema#",
)


def comparable(path: Path) -> set[str]:
    """The lines of a closure that speak of individuals, without what every engine leaves out
    or puts in as it likes: axioms, declarations, what is the same as itself, literals as subjects.
    """
    found = set()
    with path.open(encoding="utf-8") as file:
        for line in file:
            s, p, o = line.rstrip(" .\n").split(" ", 2)
            if "_:" in (s[:2], o[:2]) or s.startswith(('"', *_LANGUAGE)):
                continue
            if p == generate.TYPE:
                if o.startswith(_LANGUAGE):
                    continue
            elif p == generate.SAME:
                if s == o or o[0] == '"':
                    continue
            elif p.startswith(_LANGUAGE):
                continue
            found.add(line)
    return found


def agreement(ours: Path, theirs: Path) -> tuple[float, int, int]:
    """The share of triples both have among those that one has; what they miss, what they add."""
    one, other = comparable(ours), comparable(theirs)
    return len(one & other) / len(one | other), len(one - other), len(other - one)


# -- telling ---------------------------------------------------------------------------------------


def table(rows: list[Row]) -> list[str]:
    """The rows as a Markdown table."""
    head = ("engine", "size", "load s", "reason s", "write s", "peak MB", "closure", "agreement")
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    told = any("shuffle_mb" in row for row in rows)
    if told:
        lines = [f"{lines[0]} processor s | shuffle MB | rounds |", f"{lines[1]}---|---|---|"]
    for row in rows:
        seconds = [row.get(f"{name}_seconds") for name in ("load", "reason", "write")]
        if row["engine"] == "pyoxigraph":
            seconds[2] = row["copy_seconds"]
        cells = [
            row["engine"],
            row["size"],
            *("" if one is None else f"{one:.3f}" for one in seconds),
            f"{row['peak_mb']:.0f}",
            "" if row["triples"] is None else f"{row['triples']:,}",
            _agreement(row),
        ]
        if told:
            more = [row.get("cpu_seconds"), row.get("shuffle_mb")]
            cells += ["" if one is None else f"{one:,.1f}" for one in more]
            cells.append(str(row.get("rounds", "")))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _agreement(row: Row) -> str:
    if row["agreement"] is None:
        return ""
    return "same bytes" if row["same_bytes"] else f"{row['agreement']:.4f}"


def targets(rows: list[Row]) -> list[str]:
    """What the figures come to against what is asked of them."""
    by_name = {(row["engine"], row["size"]): row for row in rows}
    ours = {row["size"]: row for row in rows if row["engine"] == "cgkg"}
    lines = []
    for other, size, wanted in (
        ("reasonable", "200k", 100),
        ("owlrl", "2k", 300),
        ("owlrl", "20k", 2000),
    ):
        if (other, size) in by_name and size in ours:
            times = by_name[other, size]["reason_seconds"] / ours[size]["reason_seconds"]
            lines.append(_told(f"times faster than {other} at {size}", times, wanted, more=True))
    for size, row in ours.items():
        yardstick = by_name.get(("pyoxigraph", size))
        if row["explicit"] < LARGE:
            continue
        if yardstick:
            ratio = row["reason_seconds"] / yardstick["load_seconds"]
            lines.append(_told(f"closure of {size} against a loop over its triples", ratio, 1))
            ratio = _whole(row) / yardstick["copy_seconds"]
            lines.append(_told(f"file to file at {size} against a copy", ratio, 2))
        above = (row["peak_mb"] - row["terms_mb"]) * 2**20 / row["triples"]
        lines.append(_told(f"bytes per triple above the terms at {size}", above, 100))
    lines += crossover(rows)
    large = [row for row in ours.values() if row["explicit"] >= 20_000]
    if len(large) > 1:
        lines.append(_told("exponent of the closure's time from 20k", exponent(large), 1.1))
    return lines


def crossover(rows: list[Row]) -> list[str]:
    """How much more Spark takes, and from how many cores on it could take less time."""
    pairs = [
        [one for one in rows if one["engine"] == name and one["explicit"] == size]
        for size in sorted({row["explicit"] for row in rows})
        for name in ("cgkg", "spark")
    ]
    found = [
        (ours[0], theirs[0]) for ours, theirs in zip(pairs[::2], pairs[1::2], strict=True)
        if ours and theirs
    ]  # fmt: skip
    lines = []
    for ours, theirs in found:
        times = _whole(theirs) / _whole(ours)
        work = theirs["cpu_seconds"] / ours["cpu_seconds"]
        lines.append(
            f"- Spark at {ours['size']}: {times:,.0f} times the seconds of cgkg, {work:,.0f} times"
            " the processor seconds"
        )
    if len(found) > 1:
        own, other = (_marginal(*rows) for rows in zip(*found[-2:], strict=True))
        lines.append(
            f"- a million triples more take Spark {other:,.0f} and cgkg {own:,.1f} processor"
            f" seconds: below {other / own:,.0f} busy cores Spark is slower at any size that cgkg"
            " holds"
        )
    return lines


def _marginal(before: Row, after: Row) -> float:
    """The processor seconds that a million explicit triples more take."""
    more: int = after["explicit"] - before["explicit"]
    return float(after["cpu_seconds"] - before["cpu_seconds"]) / more * 1e6


def _whole(row: Row) -> float:
    """The seconds from files to file."""
    return sum(float(row[f"{name}_seconds"]) for name in ("load", "reason", "write"))


def exponent(rows: list[Row]) -> float:
    """The slope of time over closure size, both as logarithms."""
    points = [(math.log(row["triples"]), math.log(row["reason_seconds"])) for row in rows]
    slope: float = statistics.linear_regression(*zip(*points, strict=True)).slope
    return slope


def _told(what: str, value: float, limit: float, *, more: bool = False) -> str:
    met = value >= limit if more else value <= limit
    sign = "at least" if more else "at most"
    return f"- {what}: {value:,.2f} ({sign} {limit:,}: {'met' if met else 'NOT met'})"


if __name__ == "__main__":
    main()
