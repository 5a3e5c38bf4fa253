"""Which checks fail on a closure: every contradiction, as a value, kept up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Protocol, TypeAlias

import numpy as np

from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.columns import Ids, contains, groups, sources, targets, union, unique
from cgkg.reasoning.core.join import Table, edge_table, solve
from cgkg.reasoning.core.materialise import Changes, Materialisation, matches
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    BoundRule,
    bind,
    plan,
    variables,
)
from cgkg.reasoning.core.terms import LITERAL, is_literal
from cgkg.reasoning.rules import datatypes
from cgkg.reasoning.rules.axioms import DIFFERENT, SAME
from cgkg.reasoning.rules.diagnostics import Inconsistency, inconsistency
from cgkg.reasoning.rules.ruleset import Check, Exclusion, Ruleset

Fact: TypeAlias = tuple[int, int]
"""An edge as `(relation, key)`, or a membership as `(~kind, item)`."""

Group: TypeAlias = Hashable
"""What a part checks as a whole: a binding, an individual, or everything at once."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A contradiction, the group that shows it, and the facts it rests on."""

    group: Group
    facts: tuple[Fact, ...]
    what: Inconsistency


class _Detector(Protocol):
    """One check, or one rule that concludes "false"."""

    def everything(self) -> Iterator[_Case]:
        """All its contradictions."""

    def touched(self, changes: Changes) -> Iterable[Group]:
        """The groups in which something that came may have made a contradiction."""

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """The contradictions that these groups show now."""


class Contradictions:
    """All contradictions of a closure; after an update only what changed is looked at again."""

    def __init__(self, closure: Materialisation, ruleset: Ruleset) -> None:
        at = _ClosureFacts(closure)
        self._parts: list[_Detector] = [
            _IllFormed(at),
            _Different(at),
            *(
                _Coinciding(at, one) if one.kind == "individuals" else _Shared(at, one)
                for one in ruleset.exclusions
            ),
            *(_CheckMatches(at, check) for check in ruleset.checks),
            *(_Clashing(at, bound) for bound in closure.rules if _may_clash(bound)),
        ]
        self._cases: list[dict[Group, list[_Case]]] = [defaultdict(list) for _ in self._parts]
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

    def _keep(self, place: int, cases: Iterable[_Case]) -> None:
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


class _ClosureFacts:
    """A closure, and how its facts are told as triples."""

    def __init__(self, closure: Materialisation) -> None:
        self.closure = closure
        self.facts = closure.facts
        self.terms = closure.terms

    def new_values(self, changes: Changes, atom: BoundAtom) -> Ids:
        """What came, and is still there, in the column that the atom speaks of."""
        if isinstance(atom, BoundEdge):
            keys = union(changes.edges.get(atom.relation, []))
            return keys[self.facts.linked(atom.relation, keys)] if len(keys) else keys
        assert isinstance(atom, BoundMember), "datatypes do not change"
        ids = union(changes.members.get(atom.kind, []))
        return ids[self.facts.within(atom.kind, ids)] if len(ids) else ids

    def start(self, atom: BoundAtom, new: Ids) -> tuple[Table, int]:
        """The bindings that new facts give to an atom."""
        if isinstance(atom, BoundMember):
            return ({atom.item: new} if atom.item >= 0 else {}), len(new)
        assert isinstance(atom, BoundEdge), "datatypes do not change"
        for slot, ends in ((atom.source, sources), (atom.target, targets)):
            if slot < 0:
                new = new[ends(new) == self.facts.canonical(~slot)]
        table = edge_table(new, atom.source, atom.target)
        return table, len(next(iter(table.values()), new))

    def facts_of(self, atoms: Iterable[BoundAtom], binding: dict[int, int]) -> tuple[Fact, ...]:
        """The facts that the atoms are under a binding."""

        def of(slot: int) -> int:
            return binding[slot] if slot >= 0 else self.facts.canonical(~slot)

        return tuple(
            (atom.relation, of(atom.source) << 32 | of(atom.target))
            if isinstance(atom, BoundEdge)
            else (~atom.kind, of(atom.item))
            for atom in atoms
            if not isinstance(atom, BoundDatatype)
        )

    def holds(self, fact: Fact) -> bool:
        """Whether the fact is there."""
        name, value = fact
        column = np.array([value], np.int64)
        return bool(
            (self.facts.linked(name, column) if name >= 0 else self.facts.within(~name, column))[0]
        )

    # -- triples -----------------------------------------------------------------------------------

    def triples_of(self, atoms: Iterable[BoundAtom], binding: dict[int, int]) -> tuple[Triple, ...]:
        """The triples that the atoms are under a binding, each once."""

        def of(slot: int) -> int:
            return binding[slot] if slot >= 0 else ~slot

        triples: dict[Triple, None] = {}
        for atom in atoms:
            if isinstance(atom, BoundMember):
                triples.update(dict.fromkeys(self.member(atom.kind, of(atom.item))))
            elif isinstance(atom, BoundEdge):
                key = of(atom.source) << 32 | of(atom.target)
                triples.update(dict.fromkeys(self.edge(atom.relation, key)))
        return tuple(triples)

    def member(self, kind: int, item: int) -> Iterator[Triple]:
        """The membership as a triple."""
        yield Triple(self.terms.resource(item), RDF.type, self.terms.resource(kind))

    def edge(self, relation: int, key: int) -> Iterator[Triple]:
        """The edge as a triple; of an inverse without a name, the edge it is the inverse of."""
        source, target = self.terms.resource(key >> 32), self.terms.term(key & 0xFFFFFFFF)
        predicate = self.terms.resource(relation)
        if isinstance(predicate, IRI):
            yield Triple(source, predicate, target)
        elif relation in self.inverses:
            named = self.terms.resource(self.inverses[relation])
            assert isinstance(named, IRI)
            yield Triple(self.terms.resource(key & 0xFFFFFFFF), named, source)

    @cached_property
    def inverses(self) -> dict[int, int]:
        """For properties without a name, an inverse that has one."""
        return {
            bound.body[0].relation: bound.head.relation
            for bound in self.closure.rules
            if bound.rule.name in ("prp-inv1", "prp-inv2")
            and isinstance(bound.head, BoundEdge)
            and isinstance(bound.body[0], BoundEdge)
            and self.terms.named(bound.head.relation)
        }


