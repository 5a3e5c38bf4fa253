"""The facts of a closure that contradictions rest on, and how they are told as triples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.contradictions.cases import Fact
from cgkg.reasoning.core.columns import (
    Ids,
    sources,
    targets,
    union,
)
from cgkg.reasoning.core.join import Table, edge_table
from cgkg.reasoning.core.materialise import Changes, Materialisation
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundDatatype,
    BoundEdge,
    BoundMember,
    bind,
    spell,
)
from cgkg.reasoning.core.terms import LITERAL
from cgkg.reasoning.rules.ruleset import Check


class ClosureFacts:
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
