"""The names of SHACL, and what shapes say that asks for nothing.

A misspelt parameter is no error of the specification: the shape then demands less, in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from cgkg.rdf.terms import IRI, Literal, Subject, Term, Triple, parts
from cgkg.rdf.vocab import RDF, SH
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.parameters import OTHERS
from cgkg.shacl.targets import PREDICATES, read_targets

_BOOLEANS = (
    SH.closed, SH.uniqueLang, SH.deactivated, SH.qualifiedValueShapesDisjoint, SH.optional,
)  # fmt: skip
_SHAPES = (SH.NodeShape, SH.PropertyShape)
_PASSED_OVER = (SH.resultAnnotation, SH.values_)
_OF_SHAPES = (SH.node, SH.not_, SH.qualifiedValueShape)
_OF_LISTS = (SH.and_, SH.or_, SH.xone)
_QUERIES = (SH.select, SH.ask)
_SHAPES_BY = frozenset((*PREDICATES, SH.path, SH.property))
_LIKE_SHACL = re.compile(r"https?://(?:www\.)?w3\.org/ns/shacl[#/]?([a-z-]+)", re.IGNORECASE)
_COMPONENTS = """
And-and Class-class Closed-closed Closed-ignoredProperties Datatype-datatype Disjoint-disjoint
Equals-equals Expression-expression HasValue-hasValue In-in LanguageIn-languageIn
LessThan-lessThan LessThanOrEquals-lessThanOrEquals MaxCount-maxCount MaxExclusive-maxExclusive
MaxInclusive-maxInclusive MaxLength-maxLength MinCount-minCount MinExclusive-minExclusive
MinInclusive-minInclusive MinLength-minLength Node-node NodeKind-nodeKind Not-not Or-or
Pattern-pattern Pattern-flags Property-property QualifiedMaxCount-qualifiedMaxCount
QualifiedMaxCount-qualifiedValueShape QualifiedMaxCount-qualifiedValueShapesDisjoint
QualifiedMinCount-qualifiedMinCount QualifiedMinCount-qualifiedValueShape
QualifiedMinCount-qualifiedValueShapesDisjoint SPARQL-sparql UniqueLang-uniqueLang Xone-xone
"""
_OTHERS = """
AbstractResult BlankNode BlankNodeOrIRI BlankNodeOrLiteral ConstraintComponent Function IRI
IRIOrLiteral Info JSConstraint JSConstraint-js JSConstraintComponent JSExecutable JSFunction
JSLibrary JSRule JSTarget JSTargetType JSValidator Literal NodeKind NodeShape Parameter
Parameterizable PrefixDeclaration PropertyGroup PropertyShape ResultAnnotation Rule Rules
SPARQLAskExecutable SPARQLAskValidator SPARQLConstraint SPARQLConstructExecutable SPARQLExecutable
SPARQLFunction SPARQLRule SPARQLSelectExecutable SPARQLSelectValidator SPARQLTarget SPARQLTargetType
SPARQLUpdateExecutable Severity Shape Target TargetType TripleRule ValidationReport ValidationResult
Validator Violation Warning alternativePath annotationProperty annotationValue annotationVarName ask
condition conforms construct count deactivated declare defaultValue desc description detail distinct
else entailment exists filterShape focusNode group groupConcat if intersection inversePath js
jsFunctionName jsLibrary jsLibraryURL labelTemplate limit max message min minus name namespace
nodeValidator nodes object offset oneOrMorePath optional order orderby parameter path predicate
prefix prefixes propertyValidator result resultAnnotation resultMessage resultPath resultSeverity
returnType rule select severity shapesGraph shapesGraphWellFormed sourceConstraint
sourceConstraintComponent sourceShape subject suggestedShapesGraph sum target targetClass targetNode
targetObjectsOf targetSubjectsOf then this union update validator value values zeroOrMorePath
zeroOrOnePath
"""


def _names() -> frozenset[str]:
    """All local names, as Core, SHACL-SPARQL, SHACL-AF and SHACL-JS have them."""
    names = set(_OTHERS.split())
    for each in _COMPONENTS.split():
        component, _, parameter = each.partition("-")
        component += "ConstraintComponent"
        names |= {component, parameter, f"{component}-{parameter}"}
    return frozenset(names)


NAMES = _names()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that shapes say and that asks for nothing.

    Attributes:
        triple: what they say.
        term: the name that SHACL does not have, if it is that.
        nearest: the name that may be meant.
        needed: the parameter without which what they say asks for nothing, if it is that.
        unused: whether it is a shape that has no target and that no other refers to.
        passed_over: whether it is something that validators may do and none here does.
        empty: whether it refers to a shape of which nothing is said.
    """

    triple: Triple
    term: IRI | None = None
    nearest: IRI | None = None
    needed: IRI | None = None
    unused: bool = False
    passed_over: bool = False
    empty: bool = False


