"""What a run of the benchmark came to, as Markdown.

    python benchmarks/endpoint/report.py FILE [--readme]

prints the tables of a run that was written with --json; --readme puts them into README.md beside
this script, between the two marks that are there.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
ENDLESS = -2  # in place of a number of rows: there was no answer
OURS, WEAK, ENGINE = "cgkg", "rdflib-endpoint", "oxigraph"

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
    options = parser.parse_args()
    tables = text(json.loads(options.file.read_text("utf-8")))
    if not options.readme:
        print(tables)
        return
    marks = re.compile(r"(<!-- figures -->\n).*(<!-- end of figures -->)", re.DOTALL)
    content = README.read_text("utf-8")
    README.write_text(marks.sub(lambda m: f"{m[1]}\n{tables}\n{m[2]}", content), "utf-8")


def text(result: Row) -> str:
    """The whole report."""
    sizes = ", ".join(f"{name} {count:,} triples" for name, count in result["sizes"].items())
    parts = [
        f"{result['machine']}; {'; '.join(result['peers'].values())}. Data: {sizes}. "
        f"Generator: {result['generator']}, up to {_busiest(result):.0%} of a core.",
        f"    {result['command']}",
        *(f"- left out: {name}: {why}" for name, why in result["left_out"].items()),
        "\n".join(targets(result)),
        *(_workload(result, name) for name in dict.fromkeys(_column(result["rates"], "workload"))),
        _starts(result["starts"]),
        _differences(result["differences"]),
        _singles(result["singles"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _busiest(result: Row) -> float:
    return max(_column(result["rates"], "generator_cpu"), default=0.0)


def _column(rows: Iterable[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None) -> str:
    """With as many digits as mean something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _workload(result: Row, workload: str) -> str:
    """One table for each workload: a line for each peer and number of clients."""
    first = {row["peer"]: row for row in result["first"] if row["workload"] == workload}
    found: dict[tuple[int, str], dict[str, Row]] = {}
    for row in result["rates"]:
        if row["workload"] == workload:
            found.setdefault((row["clients"], row["peer"]), {})[row["cache"]] = row
    head = ["clients", "peer", "first ever ms: p50", "max"]
    for column in ("cache off", "cache on"):
        head += [f"{column}: /s", "p50 ms", "p99", "max"]
    lines = []
    for (clients, peer), columns in found.items():
        times = [_number(first[peer][name]) for name in ("p50_ms", "max_ms")]
        cells = [str(clients), peer, *times]
        for name in ("off", "on"):
            row = columns[name]
            cells.append(_number(row["rate"]) + _faults(row))
            cells += [_number(row[one]) for one in ("p50_ms", "p99_ms", "max_ms")]
        lines.append(cells)
    return f"### {workload}\n\n{_table(head, lines)}"


def _faults(row: Row) -> str:
    said = [f"{row[name]} {name}" for name in ("bad", "broken") if row[name]]
    if row.get("restarted"):
        said.append("did not stop")
    return f" ({', '.join(said)})" if said else ""


def _starts(rows: Sequence[Row]) -> str:
    names = ("from_file_seconds", "again_seconds", "rest_mb", "loaded_mb")
    lines = [
        [row["dataset"], row["peer"], *(_number(row.get(name)) for name in names)] for row in rows
    ]
    head = ["data", "peer", "from file to first answer s", "started again s"]
    return "### Start and memory\n\n" + _table([*head, "MB at rest", "MB after load"], lines)


def _differences(rows: Sequence[Row]) -> str:
    if not rows:
        return "All peers gave as many rows as the engine alone to every query."
    lines = [
        [row["workload"], row["peer"], row["query"], _told(row["rows"]), str(row["expected"])]
        for row in rows
    ]
    more = f"\n\nand {len(lines) - 40} more" if len(lines) > 40 else ""
    head = ["workload", "peer", "query", "rows", "expected"]
    said = "A query to which one gave no answer was then put to none of them."
    return f"### Answers that differ\n\n{said}\n\n{_table(head, lines[:40])}{more}"


def _told(rows: int) -> str:
    """A count of rows, or why there is none."""
    if rows >= 0:
        return str(rows)
    return {-1: "no result", ENDLESS: "no answer in 30 s"}.get(rows, f"status {-rows}")


def _singles(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    worst = sorted(rows, key=lambda row: _allowed(row) - row["http_ms"])[:12]
    lines = [
        [
            row["dataset"],
            row["query"],
            *map(_number, (row["bare_ms"], row["http_ms"], _allowed(row))),
        ]
        for row in worst
    ]
    head = ["data", "query", "engine alone ms", "over HTTP ms", "allowed ms"]
    return (
        f"### A query by itself\n\nThe {len(worst)} of {len(rows)} that come nearest to "
        f"the limit or beyond it:\n\n{_table(head, lines)}"
    )


def _allowed(row: Row) -> float:
    return float(row["bare_ms"] * 1.5 + 1)


# What was asked for


def targets(result: Row) -> list[str]:
    """A line for each target that the run can speak of."""
    lines = [
        _ratio(result, "competency", WEAK, "off", 20),
        _ratio(result, "lookups", ENGINE, "off", 0.5),
        _ratio(result, "heavy", ENGINE, "off", 1),
        *_ahead(result),
    ]
    if rows := result["singles"]:
        within = sum(row["http_ms"] <= _allowed(row) for row in rows)
        said = f"- a query by itself within 1.5 times the engine alone + 1 ms: {within} of"
        lines.append(f"{said} {len(rows)} ({_met(within == len(rows))})")
    return [line for line in lines if line]


def _rates(result: Row, workload: str, cache: str) -> dict[str, float]:
    """Requests a second of each peer, with 8 clients."""
    wanted = {"workload": workload, "cache": cache, "clients": 8}
    return {row["peer"]: row["rate"] for row in result["rates"] if wanted.items() <= row.items()}


def _ratio(result: Row, workload: str, peer: str, cache: str, wanted: float) -> str:
    rates = _rates(result, workload, cache)
    if OURS not in rates or not rates.get(peer):
        return ""
    times = rates[OURS] / rates[peer]
    return (
        f"- {workload}, 8 clients, cache {cache}: {times:.2f} times {peer} "
        f"(at least {wanted:g}: {_met(times >= wanted)})"
    )


def _ahead(result: Row) -> Iterable[str]:
    for workload in dict.fromkeys(_column(result["rates"], "workload")):
        rates = _rates(result, workload, "on")
        others: Callable[[str], float] = rates.__getitem__
        peers = [peer for peer in rates if peer != OURS]
        if OURS in rates and peers:
            best = max(peers, key=others)
            yield (
                f"- {workload}, 8 clients, cache on: {_number(rates[OURS])}/s, the best peer "
                f"{best} {_number(rates[best])}/s ({_met(rates[OURS] > rates[best])})"
            )


def _met(yes: bool) -> str:
    return "met" if yes else "NOT met"


if __name__ == "__main__":
    main()
