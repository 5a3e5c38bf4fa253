"""What has been read of a dataset: look-ups are answered from it, the rest is asked for in batches.

Whoever makes a page says first what it will need (`take`, `expand`), each time in one request;
then look-ups, one after another, ask nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeAlias

from cgkg.rdf.terms import IRI, BlankNode, GraphName, Quad, Subject, Term, Triple
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, LocalReader, QuadPattern, Reader, Row

# As a `QuadPattern`, which is its equal.
_Pattern: TypeAlias = tuple[Subject | None, IRI | None, Term | None, GraphName | None]


class Lookups(Protocol):
    """One look-up after another in a dataset, as `Graph` and `Excerpt` have them."""

    def triples(
        self, s: Subject | None = None, p: IRI | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """Triples of the default graph that match."""

    def quads(
        self,
        s: Subject | None = None,
        p: IRI | None = None,
        o: Term | None = None,
        g: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Quads of all graphs, or of graph `g`, that match."""

    def graphs_with(self, triple: Triple) -> list[IRI]:
        """The named graphs that hold the triple, sorted."""

    def __contains__(self, triple: Triple) -> bool:
        """Whether the default graph has the triple."""


class Excerpt:
    """What has been read of a dataset so far. It asks again for nothing that it holds.

    A look-up of something that it lacks is a request of its own. Threads may share it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._held: dict[_Pattern, list[Quad]] = {}
        self._nested: dict[tuple[bool, Subject], None] = {}
        self._rows: dict[str, list[Row]] = {}

    @classmethod
    def of(cls, source: Graph | Excerpt) -> Excerpt:
        """What is read already, or nothing yet of a graph of this process."""
        return cls(LocalReader(source)) if isinstance(source, Graph) else source

    @classmethod
    def holding(cls, reader: Reader, told: Mapping[IRI, list[Quad]]) -> Excerpt:
        """One that has read what the default graph says of some subjects."""
        made = cls(reader)
        made._held.update(
            {(subject, None, None, DEFAULT): quads for subject, quads in told.items()}
        )
        return made

    @property
    def reader(self) -> Reader:
        """Whom it asks."""
        return self._reader

    def anew(self) -> Excerpt:
        """One that has read nothing yet."""
        return Excerpt(self._reader)

    def take(self, patterns: Iterable[QuadPattern]) -> None:
        """Read what matches the patterns, in one request, unless it is held."""
        lacking = [each for each in dict.fromkeys(patterns) if self._covering(each) is None]
        if lacking:
            self._held.update(zip(lacking, self._reader.quads(lacking), strict=True))

    def take_short(self, patterns: Iterable[QuadPattern], most: int) -> set[QuadPattern]:
        """Read, in one request, what matches those patterns that fewer quads than `most` match.

        The answer is the other patterns, of which nothing is kept.
        """
        lacking = [each for each in dict.fromkeys(patterns) if self._covering(each) is None]
        short = self._reader.quads(lacking, limit=most) if lacking else ()
        pairs = dict(zip(lacking, short, strict=True))
        self._held.update((each, quads) for each, quads in pairs.items() if len(quads) < most)
        return {each for each, quads in pairs.items() if len(quads) >= most}

    def expand(self, nodes: Iterable[Subject], *, up: bool = False) -> None:
        """Read the blank nodes that belong to the nodes, as `Reader.nested`, in one request."""
        lacking = [
            node
            for node in dict.fromkeys(nodes)
            if (up, node) not in self._nested and (True, node) not in self._nested
        ]
        if not lacking:
            return
        asked = [node for node in lacking if isinstance(node, BlankNode)]
        about: dict[BlankNode, list[Quad]] = {node: [] for node in asked}
        to: dict[BlankNode, list[Quad]] = {node: [] for node in asked}
        for triple in self._reader.nested(lacking, up=up):
            quad = Quad(triple.subject, triple.predicate, triple.object, DEFAULT)
            for end, lists in ((triple.subject, about), (triple.object, to)):
                if isinstance(end, BlankNode):
                    lists.setdefault(end, []).append(quad)
        for node in (*about, *to):
            self._held[QuadPattern(s=node, g=DEFAULT)] = about.get(node, [])
            if up:
                self._held[QuadPattern(o=node, g=DEFAULT)] = to.get(node, [])
        self._nested |= dict.fromkeys((up, node) for node in (*lacking, *about, *to))

    def select(self, query: str) -> list[Row]:
        """The rows of a query, as `Reader.select`."""
        if query not in self._rows:
            self._rows[query] = self._reader.select(query)
        return self._rows[query]

    def triples(
        self, s: Subject | None = None, p: IRI | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """Triples of the default graph that match."""
        return (quad.triple for quad in self._find((s, p, o, DEFAULT)))

    def quads(
        self,
        s: Subject | None = None,
        p: IRI | None = None,
        o: Term | None = None,
        g: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Quads of all graphs, or of graph `g`, that match."""
        return iter(self._find((s, p, o, g)))

    def graphs_with(self, triple: Triple) -> list[IRI]:
        """The named graphs that hold the triple, sorted."""
        quads = self._find(QuadPattern(triple.subject, triple.predicate, triple.object))  # type: ignore[arg-type]
        names = (quad.graph_name for quad in quads)
        return sorted((n for n in names if isinstance(n, IRI)), key=lambda n: n.value)

    def __contains__(self, triple: Triple) -> bool:
        s, p, o = triple.subject, triple.predicate, triple.object
        return bool(self._find(QuadPattern(s, p, o, DEFAULT)))  # type: ignore[arg-type]

    def _find(self, wanted: _Pattern) -> list[Quad]:
        wider = self._covering(wanted)
        if wider is None:
            self.take((QuadPattern(*wanted),))
            wider = wanted
        held = self._held[wider]
        return held if wider == wanted or not held else list(_fitting(held, wanted, wider))

    def _covering(self, wanted: _Pattern) -> _Pattern | None:
        """What is held that matches all that is wanted."""
        held = self._held
        if wanted in held:
            return wanted
        return next((wider for wider in _wider(*wanted) if wider in held), None)


