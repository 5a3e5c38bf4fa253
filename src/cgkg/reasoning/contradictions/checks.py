"""Contradictions that a rule which concludes "false" finds by its body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cgkg.reasoning.contradictions.cases import Case, Group
from cgkg.reasoning.contradictions.closure_facts import ClosureFacts
from cgkg.reasoning.core.join import Table, solve
from cgkg.reasoning.core.materialise import Changes, matches
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    plan,
    variables,
)
from cgkg.reasoning.rules.diagnostics import inconsistency
from cgkg.reasoning.rules.ruleset import Check


class CheckMatches:
    """The matches of a check's body; each is a group of its own."""

    def __init__(self, at: ClosureFacts, check: Check, body: tuple[BoundAtom, ...]) -> None:
        self.at = at
        self.check = check
        self.atoms = body
        self.order = sorted(frozenset().union(*map(variables, self.atoms)))
        slots = [
            slot
            for one in self.atoms
            if isinstance(one, BoundEdge)
            for slot in (one.source, one.target)
        ]
        self.named = min(slots, default=0) < 0

    def everything(self) -> Iterator[Case]:
        """Every match."""
        return map(self._case, self._rows(*matches(self.at.facts, self.atoms)))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The matches that what came takes part in."""
        if changes.equality and self.named:  # what is there may match a constant only now
            yield from self._rows(*matches(self.at.facts, self.atoms))
        for place, atom in enumerate(self.atoms):
            if isinstance(atom, BoundDatatype):
                continue
            new = self.at.new_values(changes, atom)
            if len(new):
                table, length = self.at.start(atom, new)
                others = (*self.atoms[:place], *self.atoms[place + 1 :])
                steps = plan(others, variables(atom), frozenset(self.order))
                yield from self._rows(*solve(self.at.facts, steps, table, length))

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """Those of the matches that are matches still."""
        for row in touched:
            assert isinstance(row, tuple)
            case = self._case(row)
            if all(map(self.at.holds, case.facts)):
                yield case

    def _rows(self, table: Table, length: int) -> Iterator[tuple[int, ...]]:
        if not self.order:
            return iter([()] if length else [])
        if not length:
            return iter(())
        return zip(*(table[one].tolist() for one in self.order), strict=True)

    def _case(self, row: tuple[int, ...]) -> Case:
        binding = dict(zip(self.order, row, strict=True))
        premises = self.at.triples_of(self.atoms, binding)
        outside = (one.datatype for one in self.atoms if isinstance(one, BoundDatatype))
        what = inconsistency(self.check.name, premises, self.check.axioms, next(outside, None))
        return Case(row, self.at.facts_of(self.atoms, binding), what)
