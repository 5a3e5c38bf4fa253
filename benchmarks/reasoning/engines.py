"""One engine, one size, one process: load, reason, write; what it took as a line of JSON.

    python benchmarks/reasoning/engines.py ENGINE OUT.nt ONTOLOGY.ttl DATA.nt

`run.py` calls this; nothing is shared between two measurements.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Clock:
    """Seconds since it was last asked."""

    def __init__(self) -> None:
        self.since = time.perf_counter()

    def __call__(self) -> float:
        now = time.perf_counter()
        passed, self.since = now - self.since, now
        return passed


def peak_mb() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cgkg(out: Path, files: list[Path]) -> Row:
    import numpy as np

    from cgkg.reasoning import ntriples
    from cgkg.reasoning.core.encoded import Encoded
    from cgkg.reasoning.core.terms import TermDictionary
    from cgkg.reasoning.files import ClosureLimits, Inputs, close_by_cgkg

    ntriples.available()  # loads polars: no part of reading
    np.sort(np.arange(9))
    clock = Clock()
    terms = TermDictionary()
    encoded = Encoded(terms, Inputs(files, terms).rows())
    load = clock()
    closure = close_by_cgkg(encoded, ClosureLimits())
    reason = clock()
    peak = peak_mb()
    triples = ntriples.write(terms, [*encoded, *closure.columns()], out)
    write = clock()
    return {
        "load_seconds": load,
        "reason_seconds": reason,
        "write_seconds": write,
        "peak_mb": peak,
        "written_mb": peak_mb(),
        "terms_mb": _terms_mb(terms),
        "triples": triples,
        "rounds": closure.rounds,
        "inconsistencies": len(closure.inconsistencies),
    }


def _terms_mb(terms: Any) -> float:
    """What the dictionary of terms takes: texts, their numbers, and the two tables."""
    texts = terms.texts()
    size = sum(map(sys.getsizeof, texts)) + 32 * len(texts) + 8 * len(texts)
    return (size + sys.getsizeof(dict.fromkeys(texts))) / 2**20


def reasonable(out: Path, files: list[Path]) -> Row:
    import reasonable as engine

    turtle = [path.with_suffix(".ttl") for path in files]  # it reads no other extension
    for path, link in zip(files, turtle, strict=True):
        if not link.exists():
            link.symlink_to(path)
    clock = Clock()
    reasoner = engine.PyReasoner()
    for path in turtle:
        reasoner.load_file(str(path))
    load = clock()
    triples = reasoner.reason()
    reason = clock()
    peak = peak_mb()
    return {
        "load_seconds": load,
        "reason_seconds": reason,
        "peak_mb": peak,
        "triples": _write_rdflib(triples, out),
    }


def owlrl(out: Path, files: list[Path]) -> Row:
    import owlrl as engine
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    clock = Clock()
    graph = rdflib.Graph()
    for path in files:
        graph.parse(path)
    load = clock()
    engine.DeductiveClosure(engine.OWLRL_Semantics).expand(graph)
    reason = clock()
    peak = peak_mb()
    return {
        "load_seconds": load,
        "reason_seconds": reason,
        "peak_mb": peak,
        "triples": _write_rdflib(graph, out),
    }


def _write_rdflib(triples: Iterable[Any], out: Path) -> int:
    string = "^^<http://www.w3.org/2001/XMLSchema#string>"
    lines = {
        " ".join(term.n3() for term in triple).removesuffix(string) + " .\n" for triple in triples
    }
    with out.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return len(lines)


def pyoxigraph(out: Path, files: list[Path]) -> Row:
    """No reasoner, but two yardsticks: a loop over the data, and a copy of the closure in `out`."""
    import pyoxigraph as engine

    form = engine.RdfFormat.N_TRIPLES
    clock = Clock()
    for _ in engine.parse(path=str(files[-1]), format=form):
        pass
    parse = clock()
    copy = out.with_suffix(".copy")
    engine.serialize(engine.parse(path=str(out), format=form), str(copy), format=form)
    seconds = clock()
    copy.unlink()
    return {"load_seconds": parse, "copy_seconds": seconds, "peak_mb": peak_mb()}


ENGINES: dict[str, Callable[[Path, list[Path]], Row]] = {
    "cgkg": cgkg,
    "reasonable": reasonable,
    "owlrl": owlrl,
    "pyoxigraph": pyoxigraph,
}


def main() -> None:
    engine, out, *files = sys.argv[1:]
    print(json.dumps(ENGINES[engine](Path(out), [Path(file) for file in files])))


if __name__ == "__main__":
    main()