def _wider(
    s: Subject | None, p: IRI | None, o: Term | None, g: GraphName | None
) -> Iterator[_Pattern]:
    """Patterns that match more than this, as far as pages read such."""
    for graph in (g,) if g is None else (g, None):
        if s is not None:
            if p is not None and o is not None:
                yield s, p, None, graph
            yield s, None, None, graph
        if o is not None:
            if s is not None:
                yield None, p, o, graph
            if p is not None:
                yield None, None, o, graph
        if p is not None:
            yield None, p, None, graph
    if g is not None:
        yield s, p, o, None


def _fitting(quads: Iterable[Quad], wanted: _Pattern, wider: _Pattern) -> Iterable[Quad]:
    """Those of the quads of a wider pattern that match what is wanted."""
    s, p, o, g = (None if term == held else term for term, held in zip(wanted, wider, strict=True))
    if p is not None:
        quads = [quad for quad in quads if quad.predicate == p]
    if g is not None:
        quads = [quad for quad in quads if quad.graph_name == g]
    if s is not None:
        quads = [quad for quad in quads if quad.subject == s]
    if o is not None:
        quads = [quad for quad in quads if quad.object == o]
    return quads


def about(
    subjects: Iterable[Subject], *predicates: IRI, g: GraphName | None = None
) -> Iterator[QuadPattern]:
    """Patterns for what is said of the subjects, with any predicate or one of these."""
    held = predicates or (None,)
    return (QuadPattern(subject, predicate, None, g) for subject in subjects for predicate in held)


def to(
    objects: Iterable[Term], *predicates: IRI, g: GraphName | None = None
) -> Iterator[QuadPattern]:
    """Patterns for what leads to the objects, by any predicate or one of these."""
    held = predicates or (None,)
    return (QuadPattern(None, predicate, value, g) for value in objects for predicate in held)


def saying(triples: Iterable[Triple]) -> Iterator[QuadPattern]:
    """Patterns for the graphs that hold the triples."""
    return (QuadPattern(t.subject, t.predicate, t.object) for t in triples)  # type: ignore[arg-type]
