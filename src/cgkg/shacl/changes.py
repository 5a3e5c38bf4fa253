"""A change of the data, and which nodes it reaches along paths, walked backwards.

A path leads a node elsewhere than before only if, on the way, it comes to a node that a changed
triple leaves. Up to there the way is in the data before and after the change. So what is reached is
looked for in the data after it alone, and is found also where a triple was taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import RDF, RDFS
from cgkg.reasoning.core.columns import difference, expand, merge, sources, targets
from cgkg.shacl.data import EMPTY, Data, Ids, union, unique
from cgkg.shacl.paths import (
    Path,
    PathAlternatives,
    PathInverse,
    PathRepetition,
    PathSeries,
)
from cgkg.shacl.prebinding import BoundQuery


@dataclass(frozen=True, slots=True, eq=False)
class Touched:
    """Focus nodes and value nodes of which a constraint may say something else; each sorted."""

    focus: Ids
    values: Ids


NOTHING = Touched(EMPTY, EMPTY)


class DataChange:
    """What was changed, and what that reaches; all sets of nodes may be larger than need be.

    Args:
        data: the data after the change.
        keys: for each predicate the triples that came or went.
        stated: the predicates of the statements that came or went in any graph.
        rewritten: whether literals came or went that the database may take for others.
    """

    def __init__(
        self,
        data: Data,
        keys: Mapping[int, Ids],
        stated: Collection[str],
        *,
        rewritten: bool,
    ) -> None:
        self._data, self._keys = data, keys
        self._stated, self._rewritten = frozenset(stated), rewritten

    @cached_property
    def moved(self) -> Ids:
        """The nodes that may be instances of other classes than before.

        They have another type, or a type from which a changed triple of the hierarchy is reached.
        """
        data = self._data
        lower = self.starts(RDFS.subClassOf)
        return union([self.starts(RDF.type), *map(data.instances, lower.tolist())])

    def concerns(self, query: BoundQuery) -> bool:
        """Whether the query may have other solutions."""
        if self._rewritten or query.predicates is None:
            return True
        return not query.predicates.isdisjoint(self._stated)

    def subjects(self, *, but: Iterable[IRI]) -> Ids:
        """The subjects of the triples that changed, but for those of some properties."""
        left_out = set(map(self._data.terms.find, but))
        return union([sources(keys) for name, keys in self._keys.items() if name not in left_out])

    def starts(self, path: Path, *, backward: bool = False) -> Ids:
        """The nodes that a path may lead elsewhere than before."""
        match path:
            case PathInverse(inner):
                return self.starts(inner, backward=not backward)
            case PathAlternatives(choices):
                return union([self.starts(each, backward=backward) for each in choices])
            case PathSeries(steps):
                nodes = EMPTY
                for step in steps if backward else reversed(steps):
                    before = self.before(step, nodes, backward=backward)
                    nodes = union([self.starts(step, backward=backward), before])
                return nodes
            case PathRepetition(inner, sign):
                once = self.starts(inner, backward=backward)
                return once if sign == "?" else self._all_before(inner, once, backward)
        number = self._data.terms.find(path)
        keys = EMPTY if number is None else self._keys.get(number, EMPTY)
        return unique((targets if backward else sources)(keys))

    def before(self, path: Path, ends: Ids, *, backward: bool = False) -> Ids:
        """The nodes from which a path leads to one of the ends."""
        if not len(ends):
            return EMPTY
        match path:
            case PathInverse(inner):
                return self.before(inner, ends, backward=not backward)
            case PathAlternatives(choices):
                return union([self.before(each, ends, backward=backward) for each in choices])
            case PathSeries(steps):
                for step in steps if backward else reversed(steps):
                    ends = self.before(step, ends, backward=backward)
                return ends
            case PathRepetition(inner, sign):
                if sign == "*":
                    return self._all_before(inner, ends, backward)
                once = self.before(inner, ends, backward=backward)
                if sign == "+":
                    return self._all_before(inner, once, backward)
                return union([ends, once])
        _, nodes = expand(self._data.column(path, backward=not backward), ends)
        return unique(nodes)

    def _all_before(self, path: Path, ends: Ids, backward: bool) -> Ids:
        """The ends, and the nodes from which a path leads to one of them after any repetitions."""
        reached = new = ends
        while len(new):
            new = difference(self.before(path, new, backward=backward), reached)
            reached = merge(reached, new)
        return reached
