"""What one triple added or taken back costs, against the whole closure, in one run.

    python benchmarks/reasoning/incremental.py --sizes 200k,2M --json FILE

Random triples of the data are taken back one by one, each then stated again, so that the closure
ends as it began. Every update is measured with its check for contradictions; so is the closure.
Indexes are made when an update first needs them: `first` updates are made and not counted, and
what they took is told, too.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyoxigraph as ox
from reasoning import generate

from cgkg.reasoning import Reasoner
from cgkg.reasoning.contradictions import contradictions
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.materialise import Materialisation
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.files import Inputs
from cgkg.reasoning.rules.axioms import AxiomIndex
from cgkg.reasoning.rules.rules import compile

HERE = Path(__file__).parent
TARGET = 200

Row = dict[str, Any]


def main() -> None:
    options = arguments()
    rows = []
    for size in options.sizes.split(","):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rows += measure(size, options, Path(folder))
    for row in rows:
        print(
            "{explicit:>9,} {what:<7} full {full_seconds:.3f} s, median {median_ms:.2f} ms, "
            "p95 {p95_ms:.1f} ms, most {most_ms:.1f} ms, all anew {anew}, "
            "full : median = {ratio:.0f}".format(**row)
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    if any(row["ratio"] < TARGET for row in rows if row["explicit"] >= 2_000_000):
        raise SystemExit(f"at 2M an update is to cost at most 1/{TARGET} of the closure")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="20k,200k", help="explicit triples, 20k to 2M and more")
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--first", type=int, default=20, help="updates that are not counted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    return parser.parse_args()


class Counted(Reasoner):
    """A reasoner that counts how often it derives everything anew."""

    starts = 0

    def _start(self, *stated: Any) -> None:
        self.starts += 1
        super()._start(*stated)


def measure(size: str, options: argparse.Namespace, folder: Path) -> list[Row]:
    """One row for triples taken back, and one for triples stated."""
    data = folder / "data.nt"
    explicit = generate.write(data, generate.size(size), seed=options.seed)
    terms = TermDictionary()
    encoded = Encoded(terms, Inputs([HERE / "ontology.ttl", data], terms).rows())
    full = statistics.median(seconds(lambda: close(encoded)) for _ in range(3))
    reasoner = Counted(encoded)
    chosen = sample(data, options.first + options.updates, explicit, options.seed)
    taken: list[tuple[float, int]] = []
    stated: list[tuple[float, int]] = []
    for triple in chosen:
        for times, update in ((taken, reasoner.remove), (stated, reasoner.add)):
            before = reasoner.starts
            passed = seconds(partial(update, [triple]))
            times.append((passed, reasoner.starts - before))
    first = sum(passed for passed, _ in (*taken[: options.first], *stated[: options.first]))
    return [
        {
            "explicit": explicit,
            "what": what,
            "full_seconds": full,
            "first_seconds": first,
            **summary(times[options.first :], full),
        }
        for what, times in (("remove", taken), ("add", stated))
    ]


def close(encoded: Encoded) -> None:
    """The whole closure, with its contradictions, of triples that are in memory already."""
    ruleset = compile(AxiomIndex(encoded.axioms()))
    closure = Materialisation(encoded.terms, ruleset.rules)
    closure.run(*encoded.facts())
    contradictions.find(closure, ruleset)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sample(data: Path, count: int, lines: int, seed: int) -> list[ox.Triple]:
    """Random triples of the file."""
    wanted = set(random.Random(seed).sample(range(lines), count))
    with data.open(encoding="utf-8") as file:
        chosen = [line for number, line in enumerate(file) if number in wanted]
    found = [quad.triple for quad in ox.parse("".join(chosen), format=ox.RdfFormat.N_TRIPLES)]
    random.Random(seed).shuffle(found)
    return found


def summary(times: list[tuple[float, int]], full: float) -> Row:
    """The times in figures."""
    ordered = sorted(passed * 1000 for passed, _ in times)
    median = statistics.median(ordered)
    return {
        "updates": len(ordered),
        "median_ms": median,
        "p95_ms": ordered[int(len(ordered) * 0.95)],
        "most_ms": ordered[-1],
        "anew": sum(starts for _, starts in times),
        "ratio": full * 1000 / median,
    }


if __name__ == "__main__":
    main()
