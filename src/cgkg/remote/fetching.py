"""What an endpoint has, whether cgkg has loaded it or not: by properties, by nodes, by queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from cgkg.rdf.terms import IRI, Quad, Term
from cgkg.remote.engine import Engine
from cgkg.remote.push import find_version
from cgkg.remote.scope import DATASET, GraphScope
from cgkg.sparql.tree.parser import parse
from cgkg.store.merging import GraphMerge
from cgkg.store.reader import QuadPattern, Row, SparqlReader

_TOGETHER = 50  # predicates of a request
_PREDICATES = "SELECT DISTINCT ?p WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_DEFAULT = "SELECT ?p WHERE { ?s ?p ?o } LIMIT 1"
_NAMED = "SELECT ?p WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 1"
_APART = "SELECT ?p WHERE { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } } LIMIT 1"
_UNION = "<urn:x-arq:UnionGraph>"  # of Jena
_IN_UNION = f"SELECT ?p WHERE {{ GRAPH {_UNION} {{ ?s ?p ?o }} }} LIMIT 1"
# By STR, as Jena puts a name that ?g is equal to in the place of ?g.
_LISTED_UNION = (
    f'SELECT ?p WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STR(?g) = "{_UNION[1:-1]}") }} LIMIT 1'
)
_BLANK = "FILTER(isBlank(?s) || isBlank(?o))"
_NOT_BLANK = "FILTER(!isBlank(?s) && !isBlank(?o))"


class EndpointData:
    """The quads of all graphs of an endpoint; each call blocks.

    Statements with blank nodes come in one answer, or not at all: an engine may give a node another
    label in the next. All methods raise as `Engine.select`.
    """

    def __init__(self, engine: Engine) -> None:
        """Ask which version it has, if any.

        Raises:
            EndpointError: the engine fails, or its answers are not whole.
            StoreError: it holds several versions.
        """
        self._engine = engine
        version = find_version(engine)
        self._scope = version[1] if version else GraphScope()
        self._blank = SparqlReader(self._ask, _BLANK)
        self._others = SparqlReader(self._ask, _NOT_BLANK)

    def fetch(self, predicates: Collection[IRI] | None) -> list[Quad]:
        """The quads with some predicates, None for all."""
        names = [row["p"] for row in self._ask(_PREDICATES)]
        held = [name for name in names if isinstance(name, IRI)]
        if predicates is not None:
            held = [name for name in held if name in predicates]
        return [*self.with_blanks(held), *self.said(held)] if held else []

    def with_blanks(self, predicates: Collection[IRI] | None) -> list[Quad]:
        """The quads with blank nodes, of some predicates or of all."""
        patterns = [QuadPattern()] if predicates is None else _patterns(predicates)
        return _flat(self._blank.quads(patterns))

    def said(self, predicates: Iterable[IRI]) -> list[Quad]:
        """The quads with some predicates and without blank nodes."""
        patterns = _patterns(predicates)
        quads: list[Quad] = []
        # pieces, as engines take long for many values
        for start in range(0, len(patterns), _TOGETHER):
            quads += self.quads(patterns[start : start + _TOGETHER])
        return quads

    def quads(self, patterns: Sequence[QuadPattern]) -> list[Quad]:
        """The quads that match one of some patterns and have no blank nodes."""
        return _flat(self._others.quads(patterns))

    def nodes(self, query: str) -> list[Term]:
        """The values of `?this` in the rows of a query."""
        # All named graphs together have what is said of the version, which is none of its data.
        return [row["this"] for row in self._ask(query) if row["this"] != DATASET]

    @cached_property
    def merge(self) -> GraphMerge:
        """Writes patterns over all graphs."""
        default, named = bool(self._ask(_DEFAULT)), bool(self._ask(_NAMED))
        if default and named:
            named = bool(self._ask(_APART))
        return GraphMerge(default or not named, named, self._union() if named else "")

    def _union(self) -> str:
        """The engine's name for all named graphs together; empty if it has none.

        It spares an engine that looks into one graph after the other at each step, as Jena does.
        """
        return _UNION if self._ask(_IN_UNION) and not self._ask(_LISTED_UNION) else ""

    def _ask(self, query: str) -> list[Row]:
        return self._engine.select(self._scope.write(parse(query)))


def _patterns(predicates: Iterable[IRI]) -> list[QuadPattern]:
    return [QuadPattern(p=name) for name in sorted(predicates, key=lambda name: name.value)]


def _flat(parts: Sequence[Sequence[Quad]]) -> list[Quad]:
    return [quad for part in parts for quad in part]