class _IllFormed:
    """dt-not-type: stated literals outside the lexical space of their own datatype."""

    def __init__(self, at: _ClosureFacts) -> None:
        self.at = at

    def everything(self) -> Iterator[_Case]:
        """Every edge to a literal that is wrong."""
        wrong = np.array(
            [
                number
                for number, literal in self.at.terms.typed_literals(datatypes.PLAIN_NUMBER)
                if not datatypes.well_formed(literal)
            ],
            np.int64,
        )
        history = self.at.closure.history
        for relation in list(history.edges) if len(wrong) else ():
            keys = history.asserted_edges(relation)
            for key in keys[contains(wrong, targets(keys))].tolist():
                yield self._case(relation, key)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The statements that came or went, with a literal that is wrong."""
        for relation, columns in changes.statements.items():
            for key in union(columns).tolist():
                number = key & 0xFFFFFFFF
                if number >= LITERAL and not datatypes.well_formed(
                    self.at.terms.literals[number - LITERAL]
                ):
                    yield relation, key

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Those of the statements that are there."""
        for group in touched:
            assert isinstance(group, tuple)
            relation, key = group
            if self.at.closure.history.column(relation).stamp(key) == 0:
                yield self._case(relation, key)

    def _case(self, relation: int, key: int) -> _Case:
        what = inconsistency("dt-not-type", tuple(self.at.edge(relation, key)), ())
        return _Case((relation, key), (), what)


class _Different:
    """eq-diff1: said to be different, and the same."""

    def __init__(self, at: _ClosureFacts) -> None:
        self.at = at
        self.relation = at.terms.id(DIFFERENT)

    def everything(self) -> Iterator[_Case]:
        """Every edge between equal ends."""
        keys = self.at.closure.history.column(self.relation).derived()
        represent = self.at.facts.represent
        same = represent(sources(keys)) == represent(targets(keys))
        for key in keys[same].tolist():
            (triple,) = self.at.edge(self.relation, key)
            one, other = triple.subject, triple.object
            equal = () if one == other else (Triple(one, SAME, other),)
            yield _Case((), (), inconsistency("eq-diff1", (triple, *equal), ()))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """All of it, if equality or difference changed."""
        relations = (changes.edges, changes.lost_edges, changes.statements)
        if changes.equality or any(self.relation in one for one in relations):
            yield ()

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Every edge between equal ends."""
        return self.everything()


class _Coinciding:
    """eq-diff2, eq-diff3: individuals of the list that are the same."""

    def __init__(self, at: _ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.ids = np.array([at.terms.id(member) for member in exclusion.members], np.int64)

    def everything(self) -> Iterator[_Case]:
        """Every pair of neighbours among those that are the same."""
        resource = self.at.terms.resource
        for _, same in groups(self.at.facts.represent(self.ids), self.ids):
            for one, other in pairwise(sorted(map(resource, set(same.tolist())), key=str)):
                premise = Triple(one, SAME, other)
                what = inconsistency(self.exclusion.name, (premise,), self.exclusion.axioms)
                yield _Case((), (), what)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """All of it, if equality changed."""
        if changes.equality:
            yield ()

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Every pair of neighbours among those that are the same."""
        return self.everything()


