"""A closure that is kept while statements come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Self

from cgkg.rdf.terms import IRI, BlankNode, Literal, Triple, parts
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.closure import Closure, as_closure, materialise
from cgkg.reasoning.contradictions.contradictions import Contradictions
from cgkg.reasoning.core.columns import EMPTY, Ids, sources, targets, union
from cgkg.reasoning.core.encoded import Encoded
from cgkg.reasoning.core.facts import Columns
from cgkg.reasoning.core.materialise import Changes
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.incremental.difference import TouchedTriples
from cgkg.reasoning.incremental.retract import EqualityLostError, Retraction
from cgkg.reasoning.incremental.support import Support
from cgkg.reasoning.rules import datatypes, schema
from cgkg.reasoning.rules.axioms import AxiomIndex, declares, states_axiom
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Edge


class Reasoner:
    """An ontology and data, and what follows from them; both may change.

    An update costs what it changes, with five exceptions that derive everything anew: when an
    axiom changes, when a rule treats rdf:type as it does other properties, when individuals may no
    longer be the same, when something becomes a property or a class that is already known to be the
    same as something else, and when a literal comes that has the value of one in the ontology,
    written differently.
    """

    def __init__(
        self, encoded: Encoded, ontology: Iterable[Triple] = (), *, include_schema: bool = False
    ) -> None:
        """Begin with triples in ids.

        Args:
            encoded: ontology and data; its numbering is used on.
            ontology: the axioms among them, in the order in which they are to be read.
            include_schema: as for `cgkg.reasoning.close`.
        """
        self._include_schema = include_schema
        self._terms = encoded.terms
        self._ontology = dict.fromkeys([*filter(_is_axiom, ontology), *encoded.axioms()])
        self._version = 0
        self._closure: Closure | None = None
        self._touched: TouchedTriples | None = None
        self._start(*encoded.facts())

    @classmethod
    def open(
        cls, ontology: Iterable[Triple], data: Iterable[Triple], *, include_schema: bool = False
    ) -> Self:
        """Begin with triples."""
        stated = list(ontology)
        encoded = Encoded.of(TermDictionary(), [*stated, *data])
        return cls(encoded, stated, include_schema=include_schema)

    @property
    def closure(self) -> Closure:
        """What follows now; a closure taken before an update answers no more questions after it."""
        if self._closure is None:
            self._closure = self._as_closure()
        return self._closure

    def add(self, triples: Iterable[Triple]) -> None:
        """State triples, axioms among them; what is stated already stays stated once."""
        new = list(triples)
        axioms = [triple for triple in new if _is_axiom(triple) and triple not in self._ontology]
        literals = len(self._terms.literals)
        edges, members = self._which(Encoded.of(self._terms, new), stated=False)
        if axioms or self._start_anew(edges, members, literals):
            self._ontology.update(dict.fromkeys(axioms))
            self._restart(edges, members)
        elif edges or members:
            self._update(lambda: self._materialisation.add(edges, members), edges, members)

    def remove(self, triples: Iterable[Triple]) -> None:
        """Take back triples, axioms among them; what was not stated is passed over."""
        old = [
            triple
            for triple in dict.fromkeys(triples)
            if None not in map(self._terms.find, parts(triple))
        ]
        axioms = [triple for triple in old if triple in self._ontology]
        edges, members = self._which(Encoded.of(self._terms, old), stated=True)
        if axioms:
            for triple in axioms:
                del self._ontology[triple]
            self._forget(edges, members)
            self._restart({}, {})
        elif (edges or members) and self._materialisation.typing:
            self._forget(edges, members)
            self._restart({}, {})
        elif edges or members:
            try:
                self._update(lambda: self._retraction().run(edges, members), edges, members)
            except EqualityLostError:
                self._restart({}, {})

    def compare(self, known: Set[Triple]) -> tuple[list[Triple], list[Triple]] | None:
        """What is inferred now that was not, and what no more, since this was last called.

        Args:
            known: what was inferred then.

        Returns:
            None if everything was derived anew meanwhile, or with `include_schema`: then compare
            with all that `closure` infers.
        """
        touched, self._touched = self._touched, TouchedTriples(self._materialisation)
        if touched is None or self._include_schema:
            return None
        return touched.compare(known)

    # -- from the beginning -----------------------------------------------------------------------

    def _start(self, edges: Columns, members: Columns) -> None:
        """Derive everything from the statements."""
        self._axioms = AxiomIndex(self._ontology)
        self._ruleset = compile(self._axioms)
        self._materialisation = materialise(
            self._terms, self._ruleset, self._axioms, edges, members
        )
        self._materialisation.facts.sparse = True
        self._support = Support(self._materialisation)
        self._contradictions = Contradictions(self._materialisation, self._ruleset)
        self._names = schema.entailed_conclusions(self._axioms) if self._include_schema else {}
        self._touched = None
        self._mark_changed()

    def _restart(self, edges: Columns, members: Columns) -> None:
        """As `_start`, from what is stated and these statements."""
        history = self._materialisation.history
        all_edges = {one: known.stated() for one, known in history.edges.items()}
        all_members = {
            one: known.stated()
            for one, known in history.members.items()
            if not declares(self._terms.term(one))
        }
        for stated, new in ((all_edges, edges), (all_members, members)):
            stated.update({name: union([stated.get(name, ids), ids]) for name, ids in new.items()})
        self._start(
            {one: keys for one, keys in all_edges.items() if len(keys)},
            {one: ids for one, ids in all_members.items() if len(ids)},
        )

    def _start_anew(self, edges: Columns, members: Columns, literals: int) -> bool:
        """Whether these statements change what the rules are."""
        closure = self._materialisation
        if closure.typing or self._terms.id(RDF.type) in _ends(edges.get(closure.same, EMPTY)):
            return True
        for name in (*edges, *members):
            if not closure.names(name) and len(closure.facts.alike(name)) > 1:
                return True
        new = {
            datatypes.value(self._terms.literals[place])
            for place in range(literals, len(self._terms.literals))
        }
        return bool(new) and not new.isdisjoint(self._constants())

    def _constants(self) -> Iterator[datatypes.Value]:
        """The values of the literals that rules ask for."""
        rules, checks = self._ruleset.rules, self._ruleset.checks
        for body in (*(rule.body for rule in rules), *(check.body for check in checks)):
            for atom in body:
                if isinstance(atom, Edge) and isinstance(atom.target, Literal):
                    value = datatypes.value(atom.target)
                    if value is not None:
                        yield value

    # -- one update -------------------------------------------------------------------------------

    def _update(self, change: Callable[[], None], edges: Columns, members: Columns) -> None:
        closure = self._materialisation
        closure.changes = Changes()
        try:
            change()
            self._contradictions.update(closure.changes)
            if self._touched is not None:
                self._touched.note(closure.changes, edges, members)
        finally:
            closure.changes = None
            self._mark_changed()

    def _mark_changed(self) -> None:
        self._version += 1
        self._closure = None

    def _retraction(self) -> Retraction:
        return Retraction(self._materialisation, self._support)

    def _which(self, encoded: Encoded, *, stated: bool) -> tuple[dict[int, Ids], dict[int, Ids]]:
        """The facts among the triples that are stated, or those that are not."""
        history = self._materialisation.history
        edges, members = encoded.facts()
        chosen_edges = {
            one: keys[(history.column(one).stamps_of(keys) == 0) == stated]
            for one, keys in edges.items()
        }
        chosen_members = {
            one: ids[(history.column(None, one).stamps_of(ids) == 0) == stated]
            for one, ids in members.items()
        }
        return (
            {one: keys for one, keys in chosen_edges.items() if len(keys)},
            {one: ids for one, ids in chosen_members.items() if len(ids)},
        )

    def _forget(self, edges: Columns, members: Columns) -> None:
        history = self._materialisation.history
        for relation, keys in edges.items():
            history.edges[relation].remove(keys)
        for kind, ids in members.items():
            history.members[kind].remove(ids)

    def _as_closure(self) -> Closure:
        version = self._version

        def check() -> None:
            if version != self._version:
                raise RuntimeError(
                    "the closure has changed since; ask the reasoner for the new one"
                )

        return as_closure(
            self._materialisation,
            self._ruleset,
            self._axioms,
            self._names,
            inconsistencies=self._contradictions.all(),
            check=check,
        )


def _ends(keys: Ids) -> set[int]:
    return {*sources(keys).tolist(), *targets(keys).tolist()}


def _is_axiom(triple: Triple) -> bool:
    """Whether the compiler reads the triple."""
    _, predicate, target = parts(triple)
    if predicate == RDF.type:
        return isinstance(target, BlankNode) or (isinstance(target, IRI) and declares(target))
    return states_axiom(predicate) or predicate in (RDF.first, RDF.rest)
