"""Proofs: why a triple follows.

A proof is found on demand, backwards: a rule whose head is the triple is matched against what was
known before the triple came (smaller stamps, see `cgkg.reasoning.facts`), so every proof is
well-founded. Of all the ways found to derive a triple, the one with the fewest nodes is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from cgkg.rdf import IRI, Triple, parts
from cgkg.reasoning.columns import contains, pack
from cgkg.reasoning.facts import NEVER
from cgkg.reasoning.join import Table, solve
from cgkg.reasoning.materialise import Materialisation
from cgkg.reasoning.past import Past, columns_of
from cgkg.reasoning.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    BoundRule,
    plan,
    variables,
)
from cgkg.reasoning.terms import LITERAL
from cgkg.vocab import RDF

# For each rule at most so many of its instances are followed, those with the earliest premises
# first; after so many triples a search is content with the first proof of each further one.
_INSTANCES = 24
_TRIPLES = 4000


@dataclass(frozen=True)
class Proof:
    """A tree: the triple, the rule and the axioms that give it, and the proofs of its premises.

    `rule` is None for a leaf, which is an asserted triple. Without premises but with a rule, the
    axioms alone entail the triple.
    """

    triple: Triple
    rule: str | None
    axioms: tuple[Triple, ...]
    premises: tuple[Proof, ...]

    @cached_property
    def size(self) -> int:
        """The number of nodes."""
        return 1 + sum(premise.size for premise in self.premises)

    def steps(self) -> Iterator[Proof]:
        """Every node of the tree, conclusions before their premises, from left to right."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.premises))

    def leaves(self) -> Iterator[Triple]:
        """The asserted triples it rests on, from left to right."""
        return (step.triple for step in self.steps() if step.rule is None)


@dataclass(frozen=True, slots=True)
class _Goal:
    """A triple in ids; `relation` is None for a membership, and then `target` is the class."""

    source: int
    relation: int | None
    target: int


_Search: TypeAlias = Generator[tuple[_Goal, int], Proof | None, Proof | None]
"""A search that asks for the proofs of other goals, from what has a stamp below a number."""


