"""Look-ups in batches over an engine; statements with blank nodes come from the version's file.

An engine gives blank nodes labels of its own, by which a proof could not be found again and nothing
be asked. A graph has few of them, so their statements are held here, with the labels of the build.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

from cgkg.formats import Format
from cgkg.rdf.compression import open_decompressed
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Subject, Triple
from cgkg.remote.client import Call
from cgkg.remote.engine import Engine, Limits
from cgkg.remote.scope import VERSION_GRAPH, GraphScope
from cgkg.sparql.tree.parser import parse
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader, QuadPattern, Row, SparqlReader

# Patterns in one request; Virtuoso takes for 500 a hundred times as long as for 100.
_PATTERNS, _FEW_PATTERNS = 20_000, 100
# What is not held here already, and is the version's own.
_ONLY = (
    f"FILTER(!isBlank(?s) && !isBlank(?o) && !(BOUND(?g) && (isBlank(?g) || ?g = {VERSION_GRAPH})))"
)
_LINES = 50_000  # of a file that are parsed at a time


class RemoteReader:
    """A `cgkg.store.reader.Reader` of a version in an engine; any thread may ask."""

    def __init__(self, engine: Engine, scope: GraphScope, blanks: Graph) -> None:
        """Ask nothing yet.

        Args:
            engine: has the version.
            scope: where its graphs are.
            blanks: the version's statements with blank nodes.
        """
        self._engine, self._scope, self._blanks = engine, scope, blanks
        self._most = _PATTERNS if scope.default is None else _FEW_PATTERNS
        self._near, self._far = LocalReader(blanks), SparqlReader(self._ask, _ONLY)

    def within(self, limits: Limits, call: Call) -> RemoteReader:
        """The same with limits of each answer, for requests that are part of something."""
        engine = replace(self._engine, limits=limits, call=call)
        return RemoteReader(engine, self._scope, self._blanks)

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        """As of `Reader`; a request for every 20,000 patterns, or for 100 where the engine has no
        default graph of its own."""
        near = self._near.quads(patterns)
        wide = limit is None and not offset and self._scope.default is not None
        wanted = [_widened(pattern) if wide else pattern for pattern in patterns]
        skips: dict[int, list[int]] = {}
        for number, pattern in enumerate(patterns):
            if not _has_blank(pattern):
                skips.setdefault(max(offset - len(near[number]), 0), []).append(number)
        answers = [here[offset:] for here in near]
        for skip, numbers in skips.items():
            for part in self._requests(wanted, numbers):
                far = self._far.quads([wanted[n] for n in part], limit=limit, offset=skip)
                for number, there in zip(part, far, strict=True):
                    value = patterns[number].o
                    if value is not None:
                        there = [quad for quad in there if quad.object == value]
                    answers[number] += there
        return [each[:limit] for each in answers]

    def _requests(
        self, patterns: Sequence[QuadPattern], numbers: Sequence[int]
    ) -> Iterator[Sequence[int]]:
        """The patterns of each request: Virtuoso loses rows of several values that are literals."""
        others = numbers
        if self._scope.default is not None:
            alone = {n for n in numbers if isinstance(patterns[n].o, Literal)}
            yield from ([number] for number in sorted(alone))
            others = [number for number in numbers if number not in alone]
        yield from (
            others[start : start + self._most] for start in range(0, len(others), self._most)
        )

    def nested(self, nodes: Sequence[Subject], *, up: bool = False) -> list[Triple]:
        """As of `Reader`, without a request."""
        return self._near.nested(nodes, up=up)

    def select(self, query: str) -> list[Row]:
        """As of `Reader`."""
        return list(self._ask(query))

    def _ask(self, query: str) -> Iterable[Row]:
        if self._scope.default is not None:
            query = self._scope.write(parse(query))
        return self._engine.select(query)


def _widened(pattern: QuadPattern) -> QuadPattern:
    """The pattern, or all values of a subject instead of one that is a literal."""
    literal = isinstance(pattern.o, Literal) and pattern.s is not None
    return pattern._replace(o=None) if literal else pattern


def _has_blank(pattern: QuadPattern) -> bool:
    return any(isinstance(term, BlankNode) for term in pattern)


def read_quads(path: Path, *, with_blanks: bool | None = None) -> Iterator[list[Quad]]:
    """The quads of a file of N-Quads, which may be compressed, some at a time.

    Args:
        path: the file.
        with_blanks: only those with or without blank nodes.

    Raises:
        SourceError: it cannot be read; says the line of the part.
    """
    with open_decompressed(path) as file:
        while lines := list(islice(file, _LINES)):
            if with_blanks is not None:
                # A text may look like one: what is parsed tells.
                lines = [line for line in lines if with_blanks is False or b"_:" in line]
            quads = parse_bytes(b"".join(lines), Format.N_QUADS, path)
            if with_blanks is not None:
                quads = [quad for quad in quads if has_blank(quad) == with_blanks]
            if quads:
                yield quads


def has_blank(quad: Quad) -> bool:
    """Whether a blank node is in the quad."""
    return any(isinstance(end, BlankNode) for end in (quad.subject, quad.object, quad.graph_name))


def blank_graph(path: Path) -> Graph:
    """The statements with blank nodes of a file; blocks while all of it is read."""
    return Graph.of(quad for part in read_quads(path, with_blanks=True) for quad in part)


def subjects_and_graphs(path: Path) -> Iterator[IRI]:
    """The IRIs of a file's subjects and named graphs, in any order and perhaps several times."""
    for quads in read_quads(path):
        ends = {end for quad in quads for end in (quad.subject, quad.graph_name)}
        yield from (end for end in ends if isinstance(end, IRI))


class FileReader:
    """A `cgkg.store.reader.Reader` of what a version's file says by some predicates.

    It is read once, when the first question comes. Anything is found, too, if no pattern but that
    of all quads asks for it: these are read part by part.
    """

    def __init__(self, path: Path, predicates: Collection[IRI]) -> None:
        """Read nothing yet."""
        self._path, self._predicates = path, predicates
        self._rest: Iterator[Quad] = iter(())
        self._read = -1

    @cached_property
    def _held(self) -> LocalReader:
        wanted = self._predicates
        return LocalReader(
            Graph.of(q for part in read_quads(self._path) for q in part if q.predicate in wanted)
        )

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        """As of `Reader`, for patterns with predicates that it has, or for the one of all quads."""
        if list(patterns) != [QuadPattern()]:
            return self._held.quads(patterns, limit=limit, offset=offset)
        if offset != self._read:
            self._rest = islice(chain.from_iterable(read_quads(self._path)), offset, None)
        quads = list(islice(self._rest, limit))
        self._read = offset + len(quads)
        return [quads]

    def nested(self, nodes: Sequence[Subject], *, up: bool = False) -> list[Triple]:
        """As of `Reader`."""
        return self._held.nested(nodes, up=up)

    def select(self, query: str) -> list[Row]:
        """As of `Reader`."""
        return self._held.select(query)
