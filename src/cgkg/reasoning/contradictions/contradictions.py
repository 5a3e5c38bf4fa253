"""Which checks fail on a closure: every contradiction, as a value, kept up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from cgkg.rdf.terms import Triple
from cgkg.reasoning.contradictions.cases import Case, Detector, Fact, Group
from cgkg.reasoning.contradictions.checks import CheckMatches
from cgkg.reasoning.contradictions.closure_facts import ClosureFacts
from cgkg.reasoning.contradictions.exclusions import Coinciding, Different, SharedValues
from cgkg.reasoning.contradictions.literals import Clashing, IllFormed, may_clash
from cgkg.reasoning.core.materialise import Changes, Materialisation
from cgkg.reasoning.rules.diagnostics import Inconsistency
from cgkg.reasoning.rules.ruleset import Ruleset


class Contradictions:
    """All contradictions of a closure; after an update only what changed is looked at again."""

    def __init__(self, closure: Materialisation, ruleset: Ruleset) -> None:
        at = ClosureFacts(closure)
        self._parts: list[Detector] = [
            IllFormed(at),
            Different(at),
            *(
                Coinciding(at, one) if one.kind == "individuals" else SharedValues(at, one)
                for one in ruleset.exclusions
            ),
            *(
                CheckMatches(at, check, body)
                for check in ruleset.checks
                for body in at.bodies(check)
            ),
            *(Clashing(at, bound) for bound in closure.rules if may_clash(bound)),
        ]
        self._cases: list[dict[Group, list[Case]]] = [defaultdict(list) for _ in self._parts]
        self._by_fact: dict[Fact, set[tuple[int, Group]]] = defaultdict(set)
        self._listed: tuple[Inconsistency, ...] | None = None
        for place, part in enumerate(self._parts):
            self._keep(place, part.everything())

    def all(self) -> tuple[Inconsistency, ...]:
        """Each contradiction once, in a stable order."""
        if self._listed is None:
            distinct: dict[tuple[str, frozenset[Triple]], Inconsistency] = {}
            for cases in self._cases:
                told = [case.what for case in chain.from_iterable(cases.values())]
                for one in sorted(told, key=_sort_key):
                    distinct.setdefault((one.rule, frozenset(one.premises)), one)
            self._listed = tuple(sorted(distinct.values(), key=_sort_key))
        return self._listed

    def update(self, changes: Changes) -> None:
        """Look again at what the changes may concern."""
        stale: dict[int, dict[Group, None]] = defaultdict(dict)
        if self._by_fact:
            for fact in _lost(changes):
                for place, group in self._by_fact.get(fact, ()):
                    stale[place][group] = None
        for place, part in enumerate(self._parts):
            stale[place].update(dict.fromkeys(part.touched(changes)))
            if stale[place]:
                self._listed = None
                for group in stale[place]:
                    self._drop(place, group)
                self._keep(place, part.of(stale[place]))

    def _keep(self, place: int, cases: Iterable[Case]) -> None:
        for case in cases:
            self._cases[place][case.group].append(case)
            for fact in case.facts:
                self._by_fact[fact].add((place, case.group))

    def _drop(self, place: int, group: Group) -> None:
        for case in self._cases[place].pop(group, ()):
            for fact in case.facts:
                owners = self._by_fact.get(fact, set())
                owners.discard((place, group))
                if not owners:
                    self._by_fact.pop(fact, None)


def find(closure: Materialisation, ruleset: Ruleset) -> tuple[Inconsistency, ...]:
    """All contradictions, each once, in a stable order."""
    return Contradictions(closure, ruleset).all()


def _sort_key(one: Inconsistency) -> tuple[str, list[str]]:
    return one.rule, [str(triple) for triple in one.premises]


def _lost(changes: Changes) -> Iterator[Fact]:
    for relation, columns in changes.lost_edges.items():
        for keys in columns:
            yield from ((relation, key) for key in keys.tolist())
    for kind, columns in changes.lost_members.items():
        for ids in columns:
            yield from ((~kind, item) for item in ids.tolist())
