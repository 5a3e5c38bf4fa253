"""Contradictions of literals: without a value (dt-not-type), or of two values at once (dt-diff)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np

from cgkg.reasoning.contradictions.cases import Case, Group
from cgkg.reasoning.contradictions.closure_facts import ClosureFacts
from cgkg.reasoning.core.columns import (
    Ids,
    contains,
    groups,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.join import Table, solve
from cgkg.reasoning.core.materialise import Changes
from cgkg.reasoning.core.plans import (
    BoundEdge,
    BoundRule,
)
from cgkg.reasoning.core.terms import LITERAL, is_literal
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.diagnostics import inconsistency


class IllFormed:
    """dt-not-type: literals outside the lexical space of their own datatype.

    One for each subject that has such a literal, told by the property that the others follow from.
    """

    def __init__(self, at: ClosureFacts) -> None:
        self.at = at

    def everything(self) -> Iterator[Case]:
        """Every subject with a literal that is wrong."""
        wrong = np.array(
            [
                number
                for number, literal in self.at.terms.typed_literals(datatypes.PLAIN_NUMBER)
                if not datatypes.well_formed(literal)
            ],
            np.int64,
        )
        facts, properties = self.at.facts, defaultdict[int, list[int]](list)
        for relation in list(facts.relations) if len(wrong) else ():
            keys = facts.edges(relation)
            for key in keys[contains(wrong, targets(keys))].tolist():
                properties[key].append(relation)
        for key, relations in properties.items():
            yield from self._cases(key, relations)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The edges that came, with a literal that is wrong."""
        literals = self.at.terms.literals
        for columns in changes.edges.values():
            for key in union(columns).tolist():
                number = key & 0xFFFFFFFF
                if number >= LITERAL and not datatypes.well_formed(literals[number - LITERAL]):
                    yield key

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """Those of the subjects that have the literal."""
        for key in touched:
            assert isinstance(key, int)
            yield from self._cases(
                key, [one for one in self.at.facts.relations if self.at.holds((one, key))]
            )

    def _cases(self, key: int, relations: Iterable[int]) -> Iterator[Case]:
        named = [one for one in relations if self.at.terms.named(one)]
        if named:
            lowest = [one for one in named if not any(self._follows(one, other) for other in named)]
            relation = min(lowest, key=lambda one: str(self.at.terms.resource(one)))
            spoken = self.at.spoken(key >> 32) << 32 | key & 0xFFFFFFFF
            what = inconsistency("dt-not-type", tuple(self.at.edge(relation, spoken)), ())
            yield Case(key, tuple((one, key) for one in named), what)

    def _follows(self, relation: int, other: int) -> bool:
        """Whether edges of the relation follow from the other's, and not the other way round."""
        return relation in self._wider(other) and other not in self._wider(relation)

    def _wider(self, relation: int) -> set[int]:
        """The relations that have all edges of this one."""
        wider, waiting = {relation}, [relation]
        while waiting:
            new = self._carried[waiting.pop()] - wider
            wider |= new
            waiting += new
        return wider

    @cached_property
    def _carried(self) -> dict[int, set[int]]:
        """For each relation those to which a rule carries its edges as they are."""
        carried: dict[int, set[int]] = defaultdict(set)
        for bound in self.at.closure.rules:
            head = bound.head
            for trigger in bound.triggers:
                atom = trigger.atom
                if (
                    trigger.steps
                    or not isinstance(atom, BoundEdge)
                    or not isinstance(head, BoundEdge)
                ):
                    continue
                if (head.source, head.target) == (atom.source, atom.target):
                    carried[atom.relation].add(head.relation)
        return carried


def may_clash(bound: BoundRule) -> bool:
    grouping = bound.rule.grouping
    return grouping is not None and grouping.member in bound.open_literals


class Clashing:
    """dt-diff: literals that a rule makes the same although their values differ."""

    def __init__(self, at: ClosureFacts, bound: BoundRule) -> None:
        self.at = at
        self.bound = bound
        assert bound.rule.grouping is not None
        (self.key,), self.member = bound.rule.grouping.keys, bound.rule.grouping.member

    def everything(self) -> Iterator[Case]:
        """Every pair of neighbours among the values of one individual."""
        return self._cases(None)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The individuals that what came makes part of the pattern."""
        for trigger in self.bound.triggers:
            new = self.at.new_values(changes, trigger.atom)
            if len(new):
                table, length = self.at.start(trigger.atom, new)
                table, length = solve(self.at.facts, trigger.steps, table, length)
                if length:
                    yield from unique(table[self.key]).tolist()

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """Every pair of neighbours among the values of these individuals."""
        return self._cases({self.key: np.array(list(touched), np.int64)})

    def _cases(self, touched: Table | None) -> Iterator[Case]:
        group, members = self.at.closure.group_members(self.bound, touched)
        literal = is_literal(members)
        for key, literals in groups(group[literal], members[literal]):
            for (first, one), (second, other) in pairwise(self._by_value(literals).items()):
                if not datatypes.differ(first, second):
                    continue
                bindings = [{self.key: key, self.member: each} for each in (one, other)]
                pattern, told, facts = self.bound.pattern, self.at.triples_of, self.at.facts_of
                premises = dict.fromkeys(
                    triple for one in bindings for triple in told(pattern, one)
                )
                what = inconsistency("dt-diff", tuple(premises), self.bound.rule.axioms)
                yield Case(key, tuple(f for one in bindings for f in facts(pattern, one)), what)

    def _by_value(self, literals: Ids) -> dict[datatypes.Value, int]:
        """For each of the known values a literal."""
        by_value: dict[datatypes.Value, int] = {}
        terms = self.at.terms
        for number in sorted(set(literals.tolist()), key=lambda one: str(terms.term(one))):
            denoted = datatypes.value(terms.literals[number - LITERAL])
            if denoted is not None:
                by_value.setdefault(denoted, number)
        return by_value
