"""How long a build takes, an edit of a project that is kept, a start, and from a save to an answer.

    python benchmarks/build/run.py --copies 1,5,40,80 --json FILE

makes projects with the document of this repository so many times, and for each a row; then one of
a long document. Each build is a process of its own, and so is the session that follows the edits.
Options: `--shapes` (validate by the shapes, too), `--folder DIR`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from copies import copy_project, edit_gist, remove_statement
from endpoint.processes import Program, cpu, wait_until
from long_document import SENTENCES, SPANS, write_long_document
from machine import describe_machine
from start import start

from cgkg.session import Session

ROOT = Path(__file__).resolve().parents[2]
CGKG = (sys.executable, "-m", "cgkg")
_WAIT_SECONDS = 600.0
_QUERY = "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1"
_FIELDS = (
    "copies", "facts", "quads", "cold_seconds", "start_seconds", "again_seconds", "edit_seconds",
    "save_seconds", "page_seconds", "rebuild_seconds", "peak_mb",
)  # fmt: skip
_LONG_FIELDS = ("sentences", "spans", "quads", "cold_seconds", "peak_mb")
_MANY = 1_000_000  # quads, above which a server makes a copy on disk
_TIMES = 5  # edits of each kind, of which the median counts
_PAGES = 40  # of things, of which the median counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", default="1,5,40,80")
    parser.add_argument("--shapes", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--edit", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.edit:
        print(json.dumps(time_edits(options.edit)))
        return
    print(describe_machine())
    print(f"| {' | '.join(_FIELDS)} |\n|{'---|' * len(_FIELDS)}", flush=True)
    rows, told = [], {"machine": describe_machine()}
    with tempfile.TemporaryDirectory() as compiled:
        compile_modules(Path(compiled))
        for copies in map(int, options.copies.split(",")):
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                row = measure(Path(folder), copies, shapes=options.shapes)
            rows.append(row)
            print(f"| {' | '.join(_shown(row[name]) for name in _FIELDS)} |", flush=True)
            _write(options.json, {**told, "rows": rows})
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            long = measure_long_document(Path(folder))
    shown = ", ".join(f"{name} {_shown(long[name])}" for name in _LONG_FIELDS)
    print(f"\na long document: {shown}")
    _write(options.json, {**told, "rows": rows, "long_document": long})


def _write(path: Path | None, content: dict[str, Any]) -> None:
    if path:
        path.write_text(json.dumps(content, indent=1))


def compile_modules(folder: Path) -> None:
    """Have Python keep the modules compiled in this folder, as an installation has them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    copy_project(ROOT, folder / "project", 1, shapes=True)
    build(folder / "project", folder / "store")
    start(folder / "store", folder / "project", _QUERY)


def measure(folder: Path, copies: int, *, shapes: bool) -> dict[str, Any]:
    """The row of so many copies."""
    project, store = folder / "project", folder / "store"
    copy_project(ROOT, project, copies, shapes=shapes)
    cold = build(project, store)
    counts = _counts(store)
    started = start(store, project, _QUERY)
    edits = _time_edits_apart(project)
    saves = time_saves(project, store, copied=counts["dataset"] > _MANY)
    again = start(store, project, _QUERY)
    edit_gist(project)
    rebuilt = build(project, store)
    return {
        "copies": copies,
        "facts": counts["facts"],
        "quads": counts["dataset"],
        "cold_seconds": cold.seconds,
        "start_seconds": started,
        "edit_seconds": max(edits["gist"]["seconds"], edits["statement"]["seconds"]),
        "again_seconds": again,
        "save_seconds": saves["seconds"],
        "page_seconds": saves["page_seconds"],
        "rebuild_seconds": rebuilt.seconds,
        "peak_mb": cold.peak_mb,
        "cold_processor_seconds": cold.processor_seconds,
        "rebuild_processor_seconds": rebuilt.processor_seconds,
        "edits": edits,
        "saves": saves,
        "cold_stages": cold.stages,
        "rebuild_stages": rebuilt.stages,
    }


def measure_long_document(folder: Path) -> dict[str, Any]:
    """What a build of one long document takes, whose words are at hand."""
    project, store = folder / "project", folder / "store"
    write_long_document(project)
    cold = build(project, store)
    return {
        "sentences": SENTENCES,
        "spans": SPANS,
        "quads": _counts(store)["dataset"],
        "cold_seconds": cold.seconds,
        "cold_processor_seconds": cold.processor_seconds,
        "peak_mb": cold.peak_mb,
        "cold_stages": cold.stages,
    }


