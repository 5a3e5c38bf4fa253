"""Rules to their fixed point: semi-naive, a round at a time, columns as a whole.

A round applies every rule to what the round before found, joined with all that is known. Which
triple came in which round is kept (`History`), for proofs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.columns import (
    EMPTY,
    Ids,
    Mask,
    difference,
    groups,
    merge,
    neighbours,
    pack,
    sources,
    swap,
    targets,
    union,
    unique,
)
from cgkg.reasoning.core.facts import Columns, Facts, Literals
from cgkg.reasoning.core.history import History
from cgkg.reasoning.core.join import Table, edge_table, solve
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    BoundRule,
    Trigger,
    bind_rule,
    plan,
    sharing,
    variables,
)
from cgkg.reasoning.core.terms import LITERAL, TermDictionary, is_literal
from cgkg.reasoning.rules.axioms import SAME, is_reserved
from cgkg.reasoning.rules.ruleset import Rule


class Delta:
    """What is new in one column, with its parts worked out at most once."""

    def __init__(self, column: Ids) -> None:
        self.column = column

    @cached_property
    def sources(self) -> Ids:
        """The source of every new edge, sorted."""
        return sources(self.column)

    @cached_property
    def targets(self) -> Ids:
        """The target of every new edge."""
        return targets(self.column)

    @cached_property
    def distinct_sources(self) -> Ids:
        """The sources, once each."""
        return unique(self.sources)

    @cached_property
    def distinct_targets(self) -> Ids:
        """The targets, once each."""
        return unique(self.targets)

    @cached_property
    def turned(self) -> Ids:
        """The new edges between resources the other way round, not sorted."""
        return swap(self.column[~is_literal(self.targets)])


class Fresh:
    """The conclusions of one round, not yet compared with what is known."""

    def __init__(self) -> None:
        self.edges: dict[int, list[Ids]] = defaultdict(list)
        self.members: dict[int, list[Ids]] = defaultdict(list)
        self.same: list[Ids] = []
        self.groups: list[tuple[BoundRule, Table]] = []

    def __bool__(self) -> bool:
        return bool(self.edges or self.members or self.same or self.groups)

    def add(self, head: BoundAtom, table: Table, length: int, guarded: frozenset[int]) -> None:
        """Add a head for every row of the table.

        Args:
            guarded: variables that may be literals; a literal is never made a subject.
        """
        assert not isinstance(head, BoundDatatype), "datatypes are never concluded"
        subject = head.item if isinstance(head, BoundMember) else head.source
        if subject in guarded:
            kept = ~is_literal(table[subject])
            table = {variable: column[kept] for variable, column in table.items()}
            length = int(kept.sum())

        def column(slot: int) -> Ids:
            return table[slot] if slot >= 0 else np.full(length, ~slot, np.int64)

        if isinstance(head, BoundMember):
            self.members[head.kind].append(column(head.item))
        else:
            self.edges[head.relation].append(pack(column(head.source), column(head.target)))


Watch: TypeAlias = Callable[[Rule | None, int], None]
"""Told of every rule applied, with how many conclusions it drew; and after every round, without a
rule, of how many facts were new. It may raise an error to end a closure."""


def unwatched(rule: Rule | None, count: int) -> None:
    """Let it go on."""


Parts: TypeAlias = dict[int, list[Ids]]


def _parts() -> Parts:
    return defaultdict(list)


@dataclass
class Changes:
    """What came and went in an update; something may do both.

    Facts are by representatives, statements as they are; `equality` tells whether individuals
    became the same.
    """

    edges: Parts = field(default_factory=_parts)
    members: Parts = field(default_factory=_parts)
    lost_edges: Parts = field(default_factory=_parts)
    lost_members: Parts = field(default_factory=_parts)
    statements: Parts = field(default_factory=_parts)
    equality: bool = False


class Materialisation:
    """The closure of facts under rules, and its history.

    Args:
        terms: the numbering that facts and rules share; it must hold every term of the facts.
        rules: as compiled from the ontology.
        typing: keep memberships as edges of rdf:type, too; see `Ruleset.typing`.
        watch: told how it goes.
    """

    def __init__(
        self,
        terms: TermDictionary,
        rules: Sequence[Rule],
        *,
        typing: bool = False,
        watch: Watch = unwatched,
    ) -> None:
        self._watch = watch
        self.terms = terms
        self.literals = Literals(terms)
        self.same = terms.id(SAME)
        self.type_of = terms.id(RDF.type)
        self.typing = typing
        self.unread: list[Ids] = []  # edges of rdf:type that would be axioms
        self._declared: list[Ids] = []  # such edges, and those stated, that are to be told
        self.rules: list[BoundRule] = []
        self.rounds = 0
        self.changes: Changes | None = None
        self._by_relation: dict[int, list[tuple[BoundRule, Trigger]]] = defaultdict(list)
        self._by_kind: dict[int, list[tuple[BoundRule, Trigger]]] = defaultdict(list)
        self._relations: set[int] = set()
        self._kinds: set[int] = set()
        self._constants: set[int] = set()
        self._other_links: dict[str, Ids] = {}  # those that connect no names, so far
        for rule in rules:
            for bound in bind_rule(terms, self.literals, rule):
                self.register(bound)
        self.facts = Facts(terms, self.literals)
        self.history = History(self.literals)

    def run(self, edges: Columns, members: Columns, declared: Columns | None = None) -> None:
        """Derive all that follows from the asserted facts.

        Args:
            edges: for each property its keys, sorted and distinct.
            members: for each class its members, sorted and distinct.
            declared: as `members`, for kinds that only axioms name; read only with `typing`.
        """
        for kind, ids in (declared or {}).items():
            self.history.record_members(kind, 0, ids)
            self._declared.append(pack(ids, np.full(len(ids), kind)))
        fresh = Fresh()
        for relation, keys in edges.items():
            if relation == self.same:  # held by representatives, not in a column
                self.history.record_edges(relation, 0, keys)
            fresh.edges[relation].append(keys)
        for kind, ids in members.items():
            fresh.members[kind].append(ids)
        new_edges, new_members, fresh = self._absorb(0, fresh)
        for bound in self.rules:
            if not bound.body:  # the axioms alone entail it
                fresh.add(bound.head, {}, 1, frozenset())
        self._complete(new_edges, new_members, fresh)

    def add(self, edges: Columns, members: Columns) -> None:
        """Derive what more follows when facts are stated that were not.

        Args:
            edges, members: as for `run`; they may have been derived already.
        """
        self.facts.grow()
        for relation, keys in edges.items():
            self.history.record_edges(relation, 0, keys)
            if self.changes is not None:
                self.changes.statements[relation].append(keys)
        for kind, ids in members.items():
            self.history.record_members(kind, 0, ids)
        fresh = Fresh()
        fresh.edges.update({relation: [keys] for relation, keys in edges.items()})
        fresh.members.update({kind: [ids] for kind, ids in members.items()})
        self.resume(fresh)

    def resume(self, fresh: Fresh) -> None:
        """Go on with these conclusions; each must hold by what is known."""
        self.rounds += 1
        self._complete(*self._absorb(2 * self.rounds, fresh))

    def _complete(self, edges: Columns, members: Columns, fresh: Fresh) -> None:
        """Apply the rules to what is new until nothing new comes."""
        while edges or members or fresh:
            self.rounds += 1
            self.fire(edges, members, fresh)
            for bound, table in fresh.groups:
                fresh.same.append(self._equal_members(bound, table))
            fresh.groups = []
            edges, members, fresh = self._absorb(2 * self.rounds, fresh)
            self._watch(None, sum(map(len, (*edges.values(), *members.values()))))

    def group_members(self, bound: BoundRule, touched: Table | None = None) -> tuple[Ids, Ids]:
        """The members of a rule's grouping and, for each, what tells its group.

        That is the key itself where it is one resource, and else a number for the group.

        Args:
            touched: bindings of the keys to look at; by default all groups are looked at.
        """
        grouping = bound.rule.grouping
        assert grouping is not None
        key, member = grouping.keys[0], grouping.member
        wanted = frozenset({*grouping.keys, member})
        by_resource = len(grouping.keys) == 1 and key not in bound.open_literals
        if by_resource and touched is not None:
            start: Table = {key: unique(touched[key])}
            steps = plan(bound.pattern, frozenset({key}), wanted)
            table, length = solve(self.facts, steps, start, len(start[key]))
        else:
            table, length = matches(self.facts, bound.pattern, wanted)
        if by_resource or not length:
            return table[key], table[member]
        columns = [self.literals.by_value(table[one]) for one in grouping.keys]
        _, group = np.unique(np.stack(columns), axis=1, return_inverse=True)
        return group.reshape(-1).astype(np.int64), table[member]

    # -- one round --------------------------------------------------------------------------------

    def register(self, bound: BoundRule) -> None:
        """Apply the rule from now on to what is new."""
        self.rules.append(bound)
        self._constants.update(_constants(bound.body))
        for atom in (bound.head, *bound.body):
            if isinstance(atom, BoundEdge):
                self._relations.add(atom.relation)
            elif isinstance(atom, BoundMember):
                self._kinds.add(atom.kind)
        for trigger in bound.triggers:
            if isinstance(trigger.atom, BoundEdge):
                self._by_relation[trigger.atom.relation].append((bound, trigger))
            elif isinstance(trigger.atom, BoundMember):
                self._by_kind[trigger.atom.kind].append((bound, trigger))

    def fire(self, edges: Columns, members: Columns, fresh: Fresh) -> None:
        """Apply every rule that something new may trigger; of groupings, tell the groups."""
        for relation, keys in edges.items():
            delta = Delta(keys)
            for bound, trigger in self._by_relation.get(relation, ()):
                self._apply(bound, trigger, delta, fresh)
        for kind, ids in members.items():
            delta = Delta(ids)
            for bound, trigger in self._by_kind.get(kind, ()):
                self._apply(bound, trigger, delta, fresh)

    def _apply(self, bound: BoundRule, trigger: Trigger, delta: Delta, fresh: Fresh) -> None:
        if _carry_over(bound, trigger, delta, fresh):
            self._watch(bound.rule, len(delta.column))
            return
        table, length = self._start(bound, trigger, delta)
        table, length = solve(self.facts, trigger.steps, table, length)
        if not length:
            return
        self._watch(bound.rule, length)
        if bound.rule.grouping:
            fresh.groups.append((bound, table))
        else:
            fresh.add(bound.head, table, length, bound.open_literals)

    def _start(self, bound: BoundRule, trigger: Trigger, delta: Delta) -> tuple[Table, int]:
        """The bindings that the new facts give to the triggering atom."""
        atom = trigger.atom
        if isinstance(atom, BoundMember):
            return {atom.item: delta.column}, len(delta.column)
        assert isinstance(atom, BoundEdge), "a datatype never triggers"
        source, target = atom.source, atom.target
        if min(source, target) < 0 or source == target:
            return self._start_narrowed(atom, delta)
        needed = bound.wanted.union(*(variables(step.atom) for step in trigger.steps))
        if target not in needed:
            return {source: delta.distinct_sources}, len(delta.distinct_sources)
        if source not in needed:
            return {target: delta.distinct_targets}, len(delta.distinct_targets)
        return {source: delta.sources, target: delta.targets}, len(delta.column)

    def _start_narrowed(self, atom: BoundEdge, delta: Delta) -> tuple[Table, int]:
        """As `_start`, for an edge with a constant or with one variable at both ends."""
        chosen = np.ones(len(delta.column), np.bool_)
        for slot, ends in ((atom.source, delta.sources), (atom.target, delta.targets)):
            if slot < 0:
                chosen &= ends == self.facts.canonical(~slot)
        keys = delta.column[chosen]
        table = edge_table(keys, atom.source, atom.target)
        length = len(keys) if not table else len(next(iter(table.values())))
        return table, length

    def _equal_members(self, bound: BoundRule, touched: Table) -> Ids:
        """Pairs that connect all resources a grouping makes equal, among the groups touched."""
        group, members = self.group_members(bound, touched)
        resource = ~is_literal(members)
        return neighbours(unique(pack(group[resource], members[resource])))

    # -- taking in what a round found -------------------------------------------------------------

    def _absorb(self, stamp: int, fresh: Fresh) -> tuple[dict[int, Ids], dict[int, Ids], Fresh]:
        """Add what is new to the facts and to the history.

        Returns:
            the new edges and members, by representatives, and what they entail for next time.
        """
        after = Fresh()
        if self.typing:
            self._tell_members(stamp, fresh)
        stated = fresh.edges.pop(self.same, [])
        pairs = union([*fresh.same, *(keys[~is_literal(targets(keys))] for keys in stated)])
        moved_edges, moved_members = self._unite(stamp, pairs, fresh, after)
        facts, history = self.facts, self.history
        typings = moved_edges.pop(self.type_of, EMPTY)
        edges = _absorb_columns(
            stamp,
            fresh.edges,
            moved_edges,
            facts.represent_keys,
            facts.linked,
            facts.add_edges,
            history.record_edges,
        )
        members = _absorb_columns(
            stamp,
            fresh.members,
            moved_members,
            facts.represent,
            facts.within,
            facts.add_members,
            history.record_members,
        )
        if self.typing:
            typings = self._tell_typings(stamp, members, typings)
            edges.update({self.type_of: typings} if len(typings) else {})
        if self.changes is not None:
            for relation, keys in edges.items():
                self.changes.edges[relation].append(keys)
            for kind, ids in members.items():
                self.changes.members[kind].append(ids)
        return edges, members, after

    def _tell_members(self, stamp: int, fresh: Fresh) -> None:
        """Take concluded edges of rdf:type for memberships, unless they would be axioms."""
        keys = union(fresh.edges.pop(self.type_of, []))
        keys = keys[~is_literal(targets(keys))]
        for kind, ids in groups(targets(keys), sources(keys)):
            if is_reserved(self.terms.term(kind)):
                self.history.record_members(kind, stamp, unique(ids))
                self._declared.append(unique(pack(ids, np.full(len(ids), kind))))
                self.unread.append(self._declared[-1])
            else:
                fresh.members[kind].append(ids)

    def _tell_typings(self, stamp: int, members: Columns, moved: Ids) -> Ids:
        """Keep new members of classes with a name as edges of rdf:type, too.

        Args:
            moved: such edges about individuals that are represented by others from now on.

        Returns:
            the edges, by representatives.
        """
        told = [
            pack(ids, np.full(len(ids), kind))
            for kind, ids in members.items()
            if self.terms.named(kind)
        ]
        keys = union([*told, *self._declared, moved])
        self._declared = []
        new = unique(self.facts.represent_keys(keys))
        self.history.record_edges(self.type_of, stamp + 1, union([keys, new]))
        new = _unknown(new, self.type_of, self.facts.linked)
        self.facts.add_edges(self.type_of, new)
        return new

    def _unite(
        self, stamp: int, pairs: Ids, fresh: Fresh, after: Fresh
    ) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """Make individuals the same; gives the facts that must now be told anew."""
        links, lost = self.facts.unite(pairs)
        if not len(lost):
            return {}, {}
        # what was the same as a constant of a rule already may match it only now
        constants = self.facts.represent(np.array(sorted(self._constants), np.int64))
        kept = self.facts.represent(lost)
        lost = union([lost, kept[np.isin(kept, constants)]])
        self.history.record_links(stamp, links)
        relations, kinds = self._naming(fresh)
        for key in self._new_synonyms("relation", links, relations):
            for one, other in ((key >> 32, key & 0xFFFFFFFF), (key & 0xFFFFFFFF, key >> 32)):
                old, new = self.terms.resource(one), self.terms.resource(other)
                self.register(sharing(self.terms, old, new, classes=False))
                after.edges[other].append(self.facts.edges(one))
        for key in self._new_synonyms("kind", links, kinds):
            for one, other in ((key >> 32, key & 0xFFFFFFFF), (key & 0xFFFFFFFF, key >> 32)):
                old, new = self.terms.resource(one), self.terms.resource(other)
                self.register(sharing(self.terms, old, new, classes=True))
                after.members[other].append(self.facts.members(one))
        edges, members = self.facts.withdraw(lost)
        if self.changes is not None:
            self.changes.equality = True
            for relation, keys in edges.items():
                self.changes.lost_edges[relation].append(keys)
            for kind, ids in members.items():
                self.changes.lost_members[kind].append(ids)
        return edges, members

    def _naming(self, fresh: Fresh) -> tuple[set[int], set[int]]:
        """The names of properties and of classes."""
        if self.typing:  # anything may become the name of a class
            everything = set(range(len(self.terms.resources)))
            return self._relations | fresh.edges.keys(), everything
        relations, kinds = self._relations | fresh.edges.keys(), self._kinds | fresh.members.keys()
        if self.facts.sparse:  # there may be names that no rule uses
            return relations | self.facts.relations, kinds | self.facts.kinds
        return relations, kinds

    def names(self, resource: int) -> bool:
        """Whether the id is already known to name a property or a class."""
        known = (self._relations, self._kinds, self.facts.relations, self.facts.kinds)
        return any(resource in names for names in known)

    def _new_synonyms(self, what: str, links: Ids, names: set[int]) -> list[int]:
        """The links, new or old, that from now on connect names of properties or of classes."""
        links = union([self._other_links.get(what, EMPTY), links])
        used = self.facts.represent(np.array(sorted(names), np.int64))
        naming = np.isin(self.facts.represent(sources(links)), used)
        self._other_links[what] = links[~naming]
        keys: list[int] = links[naming].tolist()
        return [
            key for key in keys if not any(map(self._is_reserved, (key >> 32, key & 0xFFFFFFFF)))
        ]

    def _is_reserved(self, resource: int) -> bool:
        return is_reserved(self.terms.resource(resource))


def _constants(body: Iterable[BoundAtom]) -> Iterator[int]:
    """The individuals that a body names."""
    for atom in body:
        if isinstance(atom, BoundEdge):
            yield from (~slot for slot in (atom.source, atom.target) if LITERAL > ~slot >= 0)


def _carry_over(bound: BoundRule, trigger: Trigger, delta: Delta, fresh: Fresh) -> bool:
    """Whether the rule only carries a column over, as it is or turned round; then it has been."""
    head, atom = bound.head, trigger.atom
    if trigger.steps or bound.rule.grouping:
        return False
    if isinstance(head, BoundMember) and isinstance(atom, BoundMember):
        fresh.members[head.kind].append(delta.column)
        return True
    if not isinstance(head, BoundEdge) or not isinstance(atom, BoundEdge):
        return False
    ends = (atom.source, atom.target)
    if min(ends) < 0 or atom.source == atom.target:
        return False
    if (head.source, head.target) == ends:
        fresh.edges[head.relation].append(delta.column)
        return True
    if (head.target, head.source) == ends:
        fresh.edges[head.relation].append(delta.turned)
        return True
    return False


def _absorb_columns(
    stamp: int,
    fresh: dict[int, list[Ids]],
    moved: dict[int, Ids],
    represent: Callable[[Ids], Ids],
    known: Callable[[int, Ids], Mask],
    add: Callable[[int, Ids], None],
    record: Callable[[int, int, Ids], None],
) -> dict[int, Ids]:
    """Add what is new in each column, by representatives, and keep it as it was derived.

    Args:
        fresh: what was derived at this stamp.
        moved: known facts about individuals that are represented by others from now on.
    """
    delta: dict[int, Ids] = {}
    for name in sorted(fresh.keys() | moved.keys()):
        derived = union(fresh.get(name, []))
        settled = represent(derived)
        again = [represent(moved[name])] if name in moved else []
        if settled is not derived and (changed := settled != derived).any():
            record(name, stamp, derived[changed])
            again.append(settled[changed])
            derived = derived[~changed]
        new = _unknown(derived, name, known)
        record(name, stamp, new)
        if again:
            told = difference(_unknown(union(again), name, known), new)
            record(name, stamp + 1, told)
            new = merge(new, told)
        if len(new):
            delta[name] = new
            add(name, new)
    return delta


def _unknown(values: Ids, name: int, known: Callable[[int, Ids], Mask]) -> Ids:
    return values[~known(name, values)] if len(values) else values


def matches(
    facts: Facts, body: Iterable[BoundAtom], wanted: frozenset[int] | None = None
) -> tuple[Table, int]:
    """All bindings under which a body holds, of the wanted variables (by default all)."""

    def size(atom: BoundAtom) -> int:
        if isinstance(atom, BoundMember):
            return facts.count(None, atom.kind)
        return facts.count(atom.relation) if isinstance(atom, BoundEdge) else 1 << 40

    atoms = sorted(body, key=size)
    if wanted is None:
        wanted = frozenset().union(*map(variables, atoms))
    return solve(facts, plan(atoms, frozenset(), wanted), {}, 1)
