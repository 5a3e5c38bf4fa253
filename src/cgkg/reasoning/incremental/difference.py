"""What an update adds to the inferred triples and takes from them, told without a look at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set

import numpy as np

from cgkg.rdf.terms import Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.closure import TRIVIAL, list_inferred
from cgkg.reasoning.core.columns import Ids, sources, targets, union, unique
from cgkg.reasoning.core.encoded import make
from cgkg.reasoning.core.facts import Columns
from cgkg.reasoning.core.materialise import Changes, Materialisation
from cgkg.reasoning.core.terms import LITERAL

__all__ = ["TouchedTriples"]


class TouchedTriples:
    """The triples of which updates may have changed whether they are inferred.

    Args:
        closure: the materialisation that is updated.
    """

    def __init__(self, closure: Materialisation) -> None:
        self._closure = closure
        self._edges: dict[int, list[Ids]] = defaultdict(list)
        self._members: dict[int, list[Ids]] = defaultdict(list)
        self._everything = False

    def note(self, changes: Changes, edges: Columns, members: Columns) -> None:
        """Add what one update changed.

        Args:
            changes: what came and went in the closure.
            edges, members: the statements that were added or removed.
        """
        self._everything |= changes.equality
        for parts in (changes.edges, changes.lost_edges):
            for relation, keys in parts.items():
                self._edges[relation] += keys
        for parts in (changes.members, changes.lost_members):
            for kind, ids in parts.items():
                self._members[kind] += ids
        for relation, stated in edges.items():
            self._edges[relation].append(stated)
        for kind, stated in members.items():
            self._members[kind].append(stated)
        self._everything |= self._closure.same in self._edges

    def compare(self, known: Set[Triple]) -> tuple[list[Triple], list[Triple]]:
        """What is inferred that was not, and what was inferred that is not.

        Args:
            known: what was inferred before.
        """
        if self._everything:
            now = dict.fromkeys(list_inferred(self._closure))
            return [t for t in now if t not in known], [t for t in known if t not in now]
        gained: list[Triple] = []
        lost: list[Triple] = []
        for triples, inferred in self._candidates():
            for triple, holds in zip(triples, inferred, strict=True):
                if holds != (triple in known):
                    (gained if holds else lost).append(triple)
        return gained, lost

    def _candidates(self) -> Iterator[tuple[list[Triple], list[bool]]]:
        """Triples, and whether each is inferred now."""
        closure, terms = self._closure, self._closure.terms
        facts, history = closure.facts, closure.history
        for relation, parts in self._edges.items():
            if terms.named(relation) and relation != closure.type_of:
                keys = self._variants(union(parts))
                known = facts.linked(relation, facts.represent_keys(keys))
                inferred = known & (history.column(relation).stamps_of(keys) != 0)
                predicate = terms.resource(relation)
                made = make(terms, sources(keys), predicate, targets(keys))  # type: ignore[arg-type]
                yield made, inferred.tolist()
        hidden = {terms.find(term) for term in TRIVIAL}
        for kind, parts in self._members.items():
            if terms.named(kind) and kind not in hidden:
                ids = self._alike(unique(np.concatenate(parts)))
                known = facts.within(kind, facts.represent(ids))
                inferred = known & (history.column(None, kind).stamps_of(ids) != 0)
                yield make(terms, ids, RDF.type, np.full(len(ids), kind)), inferred.tolist()

    def _alike(self, ids: Ids) -> Ids:
        """The ids and all that is the same as one of them."""
        if not self._closure.facts.in_clique(ids).any():
            return ids
        return _ids(other for one in ids.tolist() for other in self._closure.facts.alike(one))

    def _variants(self, keys: Ids) -> Ids:
        """The edges, and those between all that is the same as their ends."""
        facts = self._closure.facts
        if not (facts.in_clique(sources(keys)) | facts.in_clique(targets(keys))).any():
            return keys
        return _ids(
            one << 32 | other
            for key in keys.tolist()
            for one in facts.alike(key >> 32)
            for end in (key & 0xFFFFFFFF,)
            for other in (facts.alike(end) if end < LITERAL else (end,))
        )


def _ids(numbers: Iterable[int]) -> Ids:
    return unique(np.array(list(numbers), np.int64))
