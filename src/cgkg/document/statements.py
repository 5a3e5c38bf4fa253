"""Statements: triples with their evidence, the clauses and the other graphs that say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cgkg.document.spans import Span, span_of
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import GRAPH
from cgkg.store.excerpt import Excerpt, about, saying
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT


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


def statement(graph: Graph | Excerpt, triple: Triple) -> Statement | None:
    """The triple with its evidence, or None if the graph neither states nor infers it."""
    reading = Excerpt.of(graph)
    (only,) = statements(reading, (triple,))
    return only if only.inferred or only.spans or only.graphs or triple in reading else None


def statements(graph: Graph | Excerpt, triples: Iterable[Triple]) -> Iterator[Statement]:
    """The triples with their evidence, in order; all are looked up in two batches."""
    reading, wanted = Excerpt.of(graph), tuple(triples)
    reading.take(saying(wanted))
    return iter(
        Evidence(reading).make([(triple, reading.graphs_with(triple)) for triple in wanted])
    )


def graphs_of(quads: Iterable[Quad]) -> dict[Triple, list[IRI]]:
    """Each triple of the quads with the named graphs that hold it."""
    graphs: dict[Triple, list[IRI]] = {}
    for quad in quads:
        names = graphs.setdefault(quad.triple, [])
        if isinstance(quad.graph_name, IRI):
            names.append(quad.graph_name)
    return graphs


class Evidence:
    """Turns triples and the graphs that hold them into statements; each span is read once."""

    def __init__(self, reading: Excerpt) -> None:
        self._reading = reading
        self._spans: dict[IRI, Span | None] = {}

    def make(self, held: Iterable[tuple[Triple, Sequence[IRI]]]) -> list[Statement]:
        """The statements, in order; their spans are read in one batch."""
        pairs = list(held)
        new = {n for _, names in pairs for n in names if n not in self._spans and Span.parse(n)}
        self._reading.take(about(sorted(new, key=str), g=DEFAULT))
        return [self._make(triple, names) for triple, names in pairs]

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
            spans=tuple(sorted(spans, key=lambda span: span.place)),
            graphs=tuple(sorted(asserted, key=lambda name: name.value)),
        )

    def _span(self, name: IRI) -> Span | None:
        if name not in self._spans:
            self._spans[name] = span_of(self._reading, name)
        return self._spans[name]
