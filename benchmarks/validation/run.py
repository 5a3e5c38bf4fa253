"""Validators of SHACL compared: time, memory, and whether they find the same, in one run.

    python benchmarks/validation/run.py --sizes 20k,200k --engines cgkg,pyshacl --json FILE

Each measurement is made in a process of its own. The first engine's results are those that the
others' are compared with. An engine that is not installed, or takes longer than the limit, or
fails, has a row that says so.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import describe_machine
from validation import engines, generate

HERE = Path(__file__).parent
ONTOLOGY = HERE.parent / "reasoning" / "ontology.ttl"
SHAPES = ("records", "nested")
_SHOWN = 10
_SH = "http://www.w3.org/ns/shacl#"
LIBRARIES = ("cgkg", "pyoxigraph", "rdflib", "pyshacl", "pyshacl-turbo", "pyrudof")

Row = dict[str, Any]
Results = set[tuple[str, str, str, str]]


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = [row for size in options.sizes for row in measure(size, options, Path(folder))]
    print("\n".join([describe_machine(*LIBRARIES), "", *table(rows), "", *differences(rows)]))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def arguments() -> argparse.Namespace:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=names, default=["20k", "200k"], help="triples: 2k to 2M")
    parser.add_argument("--engines", type=names, default=[*engines.ENGINES])
    parser.add_argument("--shapes", type=names, default=[*SHAPES], help="sets of shapes")
    parser.add_argument("--limit", type=float, default=600, help="seconds of the processor")
    parser.add_argument("--memory", type=float, default=8, help="GB that an engine may take")
    parser.add_argument("--runs", type=int, default=1, help="the median of validating is kept")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mistakes", type=float, default=generate.MISTAKES)
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    options = parser.parse_args()
    for name in {*options.engines} - {*engines.ENGINES}:
        parser.error(f"there is no engine {name!r}: {', '.join(engines.ENGINES)}")
    return options


def measure(size: str, options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """The rows of one size: for each set of shapes, engine by engine."""
    data = folder / "data.nt"
    count = generate.write(data, generate.size(size), seed=options.seed, mistakes=options.mistakes)
    for shapes in options.shapes:
        first: Results | None = None
        for engine in options.engines:
            row = {"engine": engine, "shapes": shapes, "size": size, "triples": count}
            report = folder / f"{engine}.nt"
            report.unlink(missing_ok=True)
            row |= measured(engine, report, [HERE / f"{shapes}.ttl", ONTOLOGY, data], options)
            if report.is_file() and "stopped" not in row:
                told = results(report)
                row["results"] = len(told)
                first = told if first is None else first
                row["missing"], row["extra"] = sorted(first - told), sorted(told - first)
            print(json.dumps({k: row[k] for k in row if k not in ("missing", "extra")}),
                  file=sys.stderr)  # fmt: skip
            yield row


def measured(engine: str, report: Path, files: list[Path], options: argparse.Namespace) -> Row:
    """The median run, or why there is none."""
    if not engines.installed(engine):
        return {"stopped": "not installed"}
    command = [sys.executable, str(HERE / "engines.py"), engine, str(report), *map(str, files)]
    measured: list[Row] = []
    for _ in range(options.runs):
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                preexec_fn=partial(_limit, options.limit, int(options.memory * 2**30)),
            )
        except subprocess.CalledProcessError as error:
            if error.returncode == -signal.SIGPROF:
                return {"stopped": f"more than {options.limit:g} s"}
            said = error.stderr.strip()
            if error.returncode == -signal.SIGABRT or re.search("MemoryError|allocat", said):
                return {"stopped": f"more than {options.memory:g} GB"}
            return {"stopped": (said.splitlines() or [f"exit code {error.returncode}"])[-1]}
        measured.append(json.loads(done.stdout.splitlines()[-1]))
    measured.sort(key=lambda row: float(row["validate_seconds"]))
    return measured[(len(measured) - 1) // 2]


def _limit(seconds: float, size: int) -> None:
    """Let this process have no more of the processor and of memory than that."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def results(report: Path) -> Results:
    """What a report says: focus node, path, value and component of each result.

    Paths that are no IRI are told by no engine in the same way, so they are left out.
    """
    about: dict[Any, dict[str, Any]] = {}
    wanted: list[Any] = []
    for quad in ox.parse(path=str(report), format=ox.RdfFormat.N_TRIPLES):
        name = quad.predicate.value.removeprefix(_SH)
        if name == "result":
            wanted.append(quad.object)
        about.setdefault(quad.subject, {})[name] = quad.object

    def text(result: Any, name: str) -> str:
        term = about[result].get(name)
        return "" if term is None or isinstance(term, ox.BlankNode) else str(term)

    return {
        (text(one, "focusNode"), text(one, "resultPath"), text(one, "value"),
         text(one, "sourceConstraintComponent").removeprefix(f"<{_SH}").rstrip(">"))
        for one in wanted
    }  # fmt: skip


# -- telling ---------------------------------------------------------------------------------------


def table(rows: list[Row]) -> list[str]:
    """The rows as a Markdown table."""
    head = ("shapes", "size", "engine", "load s", "validate s", "report s", "peak MB", "results")
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = [row["shapes"], row["size"], row["engine"]]
        if "stopped" in row:
            cells += ["", row["stopped"], "", "", ""]
        else:
            cells += [f"{row[f'{name}_seconds']:.3f}" for name in ("load", "validate", "report")]
            cells += [f"{row['peak_mb']:.0f}", f"{row['results']:,}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def differences(rows: list[Row]) -> Iterator[str]:
    """What engines find that the first of their size does not, and the other way round."""
    for row in rows:
        for name in ("missing", "extra"):
            apart = row.get(name) or ()
            if apart:
                about = f"{row['engine']}, {row['shapes']} at {row['size']}"
                yield f"- {about}: {len(apart):,} {name}"
                yield from (f"  - {' '.join(filter(None, one))}" for one in apart[:_SHOWN])
    if all(not row.get(name) for row in rows for name in ("missing", "extra")):
        yield "All engines that ended found the same."


if __name__ == "__main__":
    main()
