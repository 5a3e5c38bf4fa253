"""What our evaluation and rdflib answer to a query, in a form that can be compared."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import rdflib
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result

from cgkg.formats import Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import Quad
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.store.graph import Graph

# Kind, value, language and datatype; numbers by value, languages without case.
AnswerTerm = tuple[str, str, str, str]
AnswerRow = dict[str, AnswerTerm]
_EXACT = frozenset(str(rdflib.XSD[name]) for name in ("integer", "decimal"))
_STRING = str(rdflib.XSD.string)


@dataclass(frozen=True)
class Found:
    """What a query gave: a truth value, the lines of a graph, or solutions in order."""

    boolean: bool | None = None
    lines: frozenset[str] | None = None
    rows: tuple[AnswerRow, ...] = ()

    def same(self, other: Found) -> bool:
        """Whether the other is the same, whatever the order of solutions."""
        counts = (Counter(frozenset(row.items()) for row in each.rows) for each in (self, other))
        one, two = counts
        return (self.boolean, self.lines, one) == (other.boolean, other.lines, two)

    def column(self, names: Iterable[str]) -> list[list[AnswerTerm | None]]:
        """The values of these variables, solution by solution."""
        wanted = list(names)
        return [[row.get(name) for name in wanted] for row in self.rows]


def ask_cgkg(quads: Iterable[Quad], query: str) -> Found:
    """The answer of our evaluation, as a query process gives it.

    Raises:
        CgkgError: as `Evaluator.answer`.
    """
    graph = Graph.of(quads)
    request = QueryRequest(query, graph_as=Format.N_TRIPLES.media_type)
    answer = Evaluator(graph, graph, max_bytes=1 << 20).answer(request)
    if answer.kind == "graph":
        return Found(lines=frozenset(answer.body.decode().splitlines()))
    content = json.loads(answer.body)
    if answer.kind == "boolean":
        return Found(boolean=content["boolean"])
    return Found(
        rows=tuple(
            {
                name: _term(
                    term["type"],
                    term["value"],
                    term.get("xml:lang", ""),
                    term.get("datatype", ""),
                )
                for name, term in row.items()
            }
            for row in content["results"]["bindings"]
        )
    )


def ask_rdflib(quads: Iterable[Quad], query: str) -> Found:
    """The answer of rdflib, whose default graph is that of the quads alone; it may raise
    anything. The last few queries are read once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it uses what it advises against
        return _ask_rdflib(quads, query)


def _ask_rdflib(quads: Iterable[Quad], query: str) -> Found:
    data = rdflib.Dataset(default_union=False)
    data.parse(data=serialize(list(quads), Format.N_QUADS).decode(), format="nquads")
    result: Result = data.query(_prepare(query))
    if result.type == "ASK":
        return Found(boolean=bool(result.askAnswer))
    if result.type == "CONSTRUCT":
        assert result.graph is not None
        triples = (" ".join(term.n3() for term in triple) for triple in result.graph)
        return Found(lines=frozenset(f"{triple} ." for triple in triples))
    shown = set(result.vars or ())
    # Iterating over the result would leave out solutions that bind nothing.
    return Found(
        rows=tuple(
            {str(name): _read_term(term) for name, term in row.items() if name in shown}
            for row in result.bindings
        )
    )


@lru_cache(maxsize=8)
def _prepare(query: str) -> Query:
    return prepareQuery(query)


def _term(kind: str, value: str, language: str = "", datatype: str = "") -> AnswerTerm:
    if datatype in _EXACT:
        value = str(Decimal(value).normalize())
    return kind, value, language.lower(), "" if datatype == _STRING else datatype


def _read_term(term: object) -> AnswerTerm:
    if isinstance(term, rdflib.URIRef):
        return _term("uri", str(term))
    assert isinstance(term, rdflib.Literal), term
    return _term("literal", str(term), term.language or "", str(term.datatype or ""))
