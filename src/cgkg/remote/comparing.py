"""Which terms an engine holds in other forms than they were sent: all it has is read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cgkg.errors import StoreError
from cgkg.rdf.terms import IRI, GraphName, Quad, Term
from cgkg.remote.engine import Engine
from cgkg.remote.loading import AGAIN
from cgkg.remote.reader import RemoteReader, read_quads
from cgkg.remote.scope import GraphScope
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, QuadPattern

_ROWS = 5_000  # that are asked for at a time
_PREDICATES = 200

_Place = tuple[Term, IRI, GraphName]  # of a value


@dataclass(frozen=True)
class TermChange:
    """A value that came back in another form, from so many statements."""

    sent: Term
    held: Term
    count: int


def compare_terms(engine: Engine, scope: GraphScope, file: Path) -> tuple[TermChange, ...]:
    """Read back all statements without blank nodes, and see which values are others.

    Raises:
        StoreError: statements are missing, or there are others, and not for the form of a value.
    """
    sent: dict[IRI, set[Quad]] = {}
    for quads in read_quads(file, with_blanks=False):
        for quad in quads:
            sent.setdefault(quad.predicate, set()).add(quad)
    reader = RemoteReader(engine, scope, Graph.of(()))
    changes: Counter[tuple[Term, Term]] = Counter()
    for group in _groups(sent):
        patterns = [QuadPattern(p=predicate) for predicate in group]
        for predicate, quads in zip(group, reader.quads(patterns), strict=True):
            changes.update(_changes(sent[predicate], set(quads)))
    return tuple(
        TermChange(sent, held, count)
        for (sent, held), count in sorted(changes.items(), key=lambda item: str(item[0]))
    )


def _groups(sent: dict[IRI, set[Quad]]) -> Iterator[list[IRI]]:
    """The predicates, so many together as have few statements."""
    group: list[IRI] = []
    rows = 0
    for predicate in sorted(sent, key=lambda each: len(sent[each])):
        if group and (rows + len(sent[predicate]) > _ROWS or len(group) == _PREDICATES):
            yield group
            group, rows = [], 0
        group.append(predicate)
        rows += len(sent[predicate])
    if group:
        yield group


def _changes(sent: set[Quad], held: set[Quad]) -> Iterator[tuple[Term, Term]]:
    """The values that are others; those of one place are paired in the order of their text."""
    gone, new = _by_place(sent - held), _by_place(held - sent)
    for place, values in gone.items():
        others = new.pop(place, [])
        if len(values) != len(others):
            raise _lost(place, len(values), len(others))
        yield from zip(sorted(values, key=str), sorted(others, key=str), strict=True)
    for place, values in new.items():
        raise _lost(place, 0, len(values))


def _by_place(quads: Iterable[Quad]) -> dict[_Place, list[Term]]:
    objects: dict[_Place, list[Term]] = {}
    for quad in quads:
        place = (quad.subject, quad.predicate, quad.graph_name)
        objects.setdefault(place, []).append(quad.object)  # type: ignore[arg-type]
    return objects


def _lost(place: _Place, sent: int, held: int) -> StoreError:
    subject, predicate, graph = place
    where = "the default graph" if graph == DEFAULT else f"the graph {graph}"
    return StoreError(
        f"the engine holds other statements than were sent: of {subject} {predicate} in {where}"
        f" {sent} values are missing and {held} are new",
        hint=AGAIN,
    )
