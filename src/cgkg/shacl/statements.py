"""The statements of data that change: of which graphs, and what of it the merge of all has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from cgkg.rdf.terms import IRI, DefaultGraph, Quad, Term, Triple, parts

_DEFAULT = DefaultGraph()


class Statements:
    """A set of quads by their predicates.

    Args:
        statements: triples and quads; a triple is a statement of the default graph.
        fixed: triples that are in the merge of all graphs always.
    """

    def __init__(self, statements: Iterable[Triple | Quad], fixed: Iterable[Triple]) -> None:
        self._held: dict[str, dict[Triple, Quad | tuple[Quad, ...]]] = defaultdict(dict)
        self._fixed = frozenset(fixed)
        for each in map(_quad, statements):
            self._add(each)

    def change(
        self, added: Iterable[Triple | Quad], removed: Iterable[Triple | Quad]
    ) -> tuple[list[Triple], list[Triple], set[str]]:
        """Take out statements, then add others.

        Returns:
            the triples that the merge of all graphs gained, those that it lost, and the predicates
            of all statements that came or went.
        """
        before: dict[Triple, bool] = {}
        for each in map(_quad, removed):
            if self._remove(each):
                before[each.triple] = True
        for each in map(_quad, added):
            merged = self._is_merged(each.triple)
            if self._add(each):
                before.setdefault(each.triple, merged)
        after = {triple: self._is_merged(triple) for triple in before}
        gained = [triple for triple, there in after.items() if there and not before[triple]]
        lost = [triple for triple, there in after.items() if before[triple] and not there]
        return gained, lost, {triple.predicate.value for triple in before}

    def select(self, predicates: Collection[str] | None) -> list[Quad]:
        """The statements with some predicates, None for all; those that are fixed among them."""
        names = self._held.keys() if predicates is None else predicates
        held = (each for name in names for each in self._held.get(name, _NONE).values())
        fixed = (t for t in self._fixed if predicates is None or t.predicate.value in predicates)
        quads: list[Quad] = []
        for each in held:
            if isinstance(each, tuple):
                quads += each
            else:
                quads.append(each)
        return [*quads, *map(_quad, fixed)]

    def values(self, node: Term, predicate: IRI) -> list[Term]:
        """What a node has under a property; a look at all statements with it."""
        group = self._held.get(predicate.value, _NONE)
        return [value for subject, _, value in map(parts, group) if subject == node]

    def _is_merged(self, triple: Triple) -> bool:
        return triple in self._fixed or triple in self._held.get(triple.predicate.value, _NONE)

    def _add(self, quad: Quad) -> bool:
        """Hold a quad; whether it is new."""
        group = self._held[quad.predicate.value]
        triple = quad.triple
        held = group.get(triple)
        if held is None:
            group[triple] = quad
        elif isinstance(held, tuple):
            if quad in held:
                return False
            group[triple] = (*held, quad)
        elif held == quad:
            return False
        else:
            group[triple] = (held, quad)
        return True

    def _remove(self, quad: Quad) -> bool:
        """Let a quad go; whether it was there."""
        group = self._held.get(quad.predicate.value, {})
        held = group.get(quad.triple)
        if held == quad:
            del group[quad.triple]
        elif isinstance(held, tuple) and quad in held:
            rest = tuple(each for each in held if each != quad)
            group[quad.triple] = rest if len(rest) > 1 else rest[0]
        else:
            return False
        return True


_NONE: Mapping[Triple, Quad | tuple[Quad, ...]] = {}


def _quad(statement: Triple | Quad) -> Quad:
    if isinstance(statement, Quad):
        return statement
    return Quad(*parts(statement), _DEFAULT)
