"""How long a query takes to be read into its tree, for the queries that ship and hostile ones.

python benchmarks/query_tree.py
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from cgkg.errors import QueryError
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.tree.tokens import Tokens

QUERIES = Path(__file__).resolve().parent.parent / "queries"
LOOK_UP = (
    "PREFIX cg: <https://w3id.org/cgkg/def/>\n"
    "SELECT ?o WHERE { <https://w3id.org/cgkg/id/x> cg:p ?o }"
)
RUNS = 7
# Each is repeated until the query has this many characters, and twice as many.
CHARACTERS = 30_000
HOSTILE = {
    "dots in a name": ("ASK { ", "a."),
    "prefixes with dots": ("ASK { ", "a.b.c.d: "),
    "escapes": ("ASK { ?s ?p ", r"\u0061"),
    "quotes": ("ASK { ?s ?p ", r"'\'"),
    "long quotes": ('ASK { ?s ?p """', r"\"" + '""'),
    "signs": ("ASK { FILTER(", "-"),
    "brackets": ("ASK { FILTER", "("),
    "a sum": ("ASK { FILTER(1", "+1"),
    "conditions": ("ASK { FILTER(?a", "||?a&&?b"),
    "branches": ("ASK { {}", " UNION {}"),
    "bound names": ("ASK { ", "OPTIONAL { ?a ?b ?c }"),
    "steps": ("ASK { ?s a", "/a"),
}


def main() -> None:
    texts = [path.read_text("utf-8") for path in sorted(QUERIES.rglob("*.rq"))]
    readers: dict[str, Callable[[str], object]] = {
        "tokens": Tokens,
        "grammar": lambda text: parse(text, restricted=False),
        "whole": parse,
    }
    print(f"{len(texts)} queries, milliseconds: median, most; a look-up")
    for name, reader in readers.items():
        times = [measure(reader, text) for text in texts]
        median, most = statistics.median(times), max(times)
        print(f"{name:20}{median:8.2f}{most:8.2f}{measure(reader, LOOK_UP):8.2f}")
    print(f"hostile text of {CHARACTERS:,} characters and of twice as many, milliseconds")
    for name, (beginning, piece) in HOSTILE.items():
        once = beginning + piece * (CHARACTERS // len(piece))
        twice = beginning + piece * (2 * CHARACTERS // len(piece))
        print(f"{name:20}{measure(attempt, once):8.1f}{measure(attempt, twice):8.1f}")


def attempt(text: str) -> None:
    with contextlib.suppress(QueryError):
        parse(text)


def measure(read: Callable[[str], object], text: str) -> float:
    """Milliseconds of the fastest of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        read(text)
        best = min(best, time.perf_counter() - start)
    return best * 1000


if __name__ == "__main__":
    main()
