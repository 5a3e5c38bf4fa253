"""SPARQL endpoints compared: rate, latency, memory and start, on the same data in one run.

    python benchmarks/endpoint/run.py --peers cgkg,rdflib-endpoint,oxigraph,virtuoso --json FILE

For each dataset all servers are started, their answers compared, and then each workload is put to
them in turn, several rounds of it; the median round counts. Servers that are not asked are idle.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import signal
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from endpoint import generators, processes, report
from endpoint.load import Caller, percentile
from endpoint.peers import PEERS, Peer, Serving, UnavailableError
from endpoint.peers import peer as peer_of
from endpoint.processes import StartError
from endpoint.workloads import ROOT, Dataset, Workload, bare, clusters, scaled, timed
from machine import describe_machine
from reasoning.generate import size

FOLDER = ROOT / "build" / "endpoint"
CACHES = {"off": False, "on": True}
MIB = 1 << 20
LONGEST = 60.0  # seconds of a measurement of a slow server
PATIENCE = 30.0  # seconds for the first answer to a query

Row = dict[str, Any]


def main() -> None:
    options = arguments()
    # Told to stop, it stops the servers it has started before it goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = measure(options)
    print(report.text(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peers",
        default=",".join(PEERS),
        help=f"of {', '.join(PEERS)}; cgkg@REVISION is an earlier one, cgkg+nginx is behind nginx",
    )
    parser.add_argument("--clients", default="1,8,64", help="how many at a time")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--runs", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--size", type=size, default=200_000, help="triples of the made-up data")
    parser.add_argument("--datasets", default="clusters,scaled", help="clusters, scaled or both")
    parser.add_argument("--generator", choices=("wrk", "python"), default=generators.best())
    parser.add_argument("--singles", type=int, default=15, help="calls of each query by itself")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for data and programs")
    parser.add_argument("--json", type=Path, help="write what was measured into this file")
    return parser.parse_args(words)


def measure(options: argparse.Namespace) -> Row:
    """Everything that was asked for; `report` says what the parts are."""
    folder = options.folder.resolve()
    result: Row = {
        "machine": describe_machine("pyoxigraph"),
        "command": shlex.join(["python", "benchmarks/endpoint/run.py", *sys.argv[1:]]),
        "generator": options.generator,
        "peers": {},
        "left_out": {},
        "sizes": {},
        **{part: [] for part in ("starts", "differences", "first", "rates", "singles")},
    }
    peers = list(_peers(options.peers.split(","), folder / "peers", result))
    for name in options.datasets.split(","):
        dataset = clusters(folder) if name == "clusters" else scaled(folder, options.size)
        shutil.copyfile(dataset.file, dataset.file.with_suffix(".nt"))
        result["sizes"][name] = len(dataset.store)
        _Comparison(dataset, peers, options, result).run()
    return result


def _peers(names: Sequence[str], folder: Path, result: Row) -> Iterator[Peer]:
    for name in names:
        try:
            peer = peer_of(name, folder / name)
        except UnavailableError as error:
            result["left_out"][name] = str(error)
            _say(f"{name} left out: {error}")
        else:
            result["peers"][name] = peer.version
            yield peer


@dataclass
class _Place:
    """A server in one of the two columns, or in both if it has no cache to turn off."""

    peer: Peer
    cache: bool
    serving: Serving
    round_seconds: float = 0.0  # what it takes to ask every query of the workload once

    @property
    def columns(self) -> list[str]:
        return [name for name, on in CACHES.items() if on == self.cache or not self.peer.caches]


class _Comparison:
    """All servers on one dataset."""

    def __init__(
        self, dataset: Dataset, peers: Sequence[Peer], options: argparse.Namespace, result: Row
    ) -> None:
        self.dataset, self.peers, self.options, self.result = dataset, peers, options, result
        self.places: list[_Place] = []

    def run(self) -> None:
        try:
            for peer in self.peers:
                self._start(peer)
            for workload in self.dataset.workloads:
                self._workload(workload)
            self._singles()
            for place in self.places:
                self._memory(place, "loaded_mb")
        finally:
            for place in self.places:
                place.serving.program.stop()

    # Starting

    def _start(self, peer: Peer) -> None:
        """Start it from the file, and again from what it has kept, for each column."""
        row: Row = {"dataset": self.dataset.name, "peer": peer.name}
        try:
            first = timed(lambda: self._once(peer))
            for cache in sorted({True, not peer.caches}):
                self.places.append(_Place(peer, cache, peer.start(self.dataset.file, cache=cache)))
        except StartError as error:
            _say(f"{peer.name} does not start: {error}")
            self.result["left_out"][peer.name] = f"{self.dataset.name}: did not start"
            return
        again = self.places[-1].serving.seconds
        row |= {"from_file_seconds": first, "again_seconds": again}
        self.result["starts"].append(row)
        _say(f"{peer.name} started on {self.dataset.name}: {first:.2f} s, again {again:.2f} s")

    def _once(self, peer: Peer) -> None:
        peer.load(self.dataset.file)
        peer.start(self.dataset.file).program.stop(60)

    def _memory(self, place: _Place, name: str) -> None:
        """Note how much memory the server has now; of two servers of a peer the one that caches."""
        if "on" in place.columns:
            used = processes.memory(place.serving.program.tree()) / MIB
            wanted = {"dataset": self.dataset.name, "peer": place.peer.name}
            for row in self.result["starts"]:
                if wanted.items() <= row.items():
                    row[name] = used

    # Asking

    def _workload(self, workload: Workload) -> None:
        rows = _expected(self.dataset, workload)
        endless: set[str] = set()
        for place in self.places:
            if workload is self.dataset.workloads[0]:
                self._memory(place, "rest_mb")
            endless |= self._first(place, workload, rows)
        # What one peer never answers is put to none of them: all are to do the same work.
        asked = Workload(workload.name, tuple(q for q in workload.queries if q[0] not in endless))
        for clients in map(int, self.options.clients.split(",")):
            figures: dict[int, list[generators.Figures]] = {}
            for turn in range(self.options.runs):
                for number, place in enumerate(self.places):
                    measured = self._round(place, asked.turned(turn / self.options.runs), clients)
                    figures.setdefault(number, []).append(measured)
            for number, place in enumerate(self.places):
                self._note(place, workload, clients, figures[number])

    def _first(self, place: _Place, workload: Workload, rows: dict[str, int]) -> set[str]:
        """Ask each query once, the first time this server hears it; gives those without answer."""
        times, different, endless = [], [], set()
        with Caller(place.serving.endpoint, PATIENCE) as caller:
            for name, text in workload.queries:
                try:
                    answer = caller.ask(place.serving.request(name, text))
                except TimeoutError:
                    endless.add(name)
                    self._restart(place)
                    caller.turn_to(place.serving.endpoint)
                    got = report.ENDLESS
                else:
                    times.append(answer.seconds)
                    got = _rows(answer.body) if answer.status == 200 else -answer.status
                if got != rows[text]:
                    different.append({"query": name, "rows": got, "expected": rows[text]})
        place.round_seconds = sum(times)
        row = {"workload": workload.name, "peer": place.peer.name}
        if place.cache:
            asked = times or [PATIENCE]
            milliseconds = {f"p{p}_ms": percentile(asked, p / 100) * 1e3 for p in (50, 99)}
            self.result["first"].append({**row, **milliseconds, "max_ms": max(asked) * 1e3})
            self.result["differences"] += [{**row, **one} for one in different]
            if different:
                _say(f"{place.peer.name} differs on {workload.name}: {different[:5]}")
        return endless

    def _restart(self, place: _Place) -> None:
        place.serving.program.stop()
        place.serving = place.peer.start(self.dataset.file, cache=place.cache)

    def _round(self, place: _Place, workload: Workload, clients: int) -> generators.Figures:
        # A slow server gets the time to be asked everything, or the mix would be another one.
        seconds = max(self.options.seconds, min(1.2 * place.round_seconds, LONGEST))
        requests = [place.serving.request(name, text) for name, text in workload.queries]
        measured = generators.measure(
            self.options.generator,
            place.serving.endpoint,
            requests,
            clients,
            seconds,
        )
        if not place.serving.program.quiet(20.0):
            # It still works for clients that are gone; the next server is to have the machine.
            self._restart(place)
            measured["restarted"] = True
        return measured

    def _note(
        self, place: _Place, workload: Workload, clients: int, figures: list[generators.Figures]
    ) -> None:
        middle = sorted(figures, key=lambda row: row["rate"])[(len(figures) - 1) // 2]
        middle["max_ms"] = max((row["max_ms"] for row in figures if row["max_ms"]), default=None)
        middle["rates"] = [row["rate"] for row in figures]
        for column in place.columns:
            row = {"workload": workload.name, "peer": place.peer.name, "cache": column}
            self.result["rates"].append({**row, "clients": clients, **middle})
        _say(
            f"{workload.name:>10} {clients:>3} {place.peer.name} cache {'/'.join(place.columns)}: "
            f"{middle['rate']:.1f}/s, p99 {middle['p99_ms'] or float('nan'):.1f} ms"
        )

    # One query by itself

    def _singles(self) -> None:
        """Our server without its cache against the engine alone, in turns."""
        ours = [one for one in self.places if one.peer.name == "cgkg" and not one.cache]
        if not ours or not self.options.singles:
            return
        serving = ours[0].serving
        with Caller(serving.endpoint) as caller:
            for name, text in self.dataset.singles:
                call, request = bare(self.dataset.store, text), serving.request(name, text)
                pairs = [
                    (timed(call), caller.ask(request).seconds) for _ in range(self.options.singles)
                ]
                inside, over = (
                    statistics.median(column) * 1e3 for column in zip(*pairs, strict=True)
                )
                row = {"dataset": self.dataset.name, "query": name}
                self.result["singles"].append({**row, "bare_ms": inside, "http_ms": over})


def _expected(dataset: Dataset, workload: Workload) -> dict[str, int]:
    """How many rows each query has by the engine alone."""
    return {text: _rows(bare(dataset.store, text)()) for _, text in workload.queries}


def _rows(body: bytes) -> int:
    """The number of solutions in a JSON result; 1 or 0 for a boolean; -1 if it is no result."""
    try:
        answer = json.loads(body)
        if "boolean" in answer:
            return int(answer["boolean"])
        return len(answer["results"]["bindings"])
    except (ValueError, KeyError, TypeError):
        return -1


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
