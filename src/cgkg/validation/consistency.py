"""What is wrong with what follows: contradictions, and axioms that no rule handles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cgkg.languages import N_, translations
from cgkg.project.sources import Sources
from cgkg.rdf.lines import Place
from cgkg.rdf.terms import Triple, parts
from cgkg.reasoning import Closure, Inconsistency, Proof, UnsupportedAxiom
from cgkg.validation.locating import FindingPlaces
from cgkg.validation.report import Finding, abbreviate, finding

__all__ = ["check_closure"]

# What the reasoner calls an axiom that is wrong in OWL 2 of any profile.
_MISTAKES = (
    "a literal where", "a malformed list", "a negative assertion about a literal",
    "an axiom by which owl:Thing is empty", "owl:sameAs with a literal",
)  # fmt: skip
_OWL_NAMES = """
AllDifferent AllDisjointClasses AllDisjointProperties Annotation AnnotationProperty
AsymmetricProperty Axiom Class DataRange DatatypeProperty DeprecatedClass DeprecatedProperty
FunctionalProperty InverseFunctionalProperty IrreflexiveProperty NamedIndividual
NegativePropertyAssertion Nothing ObjectProperty Ontology OntologyProperty ReflexiveProperty
Restriction SymmetricProperty Thing TransitiveProperty allValuesFrom annotatedProperty
annotatedSource annotatedTarget assertionProperty backwardCompatibleWith bottomDataProperty
bottomObjectProperty cardinality complementOf datatypeComplementOf deprecated differentFrom
disjointUnionOf disjointWith distinctMembers equivalentClass equivalentProperty hasKey hasSelf
hasValue imports incompatibleWith intersectionOf inverseOf maxCardinality
maxQualifiedCardinality members minCardinality minQualifiedCardinality onClass onDataRange
onDatatype onProperties onProperty oneOf priorVersion propertyChainAxiom propertyDisjointWith
qualifiedCardinality rational real sameAs someValuesFrom sourceIndividual targetIndividual
targetValue topDataProperty topObjectProperty unionOf versionIRI versionInfo withRestrictions
"""
_OWL = frozenset(_OWL_NAMES.split())


def check_closure(sources: Sources, closure: Closure, places: FindingPlaces) -> list[Finding]:
    """The contradictions of a closure, with the statements that they rest on, and what is left out.

    Args:
        sources: what it is the closure of.
        closure: the closure.
        places: where statements of the project stand.
    """
    return [
        *(_inconsistency(item, closure, sources, places) for item in closure.inconsistencies),
        *(_unsupported(item, sources) for item in closure.unsupported),
    ]


def _inconsistency(
    item: Inconsistency, closure: Closure, sources: Sources, places: FindingPlaces
) -> Finding:
    """A contradiction, placed at a statement it rests on; the others are named in the hint.

    A literal that is none of its datatype is a warning where others wrote it: it is mostly in an
    annotation, and nothing follows from it.
    """
    leaves = dict.fromkeys(
        leaf for triple in item.premises for leaf in _leaves(closure.explain(triple), triple)
    )
    graphs = sources.graphs.values()
    first = next((leaf for leaf in leaves if any(leaf in part for part in graphs)), None)
    first = first or next(iter(leaves), None)
    focus, predicate, value = parts(first) if first else (None, None, None)
    found_at = {leaf: sources.vocabulary.place_of(leaf) or places.of(leaf) for leaf in leaves}
    rests = [f"{_location(place)}{_short(leaf)}" for leaf, place in found_at.items()]
    foreign = item.rule == "dt-not-type" and all(map(sources.imports_alone, leaves))
    told = finding(
        item.rule,
        translations("inconsistent: {message}", message=item.message),
        focus,
        severity="warning" if foreign else "violation",
        predicate=predicate,
        value=value,
        hint={
            language: "\n".join(said.format(line=line) for line in rests)
            for language, said in translations(N_("rests on {line}")).items()
        },
    )
    return _at(told, found_at[first] if first else None)


def _at(finding: Finding, place: Place | None) -> Finding:
    """The finding with this place, if there is one."""
    return replace(finding, path=place.path, line=place.line or None) if place else finding


def _leaves(proof: Proof | None, triple: Triple) -> Iterator[Triple]:
    """The asserted triples that a proof ends in."""
    if proof is None or proof.rule is None:
        yield triple
        return
    for premise in proof.premises:
        yield from _leaves(premise, premise.triple)


def _short(triple: Triple) -> str:
    return " ".join(map(abbreviate, parts(triple)))


def _location(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{place.path}:{place.line}: " if place.line else f"{place.path}: "


def _unsupported(item: UnsupportedAxiom, sources: Sources) -> Finding:
    """A remark: OWL 2 RL's rules may be used on any graph, and leave out what they do not know.

    What is written wrongly is a violation, unless others wrote it.
    """
    focus, predicate, value = parts(item.axiom)
    first = item.construct.split()[0]
    misspelt = first.startswith("owl:") and first.removeprefix("owl:") not in _OWL
    wrong = (misspelt or item.construct.startswith(_MISTAKES)) and not sources.imports_alone(
        item.axiom
    )
    said = N_("no OWL 2 RL rule handles {construct} here")
    if item.has_rule:
        said = N_("cgkg applies no rule to {construct}")
    told = finding(
        "unsupported-axiom",
        translations(said, construct=item.construct),
        focus,
        severity="violation" if wrong else "info",
        predicate=predicate,
        value=value,
    )
    return _at(told, sources.vocabulary.place_of(item.axiom))