class Explainer:
    """Finds proofs in a closure, and keeps what it has found."""

    def __init__(self, closure: Materialisation) -> None:
        self._closure = closure
        self._terms = closure.terms
        self._alike = closure.history.alike
        self._found: dict[tuple[_Goal, int], Proof | None] = {}
        self._visits = 0

    @cached_property
    def _past(self) -> Past:
        return Past(self._closure.history, self._closure.literals)

    @cached_property
    def _rules(self) -> dict[tuple[type[BoundAtom], int], list[BoundRule]]:
        """The rules by what they conclude."""
        found: dict[tuple[type[BoundAtom], int], list[BoundRule]] = defaultdict(list)
        for bound in self._closure.rules:
            if isinstance(bound.head, BoundEdge):
                found[BoundEdge, bound.head.relation].append(bound)
            elif isinstance(bound.head, BoundMember):
                found[BoundMember, bound.head.kind].append(bound)
        return found

    def explain(self, triple: Triple) -> Proof | None:
        """The smallest proof found, or None if the triple does not follow."""
        source, relation, target = (self._terms.find(term) for term in parts(triple))
        if source is None or relation is None or target is None:
            return None
        self._visits = 0
        typing = triple.predicate == RDF.type
        return self._run(self._prove(_Goal(source, None if typing else relation, target), NEVER))

    def _run(self, search: _Search) -> Proof | None:
        """The outcome of a search; searches wait on a list, not on the stack of Python."""
        waiting = [search]
        answer: Proof | None = None
        while waiting:
            try:
                asked = waiting[-1].send(answer)
            except StopIteration as done:
                waiting.pop()
                answer = done.value
            else:
                waiting.append(self._prove(*asked))
                answer = None
        return answer

    # -- rules ------------------------------------------------------------------------------------

    def _prove(self, goal: _Goal, below: int) -> _Search:
        """The smallest proof of a goal from what has a smaller stamp."""
        if goal.relation == self._closure.same:
            return (yield from self._prove_same(goal, below))
        stamp = self._stamp(goal)
        if stamp == 0:
            return self._stated(goal)
        below = min(stamp, below)
        key = (goal, below)
        if key not in self._found:
            self._found[key] = None
            self._visits += 1
            proof = None
            if stamp == below and stamp % 2 == 0:  # derived at that stamp, not told again
                proof = yield from self._by_rules(goal, stamp)
            self._found[key] = proof or (yield from self._by_equality(goal, below))
        return self._found[key]

    def _by_rules(self, goal: _Goal, stamp: int) -> _Search:
        """The smallest proof whose last step is a rule."""
        best: Proof | None = None
        for bound, premises in self._instances(goal, stamp):
            least = 1 + sum(1 if self._stamp(premise) == 0 else 2 for premise in premises)
            if best and (least >= best.size or self._visits > _TRIPLES):
                continue
            proofs: list[Proof] = []
            for premise in premises:
                proof = yield premise, stamp
                if proof is None:
                    break
                proofs.append(proof)
            else:
                found = self._step(goal, bound, premises, proofs)
                if best is None or found.size < best.size:
                    best = found
        return best

    def _step(
        self, goal: _Goal, bound: BoundRule, premises: list[_Goal], proofs: list[Proof]
    ) -> Proof:
        """The rule applied; a premise that no triple can say gives way to its own premises."""
        axioms, shown = bound.rule.axioms, []
        for premise, proof in zip(premises, proofs, strict=True):
            if premise.relation is None or self._terms.named(premise.relation):
                shown.append(proof)
            else:  # its property is an inverse without a name
                axioms += proof.axioms
                shown += proof.premises
        return Proof(self._triple(goal), bound.rule.name, axioms, tuple(shown))

    def _instances(self, goal: _Goal, stamp: int) -> Iterator[tuple[BoundRule, list[_Goal]]]:
        """Ways to derive the goal, those from the earliest premises first."""
        if goal.relation is None:
            rules = self._rules.get((BoundMember, goal.target), ())
        else:
            rules = self._rules.get((BoundEdge, goal.relation), ())
        found = [
            (cost, order, bound, premises)
            for order, bound in enumerate(rules)
            for cost, premises in self._rows(bound, goal, stamp)
        ]
        found.sort(key=lambda one: one[:2])
        return ((bound, premises) for _, _, bound, premises in found)

    def _rows(self, bound: BoundRule, goal: _Goal, stamp: int) -> Iterator[tuple[int, list[_Goal]]]:
        """A rule's instances that conclude the goal, each with the sum of its premises' stamps."""
        start = _unify(bound.head, goal)
        if start is None:
            return
        premises, twins = _by_value(bound)
        atoms, constants = self._loosened(premises)
        everything: frozenset[int] = frozenset().union(*map(variables, atoms))
        start = {variable: column for variable, column in start.items() if variable in everything}
        steps = plan(atoms, frozenset(start), everything)
        table, length = solve(self._past.before(stamp), steps, start, 1)
        kept = np.ones(length, np.bool_)
        for variable, constant in constants.items():
            kept &= np.isin(table[variable], np.array(self._alike(constant, stamp)))
        by_value = self._closure.literals.by_value
        for one, other in twins.items():
            kept &= by_value(table[one]) == by_value(table[other])
        table = {variable: column[kept] for variable, column in table.items()}
        length = int(kept.sum())
        cost = np.zeros(length, np.int64)
        for atom in atoms:
            cost += self._past.stamps_of(atom, columns_of(table, length))
        for row in np.argsort(cost, kind="stable")[:_INSTANCES].tolist():
            yield int(cost[row]), [_ground(atom, table, row) for atom in premises]

    def _loosened(
        self, body: Iterable[BoundEdge | BoundMember]
    ) -> tuple[list[BoundAtom], dict[int, int]]:
        """The body without sameAs, and with variables for constants that others may stand for."""
        atoms: list[BoundAtom] = []
        constants: dict[int, int] = {}
        free = _unused(body)
        for atom in body:
            if isinstance(atom, BoundEdge):
                if atom.relation == self._closure.same:
                    continue
                ends = [atom.source, atom.target]
                for place, slot in enumerate(ends):
                    if slot < 0 and ~slot < LITERAL and len(self._alike(~slot, NEVER)) > 1:
                        constants[free], ends[place] = ~slot, free
                        free += 1
                atom = BoundEdge(ends[0], atom.relation, ends[1])
            atoms.append(atom)
        return atoms, constants

    # -- equality ---------------------------------------------------------------------------------

    def _by_equality(self, goal: _Goal, below: int) -> _Search:
        """The smallest proof that carries a triple about equal individuals over (eq-rep-*)."""
        edge = goal.relation is not None and goal.target < LITERAL
        targets = self._alike(goal.target, below) if edge else [goal.target]
        best: Proof | None = None
        for source in self._alike(goal.source, below):
            for target in targets:
                other = _Goal(source, goal.relation, target)
                if other != goal and self._stamp(other) < below:
                    found = yield from self._carried(goal, other, below)
                    if found and (best is None or found.size < best.size):
                        best = found
        return best

    def _carried(self, goal: _Goal, other: _Goal, below: int) -> _Search:
        """The proof of `other`, with first its source replaced and then its target."""
        proof = yield other, below
        halfway = _Goal(goal.source, goal.relation, other.target)
        for rule, here, old, new in (
            ("eq-rep-s", halfway, other.source, goal.source),
            ("eq-rep-o", goal, other.target, goal.target),
        ):
            if old != new and proof is not None:
                equal = yield from self._prove_same(_Goal(old, self._closure.same, new), below)
                if equal is None:
                    return None
                proof = Proof(self._triple(here), rule, (), (equal, proof))
        return proof

    def _prove_same(self, goal: _Goal, below: int) -> _Search:
        """A chain of sameAs links from one individual to the other (eq-sym, eq-trans)."""
        if self._is_stated_same(goal):
            return self._stated(goal)
        if max(goal.source, goal.target) >= LITERAL:
            return None
        proof: Proof | None = None
        path = self._closure.history.path(goal.source, goal.target, below)
        for one, other, stamp in path:
            link = yield from self._prove_link(one, other, stamp)
            if link is None:
                return None
            whole = self._triple(_Goal(goal.source, self._closure.same, other))
            proof = Proof(whole, "eq-trans", (), (proof, link)) if proof else link
        return proof

    def _prove_link(self, one: int, other: int, stamp: int) -> _Search:
        """The proof of one link, which was stated or derived in this direction or the other."""
        for source, target in ((one, other), (other, one)):
            goal = _Goal(source, self._closure.same, target)
            if self._is_stated_same(goal):
                proof: Proof | None = self._stated(goal)
            else:
                proof = yield from self._by_rules(goal, stamp)
            if proof is not None:
                there = self._triple(_Goal(one, self._closure.same, other))
                return proof if source == one else Proof(there, "eq-sym", (), (proof,))
        return None

    def _is_stated_same(self, goal: _Goal) -> bool:
        stated = self._closure.history.asserted_edges(self._closure.same)
        key = pack(np.array([goal.source]), np.array([goal.target]))
        return bool(contains(stated, key)[0])

    # -- triples ----------------------------------------------------------------------------------

    def _stamp(self, goal: _Goal) -> int:
        """When the goal was derived exactly as it is; `NEVER` if it was not."""
        return self._past.stamp(goal.source, goal.relation, goal.target)

    def _stated(self, goal: _Goal) -> Proof:
        return Proof(self._triple(goal), None, (), ())

    def _triple(self, goal: _Goal) -> Triple:
        predicate = RDF.type if goal.relation is None else self._terms.resource(goal.relation)
        if not isinstance(predicate, IRI):  # replaced by its premises before anyone sees it
            predicate = _NAMELESS
        return Triple(self._terms.resource(goal.source), predicate, self._terms.term(goal.target))


