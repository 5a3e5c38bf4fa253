"""Statements taken back, and with them all that rested on nothing else.

What was derived from a triple that is gone is looked at again: if it still follows from triples
with smaller stamps it stays, and what rests on it is left alone; else it goes, too. What has gone
but follows from what is left is then derived anew, with a new stamp. Every triple keeps premises
with smaller stamps, so that nothing holds itself up in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgkg.reasoning.core.columns import Ids, sources, targets, union, unique
from cgkg.reasoning.core.facts import Columns
from cgkg.reasoning.core.materialise import Changes, Fresh, Materialisation
from cgkg.reasoning.core.stamps import NEVER
from cgkg.reasoning.core.terms import LITERAL, is_literal
from cgkg.reasoning.incremental.support import Support, still_known


class EqualityLostError(Exception):
    """Individuals may no longer be the same; the closure must be made anew."""


class Retraction:
    """Takes statements out of a closure."""

    def __init__(self, closure: Materialisation, support: Support) -> None:
        self._closure = closure
        self._facts = closure.facts
        self._history = closure.history
        self._support = support
        self._gone_edges: dict[int, list[Ids]] = {}
        self._gone_members: dict[int, list[Ids]] = {}
        self._suspects: set[int] = set()

    def run(self, edges: Columns, members: Columns) -> None:
        """Take out statements, all of which are there.

        Raises:
            EqualityLostError: an equality rested on them; the statements are gone, but what
                followed from them is not.
        """
        for relation, keys in edges.items():
            if self._closure.changes is not None:
                self._closure.changes.statements[relation].append(keys)
            if relation == self._closure.same:
                self._suspect(keys)
        while edges or members:
            self._forget(edges, members)
            edges, members = self._unsupported(*self._resting_on(edges, members))
        self._check_equality()
        self._take_out()
        self._closure.resume(self._rederive())

    # -- what goes --------------------------------------------------------------------------------

    def _forget(self, edges: Columns, members: Columns) -> None:
        for relation, keys in edges.items():
            self._history.edges[relation].remove(keys)
            self._gone_edges.setdefault(relation, []).append(keys)
        for kind, ids in members.items():
            self._history.members[kind].remove(ids)
            self._gone_members.setdefault(kind, []).append(ids)

    def _resting_on(
        self, edges: Columns, members: Columns
    ) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """What may have been derived from these, as it stands in the history.

        Rules are applied to the facts as they were, by representatives; whatever was derived
        before is equal to something derived so.
        """
        facts, fresh = self._facts, Fresh()
        told = {one: unique(facts.represent_keys(keys)) for one, keys in edges.items()}
        same = self._closure.same
        self._closure.fire(
            {relation: keys for relation, keys in told.items() if relation != same},
            {kind: unique(facts.represent(ids)) for kind, ids in members.items()},
            fresh,
        )
        for keys in fresh.edges.pop(same, []):
            self._suspect(keys)
        for bound, table in fresh.groups:
            _, ends = self._closure.group_members(bound, table)
            self._suspect_ids(ends[~is_literal(ends)])
        for relation, keys in edges.items():
            if facts.merged and relation != same:
                fresh.edges[relation].append(keys)
        for kind, ids in members.items():
            if facts.merged:
                fresh.members[kind].append(ids)
        return (
            {one: self._edge_variants(union(parts)) for one, parts in fresh.edges.items()},
            {one: self._variants(union(parts)) for one, parts in fresh.members.items()},
        )

    def _unsupported(
        self, edges: Columns, members: Columns
    ) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """Those that are known but no longer follow from what came before them."""
        lost_edges, lost_members = {}, {}
        for relation, keys in edges.items():
            stamps = self._history.column(relation).stamps_of(keys)
            known = still_known(stamps)
            if known.any():
                keys, stamps = keys[known], stamps[known]
                lost = keys[~self._support.edges(relation, keys, stamps)]
                if len(lost):
                    lost_edges[relation] = lost
        for kind, ids in members.items():
            stamps = self._history.column(None, kind).stamps_of(ids)
            known = still_known(stamps)
            if known.any():
                ids, stamps = ids[known], stamps[known]
                lost = ids[~self._support.members(kind, ids, stamps)]
                if len(lost):
                    lost_members[kind] = lost
        return lost_edges, lost_members

    def _variants(self, ids: Ids) -> Ids:
        """The ids and all that is the same as one of them, sorted."""
        if not self._facts.merged:
            return ids
        ids = unique(self._facts.represent(ids))
        inside = self._facts.in_clique(ids)
        if not inside.any():
            return ids
        alike = [other for one in ids[inside].tolist() for other in self._facts.alike(one)]
        return union([ids[~inside], np.array(alike, np.int64)])

    def _edge_variants(self, keys: Ids) -> Ids:
        """The edges, and those between all that is the same as their ends, sorted."""
        facts = self._facts
        if not facts.merged:
            return keys
        keys = unique(facts.represent_keys(keys))
        inside = facts.in_clique(sources(keys)) | facts.in_clique(targets(keys))
        if not inside.any():
            return keys
        more = [
            one << 32 | other
            for key in keys[inside].tolist()
            for one in facts.alike(key >> 32)
            for other in (
                facts.alike(key & 0xFFFFFFFF) if key & 0xFFFFFFFF < LITERAL else [key & 0xFFFFFFFF]
            )
        ]
        return union([keys[~inside], np.array(more, np.int64)])

    # -- equality ---------------------------------------------------------------------------------

    def _suspect(self, keys: Ids) -> None:
        keys = keys[~is_literal(targets(keys))]
        self._suspect_ids(np.concatenate((sources(keys), targets(keys))))

    def _suspect_ids(self, ids: Ids) -> None:
        self._suspects.update(self._facts.represent(ids[self._facts.in_clique(ids)]).tolist())

    def _check_equality(self) -> None:
        """Every link of a clique that may have lost its reason must have one."""
        for one, other, stamp in self._links():
            there, back = one << 32 | other, other << 32 | one
            stated = self._history.column(self._closure.same)
            if stated.stamp(there) == 0 or stated.stamp(back) == 0:
                continue
            keys, below = np.array([there, back]), np.array([stamp, stamp])
            if not self._support.edges(self._closure.same, keys, below).any():
                raise EqualityLostError

    def _links(self) -> Iterator[tuple[int, int, int]]:
        for suspect in self._suspects:
            for one in self._facts.alike(suspect):
                for other, stamp in self._history.links(one):
                    if one < other:
                        yield one, other, stamp

    # -- what is left -----------------------------------------------------------------------------

    def _take_out(self) -> None:
        """Take what went out of the facts, which speak of representatives only."""
        facts, changes = self._facts, self._closure.changes or Changes()
        for relation, columns in self._gone_edges.items():
            keys = union(columns)
            keys = keys[facts.linked(relation, keys)]
            if len(keys):
                facts.take_edges(relation, keys)
                changes.lost_edges[relation].append(keys)
            self._gone_edges[relation] = [keys]
        for kind, columns in self._gone_members.items():
            ids = union(columns)
            ids = ids[facts.within(kind, ids)]
            if len(ids):
                facts.take_members(kind, ids)
                changes.lost_members[kind].append(ids)
            self._gone_members[kind] = [ids]

    def _rederive(self) -> Fresh:
        """Of what went, what follows from what is left in one step."""
        fresh = Fresh()
        for relation, (keys,) in self._gone_edges.items():
            keys = self._edge_variants(keys)
            supported = keys[self._support.edges(relation, keys, np.full(len(keys), NEVER))]
            if len(supported):
                fresh.edges[relation].append(supported)
        for kind, (ids,) in self._gone_members.items():
            ids = self._variants(ids)
            supported = ids[self._support.members(kind, ids, np.full(len(ids), NEVER))]
            if len(supported):
                fresh.members[kind].append(supported)
        return fresh
