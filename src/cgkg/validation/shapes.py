"""Findings about the shapes themselves, with the line that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cgkg.languages import SOURCE, translations
from cgkg.rdf.lines import Locator, Place
from cgkg.rdf.terms import IRI, BlankNode, Term, Triple, parts
from cgkg.shacl.graph import ShapesError, ShapesGraph, describe
from cgkg.validation.remedies import instead
from cgkg.validation.report import Finding

if TYPE_CHECKING:
    from cgkg.shacl.vocabulary import Remark


def check_shapes(shapes: Iterable[Triple], files: Iterable[Path]) -> Iterator[Finding]:
    """What shapes say that asks for nothing: names that SHACL does not have, and the like.

    Args:
        shapes: the shapes graph.
        files: the files that it was read from.
    """
    asked = ShapesGraph.of(shapes)
    if not asked.triples:
        return
    from cgkg.shacl.vocabulary import find_ineffective  # with it comes most of the validator

    locator = Locator(files)
    for remark in find_ineffective(asked):
        yield _at(tell_remark(remark), locator.of(remark.triple))


def tell_error(error: ShapesError, files: Iterable[Path]) -> Finding:
    """The finding that shapes cannot be used."""
    finding = Finding("violation", error.code, {SOURCE: error.message}, focus=error.node)
    return _at(finding, _place(Locator(files), error.node, error.statement))


def _place(locator: Locator, node: Term | None, statement: Triple | None) -> Place | None:
    if statement is not None and not isinstance(statement.object, BlankNode):
        return locator.of(statement)
    if statement is not None and isinstance(statement.subject, IRI):
        return locator.of_subject(statement.subject, statement.predicate)
    return locator.of_subject(node) if isinstance(node, IRI) else None


def _at(finding: Finding, place: Place | None) -> Finding:
    return replace(finding, path=place.path, line=place.line or None) if place else finding


def tell_remark(remark: Remark) -> Finding:
    """The finding that shapes say something in vain, without its place."""
    subject, predicate, value = parts(remark.triple)
    if remark.term is not None:
        hint = {}
        if remark.nearest is not None:
            hint = translations("did you mean {name}?", name=describe(remark.nearest))
        message = translations("SHACL has no {name}", name=describe(remark.term))
        remedy = instead(remark.triple, remark.term, remark.nearest) if remark.nearest else ()
        return Finding(
            "violation", "unknown-term", message, focus=remark.term, hint=hint, remedy=remedy
        )
    said = describe(predicate)
    named = subject if isinstance(subject, IRI) else None
    if remark.unused:
        message = translations("the shape has no target, and no other shape refers to it")
        return Finding("info", "shapes", message, focus=named)
    if remark.empty:
        message = translations("nothing is said of the shape {name}", name=describe(value))
    elif remark.passed_over:
        message = translations("cgkg passes over {name}", name=said)
    elif remark.needed is not None:
        message = translations(
            "{name} asks for nothing without {other}", name=said, other=describe(remark.needed)
        )
    else:
        message = translations("{name} is true or false, not {value}", name=said, value=value)
    return Finding("warning", "shapes", message, focus=named, predicate=predicate, value=value)
