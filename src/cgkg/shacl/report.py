"""What validation reports (SHACL §3.6): results as values, and the report as RDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, SH, XSD
from cgkg.shacl.paths import Path, path_text, path_triples

__all__ = ["ValidationReport", "ValidationResult", "to_triples"]


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One result: which node breaks which constraint of which shape, and how (SHACL §3.6.2).

    Attributes:
        focus: the focus node.
        path: the property path, None for a node shape; one predicate is an IRI.
        value: the value node that is at fault, if one is.
        component: the constraint component, as sh:MinCountConstraintComponent.
        shape: the shape, which may be a blank node.
        severity: of the shape; sh:Violation, sh:Warning, sh:Info or one of its own.
        messages: in the languages that there are.
        constraint: the node of a SPARQL-based constraint.
        details: the results that make this one, of the shapes that a value should conform to.
    """

    focus: Term
    path: Path | None
    value: Term | None
    component: IRI
    shape: Subject
    severity: IRI
    messages: tuple[Literal, ...] = ()
    constraint: Term | None = None
    details: tuple[ValidationResult, ...] = ()

    def sort_key(self) -> tuple[Any, ...]:
        """Orders results by what they say: focus node first, then path, value, component, shape.

        Labels of blank nodes, which another reading of the same file may give otherwise, come
        last, but for the details.
        """
        return (
            str(self.focus),
            "" if self.path is None else path_text(self.path),
            "" if self.value is None else str(self.value),
            str(self.component),
            str(self.shape) if isinstance(self.shape, IRI) else "",
            str(self.severity),
            tuple(map(str, self.messages)),
            str(self.shape),
            str(self.constraint),
            tuple(each.sort_key() for each in self.details),
        )


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """All results, in one stable order.

    `conforms` says whether there is none, of any severity (§3.6.1); `notes` tells in words what was
    given to another engine, and why, and what rules added to the data.
    """

    conforms: bool
    results: tuple[ValidationResult, ...]
    notes: tuple[str, ...] = ()


def to_triples(report: ValidationReport) -> list[Triple]:
    """The report as RDF, in the vocabulary of the specification; its nodes are blank."""
    fresh = (BlankNode(f"report{number}") for number in count())
    node = next(fresh)
    conforms = Literal("true" if report.conforms else "false", datatype=XSD.boolean)
    triples = [
        Triple(node, RDF.type, SH.ValidationReport),
        Triple(node, SH.conforms, conforms),
    ]
    for result in report.results:
        triples.append(Triple(node, SH.result, _write(result, triples, fresh)))
    return triples


def _write(
    result: ValidationResult, triples: list[Triple], fresh: Iterator[BlankNode]
) -> BlankNode:
    node = next(fresh)
    said: list[tuple[IRI, Term | None]] = [
        (RDF.type, SH.ValidationResult),
        (SH.focusNode, result.focus),
        (SH.value, result.value),
        (SH.sourceConstraintComponent, result.component),
        (SH.sourceShape, result.shape),
        (SH.resultSeverity, result.severity),
        (SH.sourceConstraint, result.constraint),
        *((SH.resultMessage, message) for message in result.messages),
    ]
    if result.path is not None:
        path, more = path_triples(result.path, fresh)
        said.append((SH.resultPath, path))
        triples += more
    triples += [Triple(node, verb, value) for verb, value in said if value is not None]
    for detail in result.details:
        triples.append(Triple(node, SH.detail, _write(detail, triples, fresh)))
    return node
