"""The axioms of a run and what they compile to, from the files of the run alone.

Terms are numbered as the tables of the run have them (`cgkg.reasoning.spark.ids`) and, for the
compiler, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Literal, Term, Triple, parts
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.core.facts import Literals
from cgkg.reasoning.core.plans import (
    BoundAtom,
    BoundEdge,
    BoundMember,
    BoundRule,
    bind,
    bind_rule,
    sharing,
    spell,
)
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.rules.axioms import SAME, AxiomIndex
from cgkg.reasoning.rules.rules import compile
from cgkg.reasoning.rules.ruleset import Atom, Check, Edge, InDatatype, Rule
from cgkg.reasoning.spark import ids
from cgkg.reasoning.spark.literals import Asked, terms_of, value_key
from cgkg.reasoning.spark.shapes import RuleShapes
from cgkg.reasoning.spark.work import Work

AXIOMS = "axioms.nt"


class Compiled:
    """What the axioms of a run compile to.

    Attributes:
        axioms: the triples that the compiler reads.
        ruleset: what they compile to.
        terms: the compiler's numbering.
        literals: what its literals denote.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self._seed = work.state.seed or 0
        quads = parse_file(work.folder / AXIOMS)
        self.axioms = AxiomIndex(quad.triple for quad in quads)
        self.ruleset = compile(self.axioms)
        self.terms = TermDictionary()
        self.terms.encode([term for axiom in self.axioms for term in parts(axiom.triple)])
        self.literals = Literals(self.terms)
        self.type_of, self.same = self.number(RDF.type), self.number(SAME)
        self.reserved = frozenset(work.state.reserved)

    @property
    def typing(self) -> bool:
        """Whether rdf:type takes part as other properties do."""
        return self.ruleset.typing or self.work.state.typing

    def number(self, term: Term) -> int:
        """The number of a term in the tables."""
        return ids.number(str(term), self._seed)

    def identify(self, identifier: int) -> int:
        """The number in the tables of a term that the compiler has numbered."""
        return self.number(self.terms.term(identifier))

    # -- rules -------------------------------------------------------------------------------------

    @cached_property
    def bound(self) -> list[BoundRule]:
        """The rules in ids, once for each literal of one value with a constant."""
        self._number_alike()
        rules = self.ruleset.rules
        return [one for rule in rules for one in bind_rule(self.terms, self.literals, rule)]

    @cached_property
    def shapes(self) -> RuleShapes:
        """The rules as shapes."""
        shapes = RuleShapes()
        for bound in self.bound:
            shapes.add(bound, self.identify, self.same)
        return shapes

    def bodies(self, check: Check) -> Sequence[Sequence[BoundAtom]]:
        """The body of a check in ids, once for each literal of one value with a constant."""
        self._number_alike()
        return spell(self.literals, tuple(bind(self.terms, atom) for atom in check.body))

    def _number_alike(self) -> None:
        self.terms.encode(terms_of(self.work.state.alike))

    def share(self, what: str, one: str, other: str) -> BoundRule:
        """The rule by which what has a property or class has another one that is the same.

        Args:
            what: "p" of properties, "k" of classes.
            one, other: their texts in N-Triples.
        """
        old, new = terms_of((one, other))
        assert not isinstance(old, Literal | Triple)
        assert not isinstance(new, Literal | Triple)
        return sharing(self.terms, old, new, classes=what == "k")

    @cached_property
    def shares(self) -> list[BoundRule]:
        """All such rules so far; of a run that is done, all there are."""
        listed = dict.fromkeys((*self.work.state.shares, *self.work.state.unshared))
        return [self.share(*one) for one in listed]

    def individuals(self) -> set[int]:
        """The individuals that bodies name."""
        return self.shapes.individuals()

    def constants_of_checks(self) -> set[Term]:
        """The individuals and literals that checks name."""
        atoms = [atom for check in self.ruleset.checks for atom in check.body]
        ends = [end for a in atoms if isinstance(a, Edge) for end in (a.source, a.target)]
        return {end for end in ends if not isinstance(end, int)}

    @cached_property
    def named(self) -> dict[str, set[int]]:
        """The properties ("p") and classes ("k") that rules name."""
        named: dict[str, set[int]] = {"p": set(), "k": set()}
        for bound in self.bound:
            for atom in (bound.head, *bound.body):
                if isinstance(atom, BoundEdge):
                    named["p"].add(self.identify(atom.relation))
                elif isinstance(atom, BoundMember):
                    named["k"].add(self.identify(atom.kind))
        return named

    # -- literals ----------------------------------------------------------------------------------

    @cached_property
    def compares(self) -> bool:
        """Whether a rule compares literals by their values."""
        several = any(one.kind == "properties" for one in self.ruleset.exclusions)
        return several or any(map(_compares, self.ruleset.rules))

    @property
    def _atoms(self) -> list[Atom]:
        """The atoms of all bodies."""
        bodies = [rule.body for rule in self.ruleset.rules]
        bodies += [check.body for check in self.ruleset.checks]
        return [atom for body in bodies for atom in body]

    @cached_property
    def asked(self) -> Asked:
        """What must be known of the literals of the data."""
        names = {atom.datatype.value for atom in self._atoms if isinstance(atom, InDatatype)}
        values = self.compares or bool(self.constant_values)
        return Asked(values, tuple(sorted(names)))

    @cached_property
    def constant_values(self) -> list[str]:
        """The values of the literals that bodies name."""
        ends = [atom.target for atom in self._atoms if isinstance(atom, Edge)]
        keys = {value_key(end) for end in ends if isinstance(end, Literal)}
        return sorted(key for key in keys if key is not None)


def _compares(rule: Rule) -> bool:
    """Whether members or keys of the rule's grouping may be literals."""
    grouping = rule.grouping
    if grouping is None:
        return False
    targets = {atom.target for atom in grouping.pattern if isinstance(atom, Edge)}
    return bool(targets & {*grouping.keys, grouping.member})