class _Shared:
    """prp-adp, cax-adc: what two members of a list of properties or classes share."""

    def __init__(self, at: _ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.classes = exclusion.kind == "classes"
        self.ids = [at.terms.id(member) for member in exclusion.members]

    def everything(self) -> Iterator[_Case]:
        """Every value that several columns hold."""
        column = self.at.facts.members if self.classes else self.at.facts.edges
        for value, owners in _find_shared(self.ids, [column(one) for one in self.ids]):
            yield from self._cases(value, owners)

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The values that came into one of the columns."""
        came = changes.members if self.classes else changes.edges
        for one in self.ids:
            yield from union(came.get(one, [])).tolist()

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """The values that several columns hold."""
        has = self.at.facts.within if self.classes else self.at.facts.linked
        for value in touched:
            assert isinstance(value, int)
            column = np.array([value], np.int64)
            owners = [one for one in dict.fromkeys(self.ids) if has(one, column)[0]]
            yield from self._cases(value, owners)

    def _cases(self, value: int, owners: list[int]) -> Iterator[_Case]:
        tell = self.at.member if self.classes else self.at.edge
        for pair in pairwise(owners):
            premises = tuple(triple for owner in pair for triple in tell(owner, value))
            what = inconsistency(self.exclusion.name, premises, self.exclusion.axioms)
            facts = tuple((~owner if self.classes else owner, value) for owner in pair)
            yield _Case(value, facts, what)


class _CheckMatches:
    """The matches of a check's body; each is a group of its own."""

    def __init__(self, at: _ClosureFacts, check: Check) -> None:
        self.at = at
        self.check = check
        self.atoms = tuple(bind(at.terms, atom) for atom in check.body)
        self.order = sorted(frozenset().union(*map(variables, self.atoms)))
        slots = [
            slot
            for one in self.atoms
            if isinstance(one, BoundEdge)
            for slot in (one.source, one.target)
        ]
        self.named = min(slots, default=0) < 0

    def everything(self) -> Iterator[_Case]:
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

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
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

    def _case(self, row: tuple[int, ...]) -> _Case:
        binding = dict(zip(self.order, row, strict=True))
        premises = self.at.triples_of(self.atoms, binding)
        what = inconsistency(self.check.name, premises, self.check.axioms)
        return _Case(row, self.at.facts_of(self.atoms, binding), what)


def _may_clash(bound: BoundRule) -> bool:
    grouping = bound.rule.grouping
    return grouping is not None and grouping.member in bound.open_literals


class _Clashing:
    """dt-diff: literals that a rule makes the same although their values differ."""

    def __init__(self, at: _ClosureFacts, bound: BoundRule) -> None:
        self.at = at
        self.bound = bound
        assert bound.rule.grouping is not None
        (self.key,), self.member = bound.rule.grouping.keys, bound.rule.grouping.member

    def everything(self) -> Iterator[_Case]:
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

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Every pair of neighbours among the values of these individuals."""
        return self._cases({self.key: np.array(list(touched), np.int64)})

    def _cases(self, touched: Table | None) -> Iterator[_Case]:
        group, members = self.at.closure.group_members(self.bound, touched)
        literal = is_literal(members)
        for key, literals in groups(group[literal], members[literal]):
            for pair in pairwise(self._by_value(literals)):
                bindings = [{self.key: key, self.member: one} for one in pair]
                pattern, told, facts = self.bound.pattern, self.at.triples_of, self.at.facts_of
                premises = dict.fromkeys(
                    triple for one in bindings for triple in told(pattern, one)
                )
                what = inconsistency("dt-diff", tuple(premises), self.bound.rule.axioms)
                yield _Case(key, tuple(f for one in bindings for f in facts(pattern, one)), what)

    def _by_value(self, literals: Ids) -> list[int]:
        """One literal for each of the known values."""
        by_value: dict[datatypes.Value, int] = {}
        terms = self.at.terms
        for number in sorted(set(literals.tolist()), key=lambda one: str(terms.term(one))):
            denoted = datatypes.value(terms.literals[number - LITERAL])
            if denoted is not None:
                by_value.setdefault(denoted, number)
        return list(by_value.values())


def _find_shared(ids: list[int], columns: list[Ids]) -> Iterator[tuple[int, list[int]]]:
    """The values that several columns hold, each with the ids of those columns."""
    values = np.concatenate([np.empty(0, np.int64), *columns])
    owners = np.repeat(np.array(ids, np.int64), [len(column) for column in columns])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    again = np.zeros(len(values), np.bool_)
    twice = values[1:] == values[:-1]
    again[1:] |= twice
    again[:-1] |= twice
    for value, owners_of_one in groups(values[again], owners[again]):
        if len(set(owners_of_one.tolist())) > 1:
            yield value, list(dict.fromkeys(owners_of_one.tolist()))