_NAMELESS = IRI("urn:nameless")


def _unify(head: BoundAtom, goal: _Goal) -> Table | None:
    """The bindings that make a head the goal; None if there are none."""
    assert not isinstance(head, BoundDatatype), "datatypes are never concluded"
    ends = [(head.item if isinstance(head, BoundMember) else head.source, goal.source)]
    if isinstance(head, BoundEdge):
        ends.append((head.target, goal.target))
    bound: dict[int, int] = {}
    for slot, value in ends:
        if (~slot if slot < 0 else bound.setdefault(slot, value)) != value:
            return None
    return {slot: np.array([value], np.int64) for slot, value in bound.items()}


def _by_value(bound: BoundRule) -> tuple[list[BoundEdge | BoundMember], dict[int, int]]:
    """The premises of a rule, with keys that may be literals to be compared by value.

    Returns:
        the atoms, and for each such key the variable that stands for it in the second half.
    """
    atoms = [atom for atom in bound.body if not isinstance(atom, BoundDatatype)]
    grouping = bound.rule.grouping
    if grouping is None:
        return atoms, {}
    free = _unused(atoms)
    compared = [key for key in grouping.keys if key in bound.open_literals]
    twins = {key: free + place for place, key in enumerate(compared)}
    premises: list[BoundEdge | BoundMember] = []
    for atom in atoms:
        if isinstance(atom, BoundEdge) and atom not in bound.pattern:
            source, target = (twins.get(slot, slot) for slot in (atom.source, atom.target))
            atom = BoundEdge(source, atom.relation, target)
        premises.append(atom)
    return premises, twins


def _unused(atoms: Iterable[BoundAtom]) -> int:
    """The first number that no variable of the atoms has."""
    return 1 + max((one for atom in atoms for one in variables(atom)), default=-1)


def _ground(atom: BoundEdge | BoundMember, table: Table, row: int) -> _Goal:
    """The atom in one row of the table."""

    def of(slot: int) -> int:
        return int(table[slot][row]) if slot >= 0 else ~slot

    if isinstance(atom, BoundEdge):
        return _Goal(of(atom.source), atom.relation, of(atom.target))
    return _Goal(of(atom.item), None, atom.kind)
