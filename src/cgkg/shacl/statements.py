"""The statements of data that change: of which graphs, and what of it the merge of all has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import chain

from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Quad, Term, Triple, parts

_DEFAULT = DefaultGraph()


class Statements:
    """A set of quads by their predicates.

    Args:
        statements: triples and quads; a triple is a statement of the default graph.
        fixed: triples that are in the merge of all graphs always.
    """

    def __init__(self, statements: Iterable[Triple | Quad], fixed: Iterable[Triple]) -> None:
        self._held: dict[str, set[Quad]] = defaultdict(set)
        self._graphs: set[GraphName] = {_DEFAULT}
        self._fixed = frozenset(fixed)
        for each in map(_quad, statements):
            self._held[each.predicate.value].add(each)
            self._graphs.add(each.graph_name)

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
            group = self._held[each.predicate.value]
            if each in group:
                before[each.triple] = True
                group.discard(each)
        for each in map(_quad, added):
            group = self._held[each.predicate.value]
            if each not in group:
                before.setdefault(each.triple, self._is_merged(each.triple))
                group.add(each)
                self._graphs.add(each.graph_name)
        after = {triple: self._is_merged(triple) for triple in before}
        gained = [triple for triple, there in after.items() if there and not before[triple]]
        lost = [triple for triple, there in after.items() if before[triple] and not there]
        return gained, lost, {triple.predicate.value for triple in before}

    def select(self, predicates: Collection[str] | None) -> list[Quad]:
        """The statements with some predicates, None for all; those that are fixed among them."""
        if predicates is None:
            return [*chain.from_iterable(self._held.values()), *map(_quad, self._fixed)]
        held = (self._held.get(name, ()) for name in predicates)
        fixed = (each for each in self._fixed if each.predicate.value in predicates)
        return [*chain.from_iterable(held), *map(_quad, fixed)]

    def values(self, node: Term, predicate: IRI) -> list[Term]:
        """What a node has under a property; a look at all statements with it."""
        group = self._held.get(predicate.value, ())
        return [value for subject, _, value in map(parts, group) if subject == node]

    def _is_merged(self, triple: Triple) -> bool:
        group = self._held[triple.predicate.value]
        if triple in self._fixed:
            return True
        said = parts(triple)
        return any(Quad(*said, name) in group for name in self._graphs)


def _quad(statement: Triple | Quad) -> Quad:
    if isinstance(statement, Quad):
        return statement
    return Quad(*parts(statement), _DEFAULT)
