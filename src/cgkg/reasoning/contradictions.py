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
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    contains,
    groups,
    pack,
    sources,
    targets,
    union,
    unique,
)
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
    spell,
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
            *(
                _CheckMatches(at, check, body)
                for check in ruleset.checks
                for body in at.bodies(check)
            ),
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

    def bodies(self, check: Check) -> list[tuple[BoundAtom, ...]]:
        """The body in ids, once for each literal of one value with a constant (dt-eq)."""
        return spell(self.closure.literals, tuple(bind(self.terms, atom) for atom in check.body))

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
            return self.spoken(binding[slot]) if slot >= 0 else ~slot

        triples: dict[Triple, None] = {}
        for atom in atoms:
            if isinstance(atom, BoundMember):
                triples.update(dict.fromkeys(self.member(atom.kind, of(atom.item))))
            elif isinstance(atom, BoundEdge):
                key = of(atom.source) << 32 | of(atom.target)
                triples.update(dict.fromkeys(self.edge(atom.relation, key)))
        return tuple(triples)

    def spoken(self, number: int) -> int:
        """Of all that is the same as the resource the first by its text, whoever represents it."""
        if not self.facts.merged or number >= LITERAL:
            return number
        return min(self.facts.alike(number), key=lambda one: str(self.terms.resource(one)))

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
    """dt-not-type: literals outside the lexical space of their own datatype.

    One for each subject that has such a literal, told by the property that the others follow from.
    """

    def __init__(self, at: _ClosureFacts) -> None:
        self.at = at

    def everything(self) -> Iterator[_Case]:
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

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Those of the subjects that have the literal."""
        for key in touched:
            assert isinstance(key, int)
            yield from self._cases(
                key, [one for one in self.at.facts.relations if self.at.holds((one, key))]
            )

    def _cases(self, key: int, relations: Iterable[int]) -> Iterator[_Case]:
        named = [one for one in relations if self.at.terms.named(one)]
        if named:
            lowest = [one for one in named if not any(self._follows(one, other) for other in named)]
            relation = min(lowest, key=lambda one: str(self.at.terms.resource(one)))
            spoken = self.at.spoken(key >> 32) << 32 | key & 0xFFFFFFFF
            what = inconsistency("dt-not-type", tuple(self.at.edge(relation, spoken)), ())
            yield _Case(key, tuple((one, key) for one in named), what)

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


class _Different:
    """eq-diff1: said to be different, and the same; once for all that are the same."""

    def __init__(self, at: _ClosureFacts) -> None:
        self.at = at
        self.relation = at.terms.id(DIFFERENT)

    def everything(self) -> Iterator[_Case]:
        """Every edge between equal ends."""
        keys = self.at.facts.edges(self.relation)
        for one in sources(keys[sources(keys) == targets(keys)]).tolist():
            alike = sorted(map(self.at.terms.resource, self.at.facts.alike(one)), key=str)
            first, second = alike[0], alike[min(1, len(alike) - 1)]
            equal = () if first == second else (Triple(first, SAME, second),)
            premises = (Triple(first, DIFFERENT, second), *equal)
            yield _Case((), (), inconsistency("eq-diff1", premises, ()))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """All of it, if equality or difference changed."""
        relations = (changes.edges, changes.lost_edges, changes.statements)
        if changes.equality or any(self.relation in one for one in relations):
            yield ()

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """Every edge between equal ends."""
        return self.everything()


class _Coinciding:
    """eq-diff2, eq-diff3: individuals of the list that are the same, or one that it has twice."""

    def __init__(self, at: _ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.ids = np.array([at.terms.id(member) for member in exclusion.members], np.int64)

    def everything(self) -> Iterator[_Case]:
        """Every pair of neighbours among those that are the same."""
        resource = self.at.terms.resource
        for _, same in groups(self.at.facts.represent(self.ids), self.ids):
            listed = sorted(map(resource, same.tolist()), key=str)
            for one, other in dict.fromkeys(pairwise(listed)):
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
    """prp-pdw, prp-adp, cax-adc: what two of several properties or classes share.

    Literals are compared by value (dt-eq).
    """

    def __init__(self, at: _ClosureFacts, exclusion: Exclusion) -> None:
        self.at = at
        self.exclusion = exclusion
        self.classes = exclusion.kind == "classes"
        self.ids = [at.terms.id(member) for member in exclusion.members]
        self.spoken = at.spoken if self.classes else self._spoken_edge

    def everything(self) -> Iterator[_Case]:
        """Every value that several columns hold."""
        if self.classes:
            columns = [self.at.facts.members(one) for one in self.ids]
        else:
            columns = self._comparable([self.at.facts.edges(one) for one in self.ids])
        owners = np.repeat(np.array(self.ids, np.int64), [len(one) for one in columns])
        told = np.concatenate([EMPTY, *columns])
        for value, places in _find_shared(told if self.classes else self._values(told)):
            yield from self._cases(value, owners[places].tolist(), told[places].tolist())

    def _comparable(self, columns: list[Ids]) -> list[Ids]:
        """The edges but those to literals of whatever has literals by one property only.

        So the values of most need not be known.
        """
        literal = [is_literal(targets(keys)) for keys in columns]
        owners = [unique(sources(keys[of])) for keys, of in zip(columns, literal, strict=True)]
        several, counts = np.unique(np.concatenate([EMPTY, *owners]), return_counts=True)
        several = several[counts > 1]
        return [
            keys[~of | contains(several, sources(keys))]
            for keys, of in zip(columns, literal, strict=True)
        ]

    def _values(self, keys: Ids) -> Ids:
        return pack(sources(keys), self.at.closure.literals.by_value(targets(keys)))

    def touched(self, changes: Changes) -> Iterator[Group]:
        """The values that came into one of the columns."""
        came = changes.members if self.classes else changes.edges
        for one in self.ids:
            values = union(came.get(one, []))
            yield from (values if self.classes else self._values(values)).tolist()

    def of(self, touched: Iterable[Group]) -> Iterator[_Case]:
        """The values that several columns hold."""
        for value in touched:
            assert isinstance(value, int)
            owners: list[int] = []
            told: list[int] = []
            for one in self.ids:
                holding = self._holding(one, value)
                owners += [one] * len(holding)
                told += holding
            yield from self._cases(value, owners, told)

    def _holding(self, one: int, value: int) -> list[int]:
        """What is in a column and has this value."""
        if self.classes or value & 0xFFFFFFFF < LITERAL:
            return [value] if self.at.holds((~one if self.classes else one, value)) else []
        _, ends = self.at.facts.follow(one, np.array([value >> 32], np.int64))
        keys = value >> 32 << 32 | ends
        held: list[int] = keys[self._values(keys) == value].tolist()
        return held

    def _cases(self, value: int, owners: list[int], told: list[int]) -> Iterator[_Case]:
        tell = self.at.member if self.classes else self.at.edge
        forms: dict[int, list[int]] = {}  # what each property holds, in the order of the list
        for place, one in enumerate(owners):
            forms.setdefault(one, []).append(told[place])
        for pair in pairwise(forms) if len(forms) > 1 else self._alone(forms):
            both = self._closest(*(forms[one] for one in pair))
            premises = dict.fromkeys(
                triple
                for owner, one in zip(pair, both, strict=True)
                for triple in tell(owner, self.spoken(one))
            )
            axioms = self.exclusion.axioms
            what = inconsistency(self.exclusion.name, tuple(premises), axioms)
            facts = tuple(
                (~owner if self.classes else owner, one)
                for owner, one in zip(pair, both, strict=True)
            )
            yield _Case(value, facts, what)

    def _alone(self, forms: dict[int, list[int]]) -> list[tuple[int, int]]:
        """A property that is disjoint with itself."""
        alone = self.exclusion.name == "prp-pdw" and self.ids[0] == self.ids[1]
        return [(one, one) for one in forms] if alone else []

    def _closest(self, some: list[int], others: list[int]) -> tuple[int, int]:
        """A form that both have, or else the first of each by its text."""
        shared = set(some) & set(others)
        return self._first(shared or some), self._first(shared or others)

    def _first(self, forms: Iterable[int]) -> int:
        return min(forms, key=lambda one: str(self.at.terms.term(one & 0xFFFFFFFF)))

    def _spoken_edge(self, key: int) -> int:
        return self.at.spoken(key >> 32) << 32 | self.at.spoken(key & 0xFFFFFFFF)


class _CheckMatches:
    """The matches of a check's body; each is a group of its own."""

    def __init__(self, at: _ClosureFacts, check: Check, body: tuple[BoundAtom, ...]) -> None:
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
        outside = (one.datatype for one in self.atoms if isinstance(one, BoundDatatype))
        what = inconsistency(self.check.name, premises, self.check.axioms, next(outside, None))
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
            for (first, one), (second, other) in pairwise(self._by_value(literals).items()):
                if not datatypes.differ(first, second):
                    continue
                bindings = [{self.key: key, self.member: each} for each in (one, other)]
                pattern, told, facts = self.bound.pattern, self.at.triples_of, self.at.facts_of
                premises = dict.fromkeys(
                    triple for one in bindings for triple in told(pattern, one)
                )
                what = inconsistency("dt-diff", tuple(premises), self.bound.rule.axioms)
                yield _Case(key, tuple(f for one in bindings for f in facts(pattern, one)), what)

    def _by_value(self, literals: Ids) -> dict[datatypes.Value, int]:
        """For each of the known values a literal."""
        by_value: dict[datatypes.Value, int] = {}
        terms = self.at.terms
        for number in sorted(set(literals.tolist()), key=lambda one: str(terms.term(one))):
            denoted = datatypes.value(terms.literals[number - LITERAL])
            if denoted is not None:
                by_value.setdefault(denoted, number)
        return by_value


def _find_shared(values: Ids) -> Iterator[tuple[int, Ids]]:
    """The values that come several times, each with the places where it stands, ascending."""
    order = np.argsort(values, kind="stable")
    values = values[order]
    again = np.zeros(len(values), np.bool_)
    twice = values[1:] == values[:-1]
    again[1:] |= twice
    again[:-1] |= twice
    yield from groups(values[again], order[again])