def _counts(store: Path) -> dict[str, Any]:
    current = (store / "CURRENT").read_text().strip()
    manifest = json.loads((store / "generations" / current / "manifest.json").read_text())
    found: dict[str, Any] = manifest["counts"]
    return found


def time_edits(project: Path) -> dict[str, Any]:
    """What updates of a session take after edits: seconds, and seconds of a processor."""
    took: dict[str, list[tuple[float, float]]] = {"begin": [], "gist": [], "statement": []}
    session = Session(project)
    edits = {"gist": edit_gist, "statement": remove_statement}
    for kind in ["begin", *list(edits) * _TIMES]:
        if kind in edits:
            edits[kind](project)
        since, used = time.perf_counter(), time.process_time()
        update = session.update()
        took[kind].append((time.perf_counter() - since, time.process_time() - used))
        assert update.changed
        assert update.report.conforms
    return {
        kind: {
            "seconds": median(each for each, _ in pairs),
            "processor_seconds": median(each for _, each in pairs),
        }
        for kind, pairs in took.items()
    }


def _time_edits_apart(project: Path) -> dict[str, Any]:
    command: list[str | Path] = [sys.executable, __file__, "--edit", project]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def time_saves(project: Path, store: Path, *, copied: bool) -> dict[str, float]:
    """From the save of a gist until a server that builds on save answers by it: seconds, and
    seconds of a processor of all its processes; medians, once its session and its copy are made.
    Then what a page of a thing takes that nobody asked for yet."""
    command: list[str | Path] = [*CGKG]
    command += ["serve", "--rebuild", "--port", "0", "--project", project, "--store", store]
    took: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Program(command, Path(folder) / "log", announces=True)
        try:
            url = server.announced(_WAIT_SECONDS)
            save_and_ask(project, url)  # the first one waits until the project is read
            if copied:
                made = (store / "generations").glob
                assert wait_until(lambda: any(made("*/database")), _WAIT_SECONDS)
                save_and_ask(project, url)
            for _ in range(_TIMES):
                pids = server.tree()
                used = cpu(pids)
                seconds = save_and_ask(project, url)
                took.append((seconds, cpu({*server.tree(), *pids}) - used))
                server.quiet(_WAIT_SECONDS)
            pages = [time_page(address) for address in list_pages(project, url)]
        finally:
            server.stop()
    seconds, processor = (median(part) for part in zip(*took, strict=True))
    return {"seconds": seconds, "processor_seconds": processor, "page_seconds": median(pages)}


def list_pages(project: Path, url: str) -> list[str]:
    """Addresses of things, from all over the registry."""
    with (project / "data" / "registry.csv").open(encoding="utf-8", newline="") as file:
        names = [row["id"] for row in csv.DictReader(file)]
    return [f"{url}id/{name}" for name in names[:: max(len(names) // _PAGES, 1)]][:_PAGES]


def time_page(address: str) -> float:
    """Seconds until the page is there."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    since = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return time.perf_counter() - since


def save_and_ask(project: Path, url: str) -> float:
    """Save the project with another gist; seconds until a query has it."""
    gist = edit_gist(project)
    since = time.perf_counter()
    query = f'ASK {{ ?s <https://w3id.org/cgkg/def/gist> "{gist}"@en }}'
    asked = urllib.parse.urlencode({"query": query, "format": "json"})
    while True:
        with urllib.request.urlopen(f"{url}sparql?{asked}") as answer:
            if json.loads(answer.read())["boolean"]:
                return time.perf_counter() - since
        if time.perf_counter() - since > _WAIT_SECONDS:
            raise SystemExit("what was saved is not served")
        time.sleep(0.002)


@dataclass(frozen=True)
class Build:
    """What a build took, its processes together, and what it said of its stages."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    stages: list[str]


def build(project: Path, store: Path) -> Build:
    """Build in a process of its own, without anything kept in memory."""
    command: list[str | Path] = [sys.executable, "-m", "cgkg", "build"]
    command += ["--project", project, "--store", store]
    with tempfile.TemporaryFile("w+") as said:
        since = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - since
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().splitlines()
    if process.returncode:
        raise SystemExit("\n".join(lines))
    stages = [line.strip() for line in lines if line.endswith(" s)")]
    return Build(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, stages)


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


if __name__ == "__main__":
    main()