def find_ineffective(shapes: Iterable[Triple]) -> Iterator[Remark]:
    """Everything that shapes say in vain, in the order of the graph."""
    graph = ShapesGraph.of(shapes)
    named = {term for triple in graph.triples for term in (triple.predicate, triple.object)}
    unknown = {term: _unknown(term) for term in named if isinstance(term, IRI)}
    for triple in graph.triples:
        subject, predicate, value = parts(triple)
        for term in (predicate, value):
            if isinstance(term, IRI) and (local := unknown[term]) is not None:
                near = get_close_matches(local, NAMES, 1, 0.7)
                lower = [name for name in sorted(NAMES) if name.lower() == local.lower()]
                nearest = local if local in NAMES else next(iter([*lower, *near]), None)
                yield Remark(triple, term, SH(nearest) if nearest else None)
        if predicate in _PASSED_OVER:
            yield Remark(triple, passed_over=True)
        if predicate == RDF.type and value in _SHAPES and _is_unused(graph, subject):
            yield Remark(triple, unused=True)
        needed = _needed(graph, subject, predicate)
        if needed is not None:
            yield Remark(triple, needed=needed)
        if predicate in _BOOLEANS and isinstance(value, Literal) and value.value in ("1", "0"):
            yield Remark(triple)
        if predicate in _OF_SHAPES and _is_empty(graph, value):
            yield Remark(triple, empty=True)
        if predicate in _OF_LISTS:
            for each in _members(graph, value):
                if _is_empty(graph, each):
                    yield Remark(Triple(subject, predicate, each), empty=True)


def _unknown(term: IRI) -> str | None:
    """The local name of what SHACL does not have, in its namespace or one like it."""
    if term in SH:
        local = SH.local(term)
        return None if local in NAMES else local
    like = _LIKE_SHACL.fullmatch(term.value)
    return like[1] if like else None


def _needed(graph: ShapesGraph, subject: Subject, predicate: IRI) -> IRI | None:
    """The parameter without which a node says something in vain."""
    said = graph.said(subject)
    leading = OTHERS.get(predicate)
    if leading is not None:
        return None if leading in said else leading
    if predicate == SH.qualifiedValueShape:
        counted = SH.qualifiedMinCount in said or SH.qualifiedMaxCount in said
        return None if counted else SH.qualifiedMinCount
    if predicate in _QUERIES and not _SHAPES_BY.isdisjoint(said):
        return SH.sparql  # the query of a shape is that of a constraint of it
    return None


def _is_empty(graph: ShapesGraph, value: Term) -> bool:
    """Whether it is a name of which nothing is said."""
    return isinstance(value, IRI) and not graph.said(value)


def _members(graph: ShapesGraph, head: Term) -> list[Term]:
    try:
        return graph.list_of(head)
    except ShapesError:  # which is told elsewhere
        return []


def _is_unused(graph: ShapesGraph, node: Subject) -> bool:
    """Whether nobody asks a shape that has a name and is not switched off."""
    if not isinstance(node, IRI) or graph.saying(node) or SH.deactivated in graph.said(node):
        return False
    try:
        return next(read_targets(graph, node), None) is None
    except ShapesError:  # which is told elsewhere
        return False
