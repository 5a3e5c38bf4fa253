"""Facts in columns: what holds now.

Representatives: of all individuals known to be the same, one stands for the others. `Facts` speaks
of representatives only. `cgkg.reasoning.core.history` keeps every triple as it was first derived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import KeysView, Mapping
from functools import cached_property
from typing import TypeAlias

import numpy as np

from cgkg.rdf.terms import IRI
from cgkg.reasoning.core.columns import (
    Column,
    Ids,
    Mask,
    difference,
    groups,
    pack,
    sources,
    swap,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.terms import LITERAL, TermDictionary, is_literal
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.datatypes import Value

Columns: TypeAlias = Mapping[int, Ids]


class Literals:
    """What the literals of a numbering denote, looked up once for each."""

    def __init__(self, terms: TermDictionary) -> None:
        self._terms = terms
        self._first: dict[Value, int] = {}
        self._same: dict[int, int] = {}
        self._alike: dict[Value, list[int]] = defaultdict(list)  # of those looked at so far
        self._looked = 0
        self._inside: dict[IRI, dict[int, bool | None]] = defaultdict(dict)

    def by_value(self, numbers: Ids) -> Ids:
        """Each literal's id replaced by that of the first literal met with its value (dt-eq)."""
        if not is_literal(numbers).any():
            return numbers
        distinct, at = np.unique(numbers, return_inverse=True)
        return np.fromiter(map(self._value, distinct.tolist()), np.int64, len(distinct))[at]

    def _value(self, number: int) -> int:
        if number < LITERAL:
            return number
        known = self._same.get(number)
        if known is None:
            denoted = datatypes.value(self._terms.literals[number - LITERAL])
            known = number if denoted is None else self._first.setdefault(denoted, number)
            self._same[number] = known
        return known

    def equal(self, number: int) -> list[int]:
        """All literals of the numbering with this one's value (dt-eq), itself first."""
        denoted = datatypes.value(self._terms.literals[number - LITERAL])
        if denoted is None:
            return [number]
        for place in range(self._looked, len(self._terms.literals)):
            other = datatypes.value(self._terms.literals[place])
            if other is not None:
                self._alike[other].append(LITERAL + place)
        self._looked = len(self._terms.literals)
        return [number, *(other for other in self._alike[denoted] if other != number)]

    def in_datatype(self, datatype: IRI, numbers: Ids, holds: bool) -> Mask:
        """For each id, whether it is a literal known (not) to lie in the datatype."""
        answers = np.zeros(len(numbers), np.bool_)
        literal = is_literal(numbers)
        if literal.any():
            distinct, at = np.unique(numbers[literal], return_inverse=True)
            known = self._inside[datatype]
            for number in distinct.tolist():
                if number not in known:
                    term = self._terms.literals[number - LITERAL]
                    known[number] = datatypes.belongs(term, datatype)
            told = [known[number] is holds for number in distinct.tolist()]
            answers[literal] = np.array(told, np.bool_)[at]
        return answers


