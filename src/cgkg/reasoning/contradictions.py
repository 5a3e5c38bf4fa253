"""Which checks fail on a closure: every contradiction, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np

from cgkg.rdf import IRI, Triple
from cgkg.reasoning import datatypes
from cgkg.reasoning.axioms import DIFFERENT, SAME
from cgkg.reasoning.columns import Ids, groups, sources, targets
from cgkg.reasoning.diagnostics import Inconsistency, inconsistency
from cgkg.reasoning.materialise import Materialisation, matches
from cgkg.reasoning.plans import BoundAtom, BoundEdge, BoundMember, BoundRule, bind
from cgkg.reasoning.ruleset import Check, Exclusion, Ruleset
from cgkg.reasoning.terms import LITERAL, is_literal
from cgkg.vocab import RDF


def find(closure: Materialisation, ruleset: Ruleset) -> tuple[Inconsistency, ...]:
    """All contradictions, each once, in a stable order."""
    search = _Search(closure)
    found: dict[tuple[str, frozenset[Triple]], Inconsistency] = {}
    for part in (
        search.ill_formed(),
        search.different(),
        *(search.excluded(exclusion) for exclusion in ruleset.exclusions),
        *(search.failed(check) for check in ruleset.checks),
        *(search.clashing(bound) for bound in closure.rules),
    ):
        for one in part:
            found.setdefault((one.rule, frozenset(one.premises)), one)
    return tuple(
        sorted(found.values(), key=lambda one: (one.rule, [str(triple) for triple in one.premises]))
    )


class _Search:
    def __init__(self, closure: Materialisation) -> None:
        self.closure = closure
        self.facts = closure.facts
        self.terms = closure.terms

    # -- rules that conclude "false" --------------------------------------------------------------

    def ill_formed(self) -> Iterator[Inconsistency]:
        """dt-not-type: stated literals outside the lexical space of their own datatype."""
        wrong = [
            LITERAL + place
            for place, literal in enumerate(self.terms.literals)
            if not datatypes.well_formed(literal)
        ]
        if not wrong:
            return
        for relation in self.closure.history.edges:
            keys = self.closure.history.asserted_edges(relation)
            for key in keys[np.isin(targets(keys), wrong)].tolist():
                yield inconsistency("dt-not-type", tuple(self.edge(relation, key)), ())

    def different(self) -> Iterator[Inconsistency]:
        """eq-diff1: said to be different, and the same."""
        relation = self.terms.find(DIFFERENT)
        runs = self.closure.history.edges.get(relation, []) if relation is not None else []
        for stamp, keys in runs:
            if stamp % 2 == 0:  # odd stamps tell the same again, by representatives
                represent = self.facts.represent
                same = represent(sources(keys)) == represent(targets(keys))
                for key in keys[same].tolist():
                    one, other = self.terms.resource(key >> 32), self.terms.term(key & 0xFFFFFFFF)
                    equal = () if one == other else (Triple(one, SAME, other),)
                    premises = (Triple(one, DIFFERENT, other), *equal)
                    yield inconsistency("eq-diff1", premises, ())

    def failed(self, check: Check) -> Iterator[Inconsistency]:
        """The matches of a check's body."""
        atoms = tuple(bind(self.terms, atom) for atom in check.body)
        table, length = matches(self.facts, atoms)
        columns = {variable: column.tolist() for variable, column in table.items()}
        for row in range(length):
            binding = {variable: column[row] for variable, column in columns.items()}
            yield inconsistency(check.name, self.told(atoms, binding), check.axioms)

    def excluded(self, exclusion: Exclusion) -> Iterator[Inconsistency]:
        """eq-diff2, eq-diff3, prp-adp, cax-adc: what two members of a list share."""
        ids = [self.terms.id(member) for member in exclusion.members]
        if exclusion.kind == "individuals":
            yield from self.coinciding(exclusion, ids)
            return
        classes = exclusion.kind == "classes"
        column = self.facts.members if classes else self.facts.edges
        for shared, owners in _shared(ids, [column(one) for one in ids]):
            for pair in pairwise(owners):
                premises = [
                    triple
                    for owner in pair
                    for triple in (
                        self.member(owner, shared) if classes else self.edge(owner, shared)
                    )
                ]
                yield inconsistency(exclusion.name, tuple(premises), exclusion.axioms)

    def coinciding(self, exclusion: Exclusion, ids: list[int]) -> Iterator[Inconsistency]:
        """Individuals of the list that are the same."""
        column = np.array(ids, np.int64)
        for _, same in groups(self.facts.represent(column), column):
            for one, other in pairwise(sorted(set(same.tolist()))):
                premise = Triple(self.terms.resource(one), SAME, self.terms.resource(other))
                yield inconsistency(exclusion.name, (premise,), exclusion.axioms)

    def clashing(self, bound: BoundRule) -> Iterator[Inconsistency]:
        """dt-diff: literals that a rule makes the same although their values differ."""
        grouping = bound.rule.grouping
        if grouping is None or grouping.member not in bound.open_literals:
            return
        group, members = self.closure.grouped(bound)
        literal = is_literal(members)
        for key, literals in groups(group[literal], members[literal]):
            for pair in pairwise(self.by_value(literals)):
                premises = [
                    triple
                    for one in pair
                    for triple in self.told(
                        bound.pattern, {grouping.keys[0]: key, grouping.member: one}
                    )
                ]
                yield inconsistency("dt-diff", tuple(dict.fromkeys(premises)), bound.rule.axioms)

    def by_value(self, literals: Ids) -> list[int]:
        """One literal for each of the known values."""
        by_value: dict[datatypes.Value, int] = {}
        for number in sorted(set(literals.tolist())):
            denoted = datatypes.value(self.terms.literals[number - LITERAL])
            if denoted is not None:
                by_value.setdefault(denoted, number)
        return list(by_value.values())

    # -- triples ----------------------------------------------------------------------------------

    def told(self, atoms: Iterable[BoundAtom], binding: dict[int, int]) -> tuple[Triple, ...]:
        """The triples that the atoms are under a binding, each once."""

        def of(slot: int) -> int:
            return binding[slot] if slot >= 0 else ~slot

        found: dict[Triple, None] = {}
        for atom in atoms:
            if isinstance(atom, BoundMember):
                found.update(dict.fromkeys(self.member(atom.kind, of(atom.item))))
            elif isinstance(atom, BoundEdge):
                key = of(atom.source) << 32 | of(atom.target)
                found.update(dict.fromkeys(self.edge(atom.relation, key)))
        return tuple(found)

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


def _shared(ids: list[int], columns: list[Ids]) -> Iterator[tuple[int, list[int]]]:
    """The values that several columns hold, each with the ids of those columns."""
    values = np.concatenate([np.empty(0, np.int64), *columns])
    owners = np.repeat(np.array(ids, np.int64), [len(column) for column in columns])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    again = np.zeros(len(values), np.bool_)
    twice = values[1:] == values[:-1]
    again[1:] |= twice
    again[:-1] |= twice
    for value, found in groups(values[again], owners[again]):
        if len(set(found.tolist())) > 1:
            yield value, list(dict.fromkeys(found.tolist()))
