"""Rules in ids, each with the order in which its atoms are matched.

A rule has one plan for every atom of its body that something new may match: that atom gives the
first bindings, and the plan says how to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cgkg.rdf.terms import IRI, Subject
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.terms import LITERAL, TermDictionary
from cgkg.reasoning.rules.axioms import SAME
from cgkg.reasoning.rules.ruleset import Atom, Edge, InDatatype, Member, Rule, Slot


@dataclass(frozen=True, slots=True)
class BoundEdge:
    """An `Edge` in ids; a slot below 0 is the constant `~slot`."""

    source: int
    relation: int
    target: int


@dataclass(frozen=True, slots=True)
class BoundMember:
    """A `Member` in ids; a slot below 0 is the constant `~slot`."""

    item: int
    kind: int


@dataclass(frozen=True, slots=True)
class BoundDatatype:
    """An `InDatatype`; it only ever filters."""

    item: int
    datatype: IRI
    holds: bool


BoundAtom = BoundEdge | BoundMember | BoundDatatype


@dataclass(frozen=True, slots=True)
class JoinStep:
    """One atom to match, the variables to keep afterwards, and whether rows may now repeat."""

    atom: BoundAtom
    keep: frozenset[int]
    distinct: bool


def bind(terms: TermDictionary, atom: Atom) -> BoundAtom:
    """The atom in ids; its constants are numbered if they are new."""

    def slot(value: Slot) -> int:
        return value if isinstance(value, int) else ~terms.id(value)

    match atom:
        case Edge(source, relation, target):
            return BoundEdge(slot(source), terms.id(relation), slot(target))
        case Member(item, kind):
            return BoundMember(slot(item), terms.id(kind))
        case InDatatype(item, datatype, holds):
            return BoundDatatype(item, datatype, holds)


def variables(atom: BoundAtom) -> frozenset[int]:
    """The variables of an atom."""
    if not isinstance(atom, BoundEdge):
        return frozenset((atom.item,)) if atom.item >= 0 else frozenset()
    if min(atom.source, atom.target) >= 0:
        return frozenset((atom.source, atom.target))
    slot = max(atom.source, atom.target)
    return frozenset((slot,)) if slot >= 0 else frozenset()


def plan(
    atoms: Iterable[BoundAtom], bound: frozenset[int], wanted: frozenset[int]
) -> tuple[JoinStep, ...]:
    """The order in which to match the atoms: filters first, then what is connected.

    Args:
        atoms: what is left of a body.
        bound: the variables the table starts with.
        wanted: the variables the conclusion needs.
    """
    waiting = list(atoms)
    order: list[BoundAtom] = []
    known = set(bound)
    while waiting:
        best = min(waiting, key=lambda atom: _cost(atom, known))
        waiting.remove(best)
        order.append(best)
        known |= variables(best)
    steps = []
    known = set(bound)
    for position, atom in enumerate(order):
        later = order[position + 1 :]
        keep = wanted.union(*(variables(one) for one in later))
        known |= variables(atom)
        dropped = known - keep
        known &= keep
        grows = any(_cost(one, known) > 1 for one in later)
        steps.append(JoinStep(atom, frozenset(keep), bool(dropped) and grows and len(known) <= 2))
    return tuple(steps)


def _cost(atom: BoundAtom, known: set[int]) -> int:
    """0 and 1 filter, 2 follows edges from known ends, 3 starts anew."""
    if isinstance(atom, BoundDatatype):
        return 1 if atom.item in known else 9
    slots = (atom.source, atom.target) if isinstance(atom, BoundEdge) else (atom.item,)
    open_slots = {slot for slot in slots if slot >= 0 and slot not in known}
    if not open_slots:
        return 0
    return 2 if len(open_slots) < len(slots) and len(set(slots)) == len(slots) else 3


@dataclass(frozen=True, slots=True)
class Trigger:
    """One atom of a rule's body, and how to go on from what is new in its column."""

    atom: BoundAtom
    steps: tuple[JoinStep, ...]


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule in ids, with a plan for each atom that something new may match."""

    rule: Rule
    head: BoundAtom
    body: tuple[BoundAtom, ...]
    triggers: tuple[Trigger, ...]
    open_literals: frozenset[int]
    """Variables that only ever stand as a target, and so may be literals."""
    pattern: tuple[BoundAtom, ...] = ()
    """The grouping's pattern, if the rule has one."""

    @property
    def wanted(self) -> frozenset[int]:
        """The variables a match must give: the head's, or the keys of the grouping."""
        return _wanted(self.rule, self.head)


def _wanted(rule: Rule, head: BoundAtom) -> frozenset[int]:
    return frozenset(rule.grouping.keys) if rule.grouping else variables(head)