class Facts:
    """What holds, by representatives: one column per property and one per class.

    `sparse` is set once the closure is there and only changes are to come: from then on nothing
    looks at all facts, but at the indexes.
    """

    def __init__(self, terms: TermDictionary, literals: Literals) -> None:
        self._terms = terms
        self._literals = literals
        self._by_relation: dict[int, Column] = {}
        self._by_kind: dict[int, Column] = {}
        self._inverse: dict[int, Column] = {}
        self._representative = np.arange(len(terms.resources))
        self.merged = False
        self.sparse = False

    @property
    def relations(self) -> KeysView[int]:
        """The properties that have edges."""
        return self._by_relation.keys()

    @property
    def kinds(self) -> KeysView[int]:
        """The classes that have members."""
        return self._by_kind.keys()

    def canonical(self, resource: int) -> int:
        """The id's representative."""
        if resource >= len(self._representative):  # a literal, or a term of no fact
            return resource
        return int(self._representative[resource])

    def follow(self, relation: int, starts: Ids) -> tuple[Ids, Ids]:
        """Edges that leave the starts."""
        return self._by_relation.get(relation, _NONE).expand(starts)

    def back(self, relation: int, ends: Ids) -> tuple[Ids, Ids]:
        """Edges that reach the ends."""
        return self._turned(relation).expand(ends)

    def linked(self, relation: int, keys: Ids) -> Mask:
        """For each key, whether it is an edge."""
        return self._by_relation.get(relation, _NONE).contains(keys)

    def within(self, kind: int, items: Ids) -> Mask:
        """For each item, whether it belongs to the class."""
        return self._by_kind.get(kind, _NONE).contains(items)

    def edges(self, relation: int) -> Ids:
        """All keys of the property."""
        return self._by_relation.get(relation, _NONE).values()

    def members(self, kind: int) -> Ids:
        """All members of the class."""
        return self._by_kind.get(kind, _NONE).values()

    def count(self, relation: int | None, kind: int = 0) -> int:
        """How many edges the property has; without one, how many members the class has."""
        if relation is None:
            return len(self._by_kind.get(kind, _NONE))
        return len(self._by_relation.get(relation, _NONE))

    def in_datatype(self, datatype: IRI, items: Ids, holds: bool) -> Mask:
        """For each item, whether it is a literal known (not) to lie in the datatype."""
        return self._literals.in_datatype(datatype, items, holds)

    def inverse(self, relation: int) -> Ids:
        """All edges of the property turned round, sorted."""
        return self._turned(relation).values()

    def _turned(self, relation: int) -> Column:
        known = self._inverse.get(relation)
        if known is None:
            known = self._inverse[relation] = Column(np.sort(swap(self.edges(relation))))
        return known

    def add_edges(self, relation: int, keys: Ids) -> None:
        """Add edges that are not there yet."""
        self._by_relation.setdefault(relation, Column()).insert(keys)
        if relation in self._inverse:
            self._inverse[relation].insert(np.sort(swap(keys)))

    def add_members(self, kind: int, ids: Ids) -> None:
        """Add members that are not there yet."""
        self._by_kind.setdefault(kind, Column()).insert(ids)

    def take_edges(self, relation: int, keys: Ids) -> None:
        """Take out edges that are there."""
        self._by_relation[relation].discard(keys)
        if relation in self._inverse:
            self._inverse[relation].discard(np.sort(swap(keys)))

    def take_members(self, kind: int, ids: Ids) -> None:
        """Take out members that are there."""
        self._by_kind[kind].discard(ids)

    def grow(self) -> None:
        """Make room for individuals numbered since; each stands for itself."""
        known, needed = len(self._representative), len(self._terms.resources)
        if needed > known:  # more room than needed, so that adding one by one is cheap
            more = np.arange(known, max(needed, known + known // 8))
            self._representative = np.concatenate((self._representative, more))

    def represent(self, ids: Ids) -> Ids:
        """Each id's representative; literals stand for themselves."""
        if not self.merged:
            return ids
        literal = is_literal(ids)
        return np.where(literal, ids, self._representative[np.where(literal, 0, ids)])

    def represent_keys(self, keys: Ids) -> Ids:
        """The edges between representatives, not sorted."""
        if not self.merged:
            return keys
        return pack(self._representative[sources(keys)], self.represent(targets(keys)))

    def alike(self, resource: int) -> list[int]:
        """All that are the same as the resource, itself too, ascending."""
        return self._cliques.get(self.canonical(resource), [resource])

    @cached_property
    def _cliques(self) -> dict[int, list[int]]:
        """For every representative of more than itself, all it stands for."""
        keys = self.cliques()
        return {one: alike.tolist() for one, alike in groups(sources(keys), targets(keys))}

    def in_clique(self, ids: Ids) -> Mask:
        """For each id, whether others are the same as it; a literal is only itself."""
        if not self.merged:
            return np.zeros(len(ids), np.bool_)
        cliques = self._cliques
        return np.array([int(self.canonical(one)) in cliques for one in ids.tolist()], np.bool_)

    def unite(self, pairs: Ids) -> tuple[Ids, Ids]:
        """Make the two individuals of each pair the same.

        Returns:
            the pairs that were needed for it, and the ids that are no longer representatives.
        """
        parent = self._representative
        unsettled = pairs[parent[sources(pairs)] != parent[targets(pairs)]]
        links: list[int] = []
        lost: list[int] = []

        def root(item: int) -> int:
            while parent[item] != item:
                item = int(parent[item])
            return item

        for key in unsettled.tolist():
            one, other = root(key >> 32), root(key & 0xFFFFFFFF)
            if one != other:
                one, other = min(one, other), max(one, other)
                links.append(key)
                lost.append(other)
                if self.sparse:
                    self._join(one, other)
                else:
                    parent[other] = one
        if links and not self.sparse:
            self._point_at_roots()
        self.merged = self.merged or bool(links)
        return np.array(links, np.int64), np.array(lost, np.int64)

    def _join(self, one: int, other: int) -> None:
        """Let one represent all that the other represented."""
        moved = self._cliques.pop(other, [other])
        self._cliques[one] = sorted([*self._cliques.get(one, [one]), *moved])
        self._representative[moved] = one

    def _point_at_roots(self) -> None:
        """Make every id point straight at its representative."""
        parent = self._representative
        while not np.array_equal(further := parent[parent], parent):
            parent[:] = further
        self.__dict__.pop("_cliques", None)

    def withdraw(self, lost: Ids) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """Take out every fact that speaks of ids that are no longer representatives."""
        edges, members = self.about(lost) if self.sparse else self._mentioning(lost)
        for relation, keys in edges.items():
            if self.sparse:
                self.take_edges(relation, keys)
            else:
                self._by_relation[relation] = Column(difference(self.edges(relation), keys))
                self._inverse.pop(relation, None)
        for kind, ids in members.items():
            self.take_members(kind, ids)
        return edges, members

    def about(self, ids: Ids) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """Every fact that speaks of the ids, by the indexes."""
        edges, members = {}, {}
        ids = unique(ids)
        for relation in self.relations:
            out, ends = self.follow(relation, ids)
            into, starts = self.back(relation, ids)
            if len(out) or len(into):
                edges[relation] = union([pack(ids[out], ends), pack(starts, ids[into])])
        for kind in self.kinds:
            inside = self.within(kind, ids)
            if inside.any():
                members[kind] = ids[inside]
        return edges, members

    def _mentioning(self, lost: Ids) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """As `about`, by a look at every fact."""
        gone = np.zeros(len(self._representative), np.bool_)
        gone[lost] = True
        edges, members = {}, {}
        for relation in self.relations:
            keys = self.edges(relation)
            ends = targets(keys)
            literal = is_literal(ends)
            stale = gone[sources(keys)] | (gone[np.where(literal, 0, ends)] & ~literal)
            if stale.any():
                edges[relation] = keys[stale]
        for kind in self.kinds:
            ids = self.members(kind)
            stale = gone[ids]
            if stale.any():
                members[kind] = ids[stale]
        return edges, members

    def cliques(self) -> Ids:
        """Keys from every representative to all it stands for, itself too, where there are two."""
        everyone = np.arange(len(self._representative))
        others = everyone[self._representative != everyone]
        alike = union([others, self._representative[others]])
        return np.sort(pack(self._representative[alike], alike))


_NONE = Column()  # never added to
