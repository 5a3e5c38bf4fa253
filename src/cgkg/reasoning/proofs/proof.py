"""Proofs: why a triple follows.

A proof is found on demand, backwards: a rule whose head is the triple is matched against what was
known before the triple came (smaller stamps, see `cgkg.reasoning.core.history`), so every proof is
well-founded. Of all the ways found to derive a triple, the one with the fewest nodes is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from typing import Protocol, TypeAlias

import numpy as np

from cgkg.rdf.terms import IRI, Triple, parts
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.history import History, columns_of
from cgkg.reasoning.core.join import Table, solve
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    BoundRule,
    loosen,
    plan,
    premises_by_value,
    variables,
)
from cgkg.reasoning.core.stamps import NEVER
from cgkg.reasoning.core.terms import LITERAL, TermDictionary

# For each rule at most so many of its instances are followed, those with the earliest premises
# first; after so many triples a search is content with the first proof of each further one.
_INSTANCES = 24
_TRIPLES = 4000
# To make a proof shorter, so many of its triples are looked at for other derivations.
_SHORTENED = 40


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
        waiting = [self]  # not on the stack of Python, which deep proofs would exhaust
        while True:
            here = waiting[-1]
            unknown = [premise for premise in here.premises if "size" not in vars(premise)]
            if unknown:
                waiting += unknown
                continue
            total = 1 + sum(premise.size for premise in here.premises)
            if here is self:
                return total
            vars(waiting.pop())["size"] = total

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


class Provable(Protocol):
    """What a prover asks of a closure: rules, ids of two properties, and when each fact came."""

    terms: TermDictionary
    literals: Literals
    rules: list[BoundRule]
    history: History
    same: int
    type_of: int


class Prover:
    """Finds proofs in a closure, and keeps them."""

    def __init__(self, closure: Provable) -> None:
        self._closure = closure
        self._terms = closure.terms
        self._history = closure.history
        self._alike = closure.history.alike
        self._proofs: dict[tuple[_Goal, int], Proof | None] = {}
        self._ways: dict[Triple, list[Proof]] = {}
        self._visits = 0

    @cached_property
    def _rules(self) -> dict[tuple[type[BoundAtom], int], list[BoundRule]]:
        """The rules by what they conclude."""
        rules: dict[tuple[type[BoundAtom], int], list[BoundRule]] = defaultdict(list)
        for bound in self._closure.rules:
            if isinstance(bound.head, BoundEdge):
                rules[BoundEdge, bound.head.relation].append(bound)
            elif isinstance(bound.head, BoundMember):
                rules[BoundMember, bound.head.kind].append(bound)
        return rules

    def explain(self, triple: Triple) -> Proof | None:
        """The smallest proof found, or None if the triple does not follow."""
        goal = self._goal(triple)
        if goal is None:
            return None
        self._visits = 0
        proof = self._run(self._prove(goal, NEVER))
        return self._shorten(proof) if proof else None

    def _shorten(self, proof: Proof) -> Proof:
        """The proof, with steps replaced as long as that makes it smaller.

        The search goes by the earliest way to derive a triple; a later one may be shorter.
        """
        for _ in range(_SHORTENED):
            variants = self._variants(proof, shorter=True)
            smaller = next((other for other in variants if other.size < proof.size), None)
            if smaller is None:
                break
            proof = smaller
        return proof

    def alternatives(self, triple: Triple) -> Iterator[Proof]:
        """Different proofs, small ones first; none if the triple does not follow.

        Each but the first is one that came before with one step replaced: another rule, or another
        instance of the same, whose premises have their own smallest proofs. No branch of a proof
        meets a triple twice. Of each rule as many instances are tried as `explain` tries.
        """
        first = self.explain(triple)
        self._ways.clear()
        waiting = [(first.size, 0, first)] if first else []
        seen = {_key(proof) for _, _, proof in waiting}
        while waiting:
            _, _, proof = heappop(waiting)
            yield proof
            for other in self._variants(proof):
                key = _key(other)
                if key not in seen:
                    seen.add(key)
                    heappush(waiting, (other.size, len(seen), other))

    def _variants(self, proof: Proof, *, shorter: bool = False) -> Iterator[Proof]:
        """The proof with any one of its steps replaced by another that gives the same triple.

        Args:
            shorter: try only what may be shorter, and only so much of it.
        """
        waiting: list[tuple[_Branch, Proof]] = [((), proof)]
        looked = 0
        while waiting and not (shorter and looked > _SHORTENED):
            branch, here = waiting.pop()
            if shorter and here.size < 3:  # a rule and one stated premise: none is shorter
                continue
            looked += 1
            above = {step.triple for step, _ in branch} | {here.triple}
            steps = self._shorter(here) if shorter else self._all(here.triple)
            for other in steps:
                if not any(step.triple in above for top in other.premises for step in top.steps()):
                    yield _graft(branch, other)
            waiting += [((*branch, (here, at)), one) for at, one in enumerate(here.premises)]

    def _all(self, triple: Triple) -> list[Proof]:
        """One proof for every way in which the last step can give the triple."""
        if triple not in self._ways:
            self._ways[triple] = list(self._last_steps(triple))
        return self._ways[triple]

    def _last_steps(self, triple: Triple) -> Iterator[Proof]:
        goal = self._goal(triple)
        if goal is None or goal.relation == self._closure.same:
            return
        for bound, premises in self._instances(goal, NEVER):
            self._visits = 0
            proofs = [self._run(self._prove(premise, NEVER)) for premise in premises]
            if all(proofs):
                yield self._step(goal, bound, premises, [proof for proof in proofs if proof])
        carried = self._run(self._by_equality(goal, NEVER))
        if carried:
            yield carried

    def _shorter(self, step: Proof) -> Iterator[Proof]:
        """Proofs of the same triple from what is stated or was proved before, if smaller."""
        goal = self._goal(step.triple)
        if goal is None or goal.relation == self._closure.same:
            return
        for bound, premises in self._instances(goal, NEVER):
            if self._least(premises) < step.size:
                proofs = [self._known(premise) for premise in premises]
                if all(proofs):
                    known = [proof for proof in proofs if proof]
                    shorter = self._step(goal, bound, premises, known)
                    if shorter.size < step.size:
                        yield shorter

    def _known(self, goal: _Goal) -> Proof | None:
        stamp = self._stamp(goal)
        return self._stated(goal) if stamp == 0 else self._proofs.get((goal, stamp))

    def _least(self, premises: list[_Goal]) -> int:
        """The fewest nodes that a step from these premises can have."""
        return 1 + sum(1 if self._stamp(premise) == 0 else 2 for premise in premises)

    def _goal(self, triple: Triple) -> _Goal | None:
        source, relation, target = (self._terms.find(term) for term in parts(triple))
        if source is None or relation is None or target is None:
            return None
        return _Goal(source, None if triple.predicate == RDF.type else relation, target)

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
        if key not in self._proofs:
            self._proofs[key] = None
            self._visits += 1
            proof = None
            if stamp == below and stamp % 2 == 0:  # derived at that stamp, not told again
                proof = yield from self._by_rules(goal, stamp)
            self._proofs[key] = proof or (yield from self._by_equality(goal, below))
        return self._proofs[key]

    def _by_rules(self, goal: _Goal, stamp: int) -> _Search:
        """The smallest proof whose last step is a rule."""
        best: Proof | None = None
        for bound, premises in self._instances(goal, stamp):
            if best and (self._least(premises) >= best.size or self._visits > _TRIPLES):
                continue
            proofs: list[Proof] = []
            for premise in premises:
                proof = yield premise, stamp
                if proof is None:
                    break
                proofs.append(proof)
            else:
                candidate = self._step(goal, bound, premises, proofs)
                if best is None or candidate.size < best.size:
                    best = candidate
        return best

    def _step(
        self, goal: _Goal, bound: BoundRule, premises: list[_Goal], proofs: list[Proof]
    ) -> Proof:
        """The rule applied; a premise that no triple can say is replaced by its own."""
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
        relation = self._closure.type_of if goal.relation is None else goal.relation
        rules = self._rules.get((BoundEdge, relation), [])
        if goal.relation is None:
            rules = [*self._rules.get((BoundMember, goal.target), ()), *rules]
        instances = [
            (cost, order, bound, premises)
            for order, bound in enumerate(rules)
            for cost, premises in self._rows(bound, goal, stamp)
        ]
        instances.sort(key=lambda one: one[:2])
        return ((bound, premises) for _, _, bound, premises in instances)

    def _rows(self, bound: BoundRule, goal: _Goal, stamp: int) -> Iterator[tuple[int, list[_Goal]]]:
        """A rule's instances that conclude the goal, each with the sum of its premises' stamps."""
        start = _unify(bound.head, goal)
        if start is None:
            return
        premises, twins = premises_by_value(bound)
        atoms, constants = loosen(premises, self._closure.same, lambda one: self._alike(one, NEVER))
        everything: frozenset[int] = frozenset().union(*map(variables, atoms))
        start = {variable: column for variable, column in start.items() if variable in everything}
        inside = [atom for atom in bound.body if isinstance(atom, BoundDatatype)]
        steps = plan([*atoms, *inside], frozenset(start), everything)
        table, length = solve(self._history.before(stamp), steps, start, 1)
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
            cost += self._history.stamps_of(atom, columns_of(table, length))
        for row in np.argsort(cost, kind="stable")[:_INSTANCES].tolist():
            grounded = [_ground(atom, table, row) for atom in premises]
            yield int(cost[row]), [self._as_member(one) for one in grounded]

    def _as_member(self, goal: _Goal) -> _Goal:
        """The goal; an edge of rdf:type as the membership that it is."""
        return replace(goal, relation=None) if goal.relation == self._closure.type_of else goal

    # -- equality ---------------------------------------------------------------------------------

    def _by_equality(self, goal: _Goal, below: int) -> _Search:
        """The smallest proof that carries a triple about equal individuals over (eq-rep-*)."""
        best: Proof | None = None
        for other in self._about_equals(goal, below):
            candidate = yield from self._carry(goal, other, below)
            if candidate and (best is None or candidate.size < best.size):
                best = candidate
        return best

    def _about_equals(self, goal: _Goal, below: int) -> list[_Goal]:
        """What is the goal but for equal individuals, and came before the stamp."""
        edge = goal.relation is not None
        equals = self._alike(goal.target, below) if edge and goal.target < LITERAL else None
        ends = [
            (source, target)
            for source in self._alike(goal.source, below)
            for target in equals or [goal.target]
        ]
        if len(ends) == 1:
            return []
        keys = [source << 32 | target if edge else source for source, target in ends]
        column = self._history.column(goal.relation, goal.target)
        known = column.stamps_of(np.array(keys, np.int64)) < below
        others = [_Goal(source, goal.relation, target) for source, target in ends]
        return [one for one, came in zip(others, known, strict=True) if came and one != goal]

    def _carry(self, goal: _Goal, other: _Goal, below: int) -> _Search:
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
        path = self._history.path(goal.source, goal.target, below)
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
            elif stamp == 0:  # stated the other way round
                continue
            else:
                proof = yield from self._by_rules(goal, stamp)
            if proof is not None:
                there = self._triple(_Goal(one, self._closure.same, other))
                return proof if source == one else Proof(there, "eq-sym", (), (proof,))
        return None

    def _is_stated_same(self, goal: _Goal) -> bool:
        return self._stamp(goal) == 0

    # -- triples ----------------------------------------------------------------------------------

    def _stamp(self, goal: _Goal) -> int:
        """When the goal was derived exactly as it is; `NEVER` if it was not."""
        return self._history.stamp(goal.source, goal.relation, goal.target)

    def _stated(self, goal: _Goal) -> Proof:
        return Proof(self._triple(goal), None, (), ())

    def _triple(self, goal: _Goal) -> Triple:
        predicate = RDF.type if goal.relation is None else self._terms.resource(goal.relation)
        if not isinstance(predicate, IRI):  # replaced by its premises before anyone sees it
            predicate = _NAMELESS
        return Triple(self._terms.resource(goal.source), predicate, self._terms.term(goal.target))


_NAMELESS = IRI("urn:nameless")

_Branch: TypeAlias = tuple[tuple[Proof, int], ...]
"""The way from the root of a tree to a step: each step above it, and which premise comes next."""


def _graft(branch: _Branch, proof: Proof) -> Proof:
    """The tree with the step at the end of the branch replaced."""
    for step, at in reversed(branch):
        premises = (*step.premises[:at], proof, *step.premises[at + 1 :])
        proof = replace(step, premises=premises)
    return proof


def _key(proof: Proof) -> tuple[tuple[Triple, str | None, int], ...]:
    """What proofs are told apart by; a tree may be too deep to be compared as one."""
    return tuple((step.triple, step.rule, len(step.premises)) for step in proof.steps())


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


def _ground(atom: BoundEdge | BoundMember, table: Table, row: int) -> _Goal:
    """The atom in one row of the table."""

    def of(slot: int) -> int:
        return int(table[slot][row]) if slot >= 0 else ~slot

    if isinstance(atom, BoundEdge):
        return _Goal(of(atom.source), atom.relation, of(atom.target))
    return _Goal(of(atom.item), None, atom.kind)
