"""What is asked, and of which data: the same triples and the same queries for every peer."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from reasoning.generate import DEF, write

ROOT = Path(__file__).resolve().parents[2]
SLOW = 0.010  # seconds of bare evaluation from which a query counts as a heavy one
LOOKUPS = 1000
BIG = {
    "every triple": "SELECT * { ?s ?p ?o }",
    "10,000 triples": "SELECT * { ?s ?p ?o } LIMIT 10000",
    "1,000 triples": "SELECT * { ?s ?p ?o } LIMIT 1000",
}

Queries = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Workload:
    """Queries that are asked one after the other, in this order, again and again."""

    name: str
    queries: Queries

    def turned(self, share: float) -> Workload:
        """The same queries, but beginning elsewhere."""
        start = int(share * len(self.queries))
        return Workload(self.name, self.queries[start:] + self.queries[:start])


@dataclass(frozen=True)
class Dataset:
    """One file of N-Quads, all of them in the default graph, and what is asked of it."""

    name: str
    file: Path
    store: ox.Store
    workloads: tuple[Workload, ...]
    singles: Queries


def clusters(folder: Path) -> Dataset:
    """The default graph of the built project, with the competency queries."""
    command = [sys.executable, "-m", "cgkg", "build", "--store", str(folder / "store")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    generation = Path(done.stdout.strip().rpartition("\t")[2])
    file = _empty(folder / "clusters") / "data.nq"
    quads = ox.parse(path=str(generation / "dataset.nq"), format=ox.RdfFormat.N_QUADS)
    default = (quad for quad in quads if isinstance(quad.graph_name, ox.DefaultGraph))
    ox.serialize(default, str(file), format=ox.RdfFormat.N_QUADS)
    files = sorted((ROOT / "queries" / "competency").glob("*.rq"))
    asked = tuple((path.stem, path.read_text("utf-8")) for path in files)
    mixed = (Workload("competency", _shuffled(asked)),)
    return Dataset("clusters", file, _loaded(file), mixed, (*asked, *BIG.items()))


def scaled(folder: Path, triples: int) -> Dataset:
    """Made-up data of that size, with lookups of many entities and with heavy queries."""
    file = _empty(folder / "scaled") / "data.nq"
    write(file, triples)
    store = _loaded(file)
    heavy = _heavy(store)
    mixed = (Workload("lookups", _lookups(store)), Workload("heavy", heavy))
    return Dataset("scaled", file, store, mixed, heavy)


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    return folder


def _loaded(file: Path) -> ox.Store:
    store = ox.Store()
    # In a thread, whose heap is its own: in one that was used for loading every query takes longer,
    # and the engine alone would look slower than it is.
    with ThreadPoolExecutor(1) as loading:
        loading.submit(
            lambda: store.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
        ).result()
    return store


def _shuffled(queries: Queries) -> Queries:
    return tuple(random.Random(1).sample(queries, len(queries)))


def _lookups(store: ox.Store) -> Queries:
    """Three kinds of questions about entities drawn by lot; no two are the same."""
    rows = store.query("SELECT DISTINCT ?s { ?s ?p ?o }")
    names = sorted(row["s"].value for row in rows)  # type: ignore[union-attr]  # solutions
    kinds = (
        "SELECT ?p ?o {{ <{0}> ?p ?o }}",
        "SELECT ?s ?p {{ ?s ?p <{0}> }}",
        "SELECT ?kind ?near ?p {{ <{0}> a ?kind ; ?p ?near . ?near a ?other }}",
    )
    chosen = random.Random(2).sample(names, min(LOOKUPS, len(names)))
    return tuple(
        (f"lookup {number % 3}", kinds[number % 3].format(name))
        for number, name in enumerate(chosen)
    )


def _heavy(store: ox.Store) -> Queries:
    """Those of the queries below that take 10 ms or more here, or else the slowest three."""
    times = {name: _median(bare(store, text), 3) for name, text in _scans().items()}
    slow = [name for name, took in times.items() if took >= SLOW]
    chosen = slow or sorted(times, key=lambda name: -times[name])[:3]
    return tuple((name, _scans()[name]) for name in chosen)


def _scans() -> dict[str, str]:
    """Queries that touch a good part of the data, each by another operator."""
    bodies = {
        "star": "SELECT ?x ?n ?a ?h { ?x c:officialName ?n ; c:age ?a ; c:livesIn ?h ;"
        " c:worksFor ?w . ?w c:basedIn ?city . FILTER(?a > 70) }",
        "join": "SELECT ?x ?city { ?x c:livesIn ?h . ?h c:inDistrict ?d . ?d c:inCity ?city ."
        " ?x c:worksFor ?b . ?b c:owns ?h }",
        "group": "SELECT ?city (COUNT(?x) AS ?n) (AVG(?a) AS ?mean) { ?x c:livesIn ?h ; c:age ?a ."
        " ?h c:inDistrict ?d . ?d c:inCity ?city } GROUP BY ?city",
        "path": "SELECT (COUNT(*) AS ?n) { ?x c:isUpstreamOf+ ?y }",
        "knows": "SELECT (COUNT(DISTINCT ?y) AS ?n) { ?x a c:Official ; c:knows+ ?y }",
        "optional": "SELECT ?h ?o { ?h a c:Office ; c:inDistrict ?d . OPTIONAL { ?o c:owns ?h } }",
        "minus": "SELECT ?h { ?h a c:Dwelling . MINUS { ?x c:livesIn ?h . ?x a c:Official } }",
        "regex": 'SELECT ?x ?n { ?x c:officialName ?n . FILTER(REGEX(?n, "/1/person/[34]$")) }'
        " LIMIT 500",
        "top": "SELECT ?s ?v { ?s c:reading ?v } ORDER BY DESC(?v) ?s LIMIT 10",
        "distinct": "SELECT DISTINCT ?p ?k { ?x ?p ?y . ?y a ?k }",
        "count": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
        "triangle": "SELECT (COUNT(*) AS ?n) { ?x c:knows ?y . ?x c:worksFor ?b ."
        " ?y c:worksFor ?b }",
    }
    return {name: f"PREFIX c: <{DEF}>\n{body}" for name, body in bodies.items()}


def bare(store: ox.Store, text: str) -> Callable[[], bytes]:
    """The query and its serialisation as JSON, in this process and with nothing around it."""

    def call() -> bytes:
        answer = store.query(text)
        form = ox.QueryResultsFormat.JSON
        return answer.serialize(format=form) or b""  # type: ignore[arg-type]  # no graph is asked

    return call


def _median(call: Callable[[], object], runs: int) -> float:
    return statistics.median(timed(call) for _ in range(runs))


def timed(call: Callable[[], object]) -> float:
    """Seconds it takes."""
    since = time.perf_counter()
    call()
    return time.perf_counter() - since