def bind_rule(terms: TermDictionary, literals: Literals, rule: Rule) -> Iterator[BoundRule]:
    """The rule in ids, once for each literal equal to a literal constant of its body (dt-eq)."""
    head = bind(terms, rule.head)
    pattern = tuple(bind(terms, atom) for atom in rule.grouping.pattern) if rule.grouping else ()
    for body in spell(literals, tuple(bind(terms, atom) for atom in rule.body)):
        resources = {
            atom.source if isinstance(atom, BoundEdge) else atom.item
            for atom in body
            if not isinstance(atom, BoundDatatype)
        }
        everything: frozenset[int] = frozenset().union(*map(variables, body))
        triggers = tuple(_triggers(pattern or body, _wanted(rule, head)))
        yield BoundRule(rule, head, body, triggers, everything - resources, pattern)


def sharing(terms: TermDictionary, old: Subject, new: Subject, *, classes: bool) -> BoundRule:
    """The rule by which what has one property, or is in one class, has another that is the same.

    Args:
        old, new: the two, which are the same from now on: only the first atom can bring news.
        classes: whether they are classes.
    """
    same = Edge(old, SAME, new)
    rule = (
        Rule("eq-rep-o", Member(0, new), (Member(0, old), same), ())
        if classes
        else Rule("eq-rep-p", Edge(0, new, 1), (Edge(0, old, 1), same), ())
    )
    head, body = bind(terms, rule.head), tuple(bind(terms, atom) for atom in rule.body)
    return BoundRule(rule, head, body, (Trigger(body[0], ()),), frozenset())


def _triggers(atoms: tuple[BoundAtom, ...], wanted: frozenset[int]) -> Iterator[Trigger]:
    for place, atom in enumerate(atoms):
        if not isinstance(atom, BoundDatatype):
            others = (*atoms[:place], *atoms[place + 1 :])
            yield Trigger(atom, plan(others, variables(atom), wanted))


def spell(literals: Literals, body: tuple[BoundAtom, ...]) -> list[tuple[BoundAtom, ...]]:
    """The body, once for each literal equal to a literal constant of it (dt-eq)."""
    bodies = [body]
    for place, atom in enumerate(body):
        if isinstance(atom, BoundEdge) and atom.target < 0 and ~atom.target >= LITERAL:
            variants = [
                BoundEdge(atom.source, atom.relation, ~other)
                for other in literals.equal(~atom.target)
            ]
            bodies = [
                (*one[:place], variant, *one[place + 1 :]) for one in bodies for variant in variants
            ]
    return bodies


def premises_by_value(bound: BoundRule) -> tuple[list[BoundEdge | BoundMember], dict[int, int]]:
    """The premises of a rule, with keys that may be literals to be compared by value.

    Returns:
        the atoms, and for each such key the variable that stands for it in the second half.
    """
    atoms = [atom for atom in bound.body if not isinstance(atom, BoundDatatype)]
    grouping = bound.rule.grouping
    if grouping is None:
        return atoms, {}
    free = unused(atoms)
    compared = [key for key in grouping.keys if key in bound.open_literals]
    twins = {key: free + place for place, key in enumerate(compared)}
    premises: list[BoundEdge | BoundMember] = []
    for atom in atoms:
        if isinstance(atom, BoundEdge) and atom not in bound.pattern:
            source, target = (twins.get(slot, slot) for slot in (atom.source, atom.target))
            atom = BoundEdge(source, atom.relation, target)
        premises.append(atom)
    return premises, twins


def loosen(
    body: Iterable[BoundEdge | BoundMember], same: int, alike: Callable[[int], Sequence[int]]
) -> tuple[list[BoundAtom], dict[int, int]]:
    """The body without sameAs, and with variables for constants that others may stand for.

    Args:
        body: the premises.
        same: the relation sameAs.
        alike: gives all that are the same as a resource, itself too.

    Returns:
        the atoms, and for each new variable the constant it stands for.
    """
    atoms: list[BoundAtom] = []
    constants: dict[int, int] = {}
    free = unused(body)
    for atom in body:
        if isinstance(atom, BoundEdge):
            if atom.relation == same:
                continue
            ends = [atom.source, atom.target]
            for place, slot in enumerate(ends):
                if slot < 0 and ~slot < LITERAL and len(alike(~slot)) > 1:
                    constants[free], ends[place] = ~slot, free
                    free += 1
            atom = BoundEdge(ends[0], atom.relation, ends[1])
        atoms.append(atom)
    return atoms, constants


def unused(atoms: Iterable[BoundAtom]) -> int:
    """The first number that no variable of the atoms has."""
    return 1 + max((one for atom in atoms for one in variables(atom)), default=-1)
