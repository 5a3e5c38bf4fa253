"""What an endpoint says by some properties, whether cgkg has loaded it or not."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cgkg.rdf.terms import IRI, Quad
from cgkg.remote.engine import Engine
from cgkg.remote.push import find_version
from cgkg.remote.scope import GraphScope
from cgkg.sparql.tree.parser import parse
from cgkg.store.reader import QuadPattern, Row, SparqlReader

_TOGETHER = 50  # predicates of a request
_PREDICATES = "SELECT DISTINCT ?p WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_BLANK = "FILTER(isBlank(?s) || isBlank(?o))"


def fetch(engine: Engine, predicates: Collection[IRI] | None) -> list[Quad]:
    """The quads of all graphs with some predicates, None for all; blocks.

    Statements with blank nodes come in one answer: an engine may give a node another label in the
    next.

    Raises:
        EndpointError: the engine fails, or its answers are not whole.
        QueryError: it refuses the queries.
    """
    version = find_version(engine)
    scope = version[1] if version else GraphScope()

    def ask(query: str) -> list[Row]:
        return engine.select(scope.write(parse(query)))

    names = [row["p"] for row in ask(_PREDICATES)]
    held = [name for name in names if isinstance(name, IRI)]
    if predicates is not None:
        held = [name for name in held if name in predicates]
    if not held:
        return []
    held.sort(key=lambda name: name.value)
    patterns = [QuadPattern(p=name) for name in held]
    quads = _flat(SparqlReader(ask, _BLANK).quads(patterns))
    # pieces, as engines take long for many values
    rest = SparqlReader(ask, "FILTER(!isBlank(?s) && !isBlank(?o))")
    for start in range(0, len(patterns), _TOGETHER):
        quads += _flat(rest.quads(patterns[start : start + _TOGETHER]))
    return quads


def _flat(parts: Sequence[Sequence[Quad]]) -> list[Quad]:
    return [quad for part in parts for quad in part]
