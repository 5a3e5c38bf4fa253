"""The language of rules: atoms over facts, rules with a head, checks without one.

Variables are numbers local to a rule; constants are terms. A rule bears its W3C name and the axioms
it was compiled from.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Literal as OneOf

from cgkg.rdf.terms import IRI, Subject, Term, Triple
from cgkg.rdf.vocab import RDF
from cgkg.reasoning.rules.diagnostics import UnsupportedAxiom

Slot = int | Term
"""A variable of the rule, by number, or a constant."""


@dataclass(frozen=True, slots=True)
class Member:
    """T(item, rdf:type, kind)."""

    item: Slot
    kind: Subject


@dataclass(frozen=True, slots=True)
class Edge:
    """T(source, relation, target)."""

    source: Slot
    relation: Subject
    target: Slot


@dataclass(frozen=True, slots=True)
class InDatatype:
    """The literal lies in the datatype; with `holds` False, it is known not to."""

    item: int
    datatype: IRI
    holds: bool = True


Atom = Member | Edge | InDatatype


@dataclass(frozen=True, slots=True)
class Grouping:
    """What makes members equal: all that match the pattern with the same keys are one.

    It says the same as a rule's body, which matches the pattern twice, without the square of the
    number of members.
    """

    pattern: tuple[Atom, ...]
    keys: tuple[int, ...]
    member: int


@dataclass(frozen=True, slots=True)
class Rule:
    """If the body holds, so does the head. An empty body: the axioms alone entail the head."""

    name: str
    head: Member | Edge
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...]
    grouping: Grouping | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """If the body holds, the facts are inconsistent."""

    name: str
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """No two of the members share an instance, a pair, or are the same individual."""

    name: str
    kind: OneOf["classes", "properties", "individuals"]
    members: tuple[Subject, ...]
    axioms: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """An ontology as rules over facts."""

    rules: tuple[Rule, ...]
    checks: tuple[Check, ...]
    exclusions: tuple[Exclusion, ...]
    unsupported: tuple[UnsupportedAxiom, ...]

    @property
    def typing(self) -> bool:
        """Whether a rule treats rdf:type as it does other properties, whatever the class."""
        atoms = (atom for rule in self.rules for atom in (rule.head, *rule.body))
        checked = (atom for check in self.checks for atom in check.body)
        return any(RDF.type in one.members for one in self.exclusions) or any(
            isinstance(atom, Edge) and atom.relation == RDF.type for atom in chain(atoms, checked)
        )
