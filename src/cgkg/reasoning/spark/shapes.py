"""Compiled rules as few shapes: the atoms of a plan with parameters in the place of constants.

Rules of one shape are the rows of one small table, and are applied by the same joins. A membership
is an edge of `MEMBER` to its class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundMember,
    BoundRule,
    plan,
    variables,
)
from cgkg.reasoning.spark.ids import MEMBER


@dataclass(frozen=True, slots=True)
class EdgePattern:
    """An edge by columns: of a variable (`v0`) or of a parameter (`c0`), which a relation is."""

    source: str
    relation: str
    target: str
    member: bool

    @property
    def slots(self) -> tuple[str, str, str]:
        """Source, relation and target."""
        return self.source, self.relation, self.target


@dataclass(frozen=True, slots=True)
class Inside:
    """The literal of a variable lies in a datatype; or, with `holds` False, outside."""

    item: str
    datatype: str
    holds: bool


Part: TypeAlias = EdgePattern | Inside


@dataclass(frozen=True, slots=True)
class ShapeStep:
    """A part to match, the variables to keep afterwards, and whether rows may now repeat."""

    part: Part
    keep: frozenset[str]
    distinct: bool


@dataclass(frozen=True, slots=True)
class JoinShape:
    """What to match first, how to go on, and what to conclude, if anything.

    `keys` and `member` are a grouping's; keys that may be literals are compared `by_value`, and
    `values` says that members may be literals, which may clash.
    """

    first: EdgePattern
    steps: tuple[ShapeStep, ...]
    head: EdgePattern | None = None
    equates: bool = False
    keys: tuple[str, ...] = ()
    by_value: tuple[str, ...] = ()
    member: str = ""
    values: bool = False

    @property
    def patterns(self) -> Iterator[EdgePattern]:
        """All edges to be matched."""
        yield self.first
        yield from (step.part for step in self.steps if isinstance(step.part, EdgePattern))

    def parameters(self, place: int) -> list[str]:
        """The parameters that what comes after so many steps needs; all if nothing is concluded."""
        patterns = [*self.patterns] if self.head is None else [self.head]
        patterns += [s.part for s in self.steps[place:] if isinstance(s.part, EdgePattern)]
        slots = {slot for one in patterns for slot in one.slots if slot[0] == "c"}
        return sorted(slots, key=lambda name: int(name[1:]))


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """A constant; an individual of a body is replaced by who represents it."""

    identifier: int
    individual: bool = False


Row: TypeAlias = tuple[RuleParameter, ...]
Identify: TypeAlias = Callable[[int], int]


@dataclass
class RuleShapes:
    """Rules as shapes, with the rows of each; a row may come more than once."""

    rules: dict[JoinShape, list[Row]] = field(default_factory=lambda: defaultdict(list))
    groupings: dict[JoinShape, list[Row]] = field(default_factory=lambda: defaultdict(list))
    facts: list[Row] = field(default_factory=list)
    """Heads that follow from axioms alone: source, relation, target."""

    def add(self, bound: BoundRule, identify: Identify, same: int) -> None:
        """Take in a rule.

        Args:
            identify: gives the number of a term of the rule.
            same: the number of owl:sameAs.
        """
        if not bound.body:
            taken = _Parameters(identify)
            taken.pattern(bound.head, head=True)
            self.facts.append(tuple(taken.row))
        elif bound.rule.grouping:
            shape, row = _grouping(bound, identify)
            self.groupings[shape].append(row)
        else:
            for trigger in bound.triggers:
                others = [(step.atom, step.keep, step.distinct) for step in trigger.steps]
                shape, row = _shape(trigger.atom, others, bound.head, identify, same)
                self.rules[shape].append(row)

    def individuals(self) -> set[int]:
        """The individuals that bodies name."""
        rows = [
            row for part in (self.rules, self.groupings) for one in part.values() for row in one
        ]
        return {one.identifier for row in rows for one in row if one.individual}


def match_all(atoms: Sequence[BoundAtom], identify: Identify) -> tuple[JoinShape, Row]:
    """The shape that matches a body as a whole and keeps every variable."""
    everything: frozenset[int] = frozenset().union(*map(variables, atoms))
    first = next(atom for atom in atoms if not isinstance(atom, BoundDatatype))
    others = list(atoms)
    others.remove(first)
    steps = plan(others, variables(first), everything)
    return _shape(first, [(step.atom, everything, False) for step in steps], None, identify, MEMBER)


def triggered(
    rows: Iterable[Row], first: EdgePattern, relations: set[int], kinds: set[int]
) -> list[Row]:
    """The rows whose first pattern something new may match."""
    at, kind = int(first.relation[1:]), int(first.target[1:]) if first.member else -1
    if first.member:
        return [row for row in rows if row[kind].identifier in kinds]
    return [row for row in rows if row[at].identifier in relations]


class _Parameters:
    """The atoms of one rule with its constants taken out."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify
        self.row: list[RuleParameter] = []

    def part(self, atom: BoundAtom, *, head: bool = False) -> Part:
        """The atom with columns in its slots."""
        if isinstance(atom, BoundDatatype):
            return Inside(f"v{atom.item}", atom.datatype.value, atom.holds)
        if isinstance(atom, BoundMember):
            item = self._slot(atom.item, not head)
            member = self._constant(MEMBER)
            return EdgePattern(item, member, self._constant(self._identify(atom.kind)), True)
        source = self._slot(atom.source, not head)
        relation = self._constant(self._identify(atom.relation))
        return EdgePattern(source, relation, self._slot(atom.target, not head), False)

    def pattern(self, atom: BoundAtom, *, head: bool = False) -> EdgePattern:
        """As `part`, of an edge or a membership."""
        part = self.part(atom, head=head)
        assert isinstance(part, EdgePattern), "a datatype only filters"
        return part

    def _slot(self, value: int, individual: bool) -> str:
        if value >= 0:
            return f"v{value}"
        return self._constant(self._identify(~value), individual)

    def _constant(self, identifier: int, individual: bool = False) -> str:
        self.row.append(RuleParameter(identifier, individual))
        return f"c{len(self.row) - 1}"


def _shape(
    first: BoundAtom,
    others: Iterable[tuple[BoundAtom, frozenset[int], bool]],
    head: BoundAtom | None,
    identify: Identify,
    same: int,
) -> tuple[JoinShape, Row]:
    taken = _Parameters(identify)
    begin = taken.pattern(first)
    steps = tuple(
        ShapeStep(taken.part(atom), frozenset(f"v{one}" for one in keep), distinct)
        for atom, keep, distinct in others
    )
    end = taken.pattern(head, head=True) if head else None
    equates = end is not None and taken.row[int(end.relation[1:])].identifier == same
    return JoinShape(begin, steps, end, equates), tuple(taken.row)


def _grouping(bound: BoundRule, identify: Identify) -> tuple[JoinShape, Row]:
    grouping = bound.rule.grouping
    assert grouping is not None
    shape, row = match_all(bound.pattern, identify)
    return (
        JoinShape(
            shape.first,
            shape.steps,
            keys=tuple(f"v{one}" for one in grouping.keys),
            by_value=tuple(f"v{one}" for one in grouping.keys if one in bound.open_literals),
            member=f"v{grouping.member}",
            values=grouping.member in bound.open_literals,
        ),
        row,
    )
