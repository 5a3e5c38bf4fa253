"""One validator, one process: load, validate, write the report; what it took as a line of JSON.

    python benchmarks/validation/engines.py ENGINE REPORT.nt SHAPES.ttl ONTOLOGY.ttl DATA.nt

`run.py` calls this; nothing is shared between two measurements. Each engine is given its data in
the form that it takes fastest, and reading it is part of loading. Of the ontology every engine has
all triples beside the data, for the hierarchy of classes; nothing is inferred.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Seconds = tuple[float, float, float]
"""Loading, validating, and writing the report."""


class Clock:
    """Processor seconds of this process, all of its threads, since it was last asked."""

    def __init__(self) -> None:
        self.since = time.process_time()

    def __call__(self) -> float:
        now = time.process_time()
        passed, self.since = now - self.since, now
        return passed


def cgkg(report: Path, shapes: Path, ontology: Path, data: Path) -> Seconds:
    from cgkg.formats import Format
    from cgkg.rdf.io import parse_file, write
    from cgkg.shacl.data import Data
    from cgkg.shacl.report import to_triples
    from cgkg.shacl.validator import validate

    importlib.import_module("polars")  # an import, as of the other engines
    clock = Clock()
    asked = [quad.triple for quad in parse_file(shapes)]
    held = Data(files=[ontology, data])
    load = clock()
    found = validate(held, asked)
    seconds = clock()
    with report.open("wb") as file:
        write(to_triples(found), file, Format.N_TRIPLES)
    return load, seconds, clock()


def pyshacl(report: Path, shapes: Path, ontology: Path, data: Path) -> Seconds:
    import rdflib

    engine = importlib.import_module("pyshacl")
    clock = Clock()
    asked = rdflib.Graph().parse(shapes)
    graph = rdflib.Graph().parse(ontology).parse(data)
    load = clock()
    _, found, _ = engine.validate(graph, shacl_graph=asked, inference="none", inplace=True)
    seconds = clock()
    found.serialize(report, format="nt", encoding="utf-8")
    return load, seconds, clock()


def pyshacl_turbo(report: Path, shapes: Path, ontology: Path, data: Path) -> Seconds:
    import pyoxigraph as ox

    engine = importlib.import_module("pyshacl_turbo")
    clock = Clock()
    store = ox.Store()
    store.bulk_load(path=str(ontology), format=ox.RdfFormat.TURTLE)
    store.bulk_load(path=str(data), format=ox.RdfFormat.N_TRIPLES)
    load = clock()
    _, found, _ = engine.validate(store, shacl_graph=str(shapes), inference="none", inplace=True)
    seconds = clock()
    found.serialize(report, format="nt", encoding="utf-8")
    return load, seconds, clock()


def pyrudof(report: Path, shapes: Path, ontology: Path, data: Path) -> Seconds:
    engine = importlib.import_module("pyrudof")
    clock = Clock()
    rudof = engine.Rudof(engine.RudofConfig())
    rudof.read_data(str(ontology))
    rudof.read_data(str(data), format=engine.RDFFormat.NTriples, merge=True)
    rudof.read_shacl(str(shapes))
    load = clock()
    rudof.validate_shacl()
    seconds = clock()
    form = engine.ResultShaclValidationFormat.NTriples
    report.write_text(rudof.serialize_shacl_validation_results(format=form), "utf-8")
    return load, seconds, clock()


ENGINES: dict[str, Callable[[Path, Path, Path, Path], Seconds]] = {
    "cgkg": cgkg,
    "pyshacl": pyshacl,
    "pyshacl-turbo": pyshacl_turbo,
    "pyrudof": pyrudof,
}


def installed(engine: str) -> bool:
    """Whether the engine's package is there."""
    return importlib.util.find_spec(engine.replace("-", "_")) is not None


def main() -> None:
    engine, report, *files = sys.argv[1:]
    shapes, ontology, data = map(Path, files)
    seconds = ENGINES[engine](Path(report), shapes, ontology, data)
    row: dict[str, Any] = dict(
        zip(("load_seconds", "validate_seconds", "report_seconds"), seconds, strict=True)
    )
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(row))


if __name__ == "__main__":
    main()
