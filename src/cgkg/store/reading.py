"""What has been read of a dataset: look-ups are answered from it, the rest is asked for in batches.

Whoever makes a page says first what it will need (`take`, `expand`), each time in one request;
then look-ups, one after another, ask nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from cgkg.rdf.terms import IRI, BlankNode, GraphName, Quad, Subject, Term, Triple
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, LocalReader, Pattern, Reader, Row


class Lookups(Protocol):
    """One look-up after another in a dataset, as `Graph` and `Reading` have them."""

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


class Reading:
    """What has been read of a dataset so far. It asks again for nothing that it holds.

    A look-up of something that it lacks is a request of its own. Threads may share it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._held: dict[Pattern, list[Quad]] = {}
        self._nested: dict[tuple[bool, Subject], None] = {}
        self._rows: dict[str, list[Row]] = {}

    @classmethod
    def of(cls, source: Graph | Reading) -> Reading:
        """What is read already, or nothing yet of a graph of this process."""
        return cls(LocalReader(source)) if isinstance(source, Graph) else source

    @property
    def reader(self) -> Reader:
        """Whom it asks."""
        return self._reader

    def take(self, patterns: Iterable[Pattern]) -> None:
        """Read what matches the patterns, in one request, unless it is held."""
        lacking = [each for each in dict.fromkeys(patterns) if self._covering(each) is None]
        if lacking:
            self._held.update(zip(lacking, self._reader.quads(lacking), strict=True))

    def expand(self, nodes: Iterable[Subject], *, up: bool = False) -> None:
        """Read the blank nodes that belong to the nodes, as `Reader.nested`, in one request."""
        lacking = [
            node
            for node in dict.fromkeys(nodes)
            if (up, node) not in self._nested and (True, node) not in self._nested
        ]
        if not lacking:
            return
        about: dict[BlankNode, list[Quad]] = {}
        to: dict[BlankNode, list[Quad]] = {}
        for triple in self._reader.nested(lacking, up=up):
            quad = Quad(triple.subject, triple.predicate, triple.object, DEFAULT)
            for end, lists in ((triple.subject, about), (triple.object, to)):
                if isinstance(end, BlankNode):
                    lists.setdefault(end, []).append(quad)
        for node in (*about, *to):
            self._held[Pattern(s=node, g=DEFAULT)] = about.get(node, [])
            if up:
                self._held[Pattern(o=node, g=DEFAULT)] = to.get(node, [])
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
        return (quad.triple for quad in self._find(Pattern(s, p, o, DEFAULT)))

    def quads(
        self,
        s: Subject | None = None,
        p: IRI | None = None,
        o: Term | None = None,
        g: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Quads of all graphs, or of graph `g`, that match."""
        return iter(self._find(Pattern(s, p, o, g)))

    def graphs_with(self, triple: Triple) -> list[IRI]:
        """The named graphs that hold the triple, sorted."""
        found = self._find(Pattern(triple.subject, triple.predicate, triple.object))  # type: ignore[arg-type]
        names = (quad.graph_name for quad in found)
        return sorted((n for n in names if isinstance(n, IRI)), key=lambda n: n.value)

    def __contains__(self, triple: Triple) -> bool:
        s, p, o = triple.subject, triple.predicate, triple.object
        return bool(self._find(Pattern(s, p, o, DEFAULT)))  # type: ignore[arg-type]

    def _find(self, wanted: Pattern) -> list[Quad]:
        wider = self._covering(wanted)
        if wider is None:
            self.take((wanted,))
            wider = wanted
        held = self._held[wider]
        return held if wider == wanted else [quad for quad in held if _fits(quad, wanted)]

    def _covering(self, wanted: Pattern) -> Pattern | None:
        """What is held that matches all that is wanted."""
        held = self._held
        return next((wider for wider in _wider(wanted) if wider in held), None)


def _wider(wanted: Pattern) -> Iterator[Pattern]:
    """The pattern, and those that match more, as far as pages read such."""
    yield wanted
    s, p, o, g = wanted
    for graph in (g,) if g is None else (g, None):
        if s is not None:
            if p is not None and o is not None:
                yield Pattern(s, p, None, graph)
            yield Pattern(s, None, None, graph)
        if o is not None:
            if s is not None or g is not graph:
                yield Pattern(None, p, o, graph)
            if p is not None:
                yield Pattern(None, None, o, graph)
        if p is not None:
            yield Pattern(None, p, None, graph)
        if g is not graph:
            yield Pattern(s, p, o, graph)


def _fits(quad: Quad, wanted: Pattern) -> bool:
    s, p, o, g = wanted
    return (
        (p is None or quad.predicate == p)
        and (g is None or quad.graph_name == g)
        and (s is None or quad.subject == s)
        and (o is None or quad.object == o)
    )


def about(
    subjects: Iterable[Subject], *predicates: IRI, g: GraphName | None = None
) -> Iterator[Pattern]:
    """Patterns for what is said of the subjects, with any predicate or one of these."""
    held = predicates or (None,)
    return (Pattern(subject, predicate, None, g) for subject in subjects for predicate in held)


def to(objects: Iterable[Term], *predicates: IRI, g: GraphName | None = None) -> Iterator[Pattern]:
    """Patterns for what leads to the objects, by any predicate or one of these."""
    held = predicates or (None,)
    return (Pattern(None, predicate, value, g) for value in objects for predicate in held)


def saying(triples: Iterable[Triple]) -> Iterator[Pattern]:
    """Patterns for the graphs that hold the triples."""
    return (Pattern(t.subject, t.predicate, t.object) for t in triples)  # type: ignore[arg-type]
