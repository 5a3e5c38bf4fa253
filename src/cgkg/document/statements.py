"""Statements: triples with their evidence, the clauses and the other graphs that say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgkg.document.spans import Span, span_of
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import GRAPH

if TYPE_CHECKING:
    from cgkg.store.graph import Graph


@dataclass(frozen=True)
class Statement:
    """A triple with its evidence.

    `spans` are the clauses that say it, in document order; `graphs` the other named graphs that
    hold it (registry, background, interpretation …). `inferred` means that nobody asserts it.
    """

    triple: Triple
    inferred: bool
    spans: tuple[Span, ...] = ()
    graphs: tuple[IRI, ...] = ()

    @property
    def of_shapes(self) -> bool:
        """Whether only the shapes say this."""
        return self.graphs == (GRAPH.shapes,) and not self.spans


def statement(graph: Graph, triple: Triple) -> Statement | None:
    """The triple with its evidence, or None if the graph neither states nor infers it."""
    found = Evidence(graph).statement(triple)
    return found if found.inferred or found.spans or found.graphs or triple in graph else None


def statements(graph: Graph, triples: Iterable[Triple]) -> Iterator[Statement]:
    """The triples with their evidence, in order; each span is looked up once."""
    return map(Evidence(graph).statement, triples)


class Evidence:
    """Turns quads into statements; each span is looked up once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._spans: dict[IRI, Span | None] = {}

    def statement(self, triple: Triple) -> Statement:
        return self._make(triple, self._graph.graphs_with(triple))

    def gather(self, quads: Iterable[Quad]) -> Iterator[Statement]:
        """One statement per triple of the quads, which must be all quads of those triples."""
        graphs: dict[Triple, list[IRI]] = {}
        for quad in quads:
            names = graphs.setdefault(quad.triple, [])
            if isinstance(quad.graph_name, IRI):
                names.append(quad.graph_name)
        for triple, names in graphs.items():
            yield self._make(triple, names)

    def _make(self, triple: Triple, graphs: Iterable[IRI]) -> Statement:
        spans, others = [], []
        for name in graphs:
            span = self._span(name)
            if span:
                spans.append(span)
            else:
                others.append(name)
        asserted = [name for name in others if name != GRAPH.inferred]
        return Statement(
            triple,
            inferred=GRAPH.inferred in others and not spans and not asserted,
            spans=tuple(sorted(spans, key=lambda s: (s.document.value, s.start, s.end))),
            graphs=tuple(sorted(asserted, key=lambda name: name.value)),
        )

    def _span(self, name: IRI) -> Span | None:
        if name not in self._spans:
            self._spans[name] = span_of(self._graph, name)
        return self._spans[name]
