"""SHACL: data and shapes -> findings.

No inference happens here: what is given is what is checked. Of the ontology only the class
hierarchy is used, which `sh:class` and `sh:targetClass` need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property

from cgkg.languages import SOURCE
from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, Triple, parts
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.paths import path_text
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.validation.engines import ENGINES, Validator
from cgkg.validation.remedies import remedy_of
from cgkg.validation.report import Finding, Severity, abbreviate

__all__ = ["ShapesError", "Validator", "validate"]

_SEVERITIES: Mapping[IRI, Severity] = {SH.Warning: "warning", SH.Info: "info"}
_IRI_IN_TEXT = re.compile(r"<?(https?://[^\s<>{}\"',;\uff0c\u3002\uff1b\uff09)]+)>?")


def validate(
    data: Iterable[Quad | Triple],
    ontology: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    inferred: Set[Triple] = frozenset(),
    by: Validator = "cgkg",
) -> list[Finding]:
    """Every result of validating the data against the shapes, whatever its severity.

    Args:
        data: triples, or quads whose graphs are merged, each triple once.
        ontology: where the class hierarchy is taken from; the rest of it is not looked at.
        shapes: the shapes graph; `sh:description` of a shape becomes the finding's hint.
        inferred: triples of `data` that the reasoner added; findings about them say so.
        by: who validates.

    Returns:
        One finding per result, unordered duplicates removed. A finding about a statement names the
        graph that states it (the first in order of IRI, if there are several).

    Raises:
        ShapesError: the shapes are not usable.
    """
    shapes = list(shapes)
    if not shapes:
        return []
    statements: list[Quad | Triple] = list(data)
    report = ENGINES[by](statements, shapes, ontology=ontology)
    read = _ResultReader(shapes, statements, report.results, inferred)
    findings = [read.finding(result) for result in report.results]
    return list(dict.fromkeys((*findings, *_tell(report))))


def _tell(report: ValidationReport) -> Iterator[Finding]:
    """What the validator did otherwise than asked."""
    for note in report.notes:
        yield Finding("info", "validator", {SOURCE: note})


def _statement(result: ValidationResult) -> Triple | None:
    """The statement that a result is about, if it is about one."""
    path, value, focus = result.path, result.value, result.focus
    if isinstance(path, IRI) and value is not None and isinstance(focus, Subject):
        return Triple(focus, path, value)
    return None


def _statements(results: Iterable[ValidationResult]) -> Iterator[Triple]:
    for result in results:
        if statement := _statement(result):
            yield statement
        yield from _statements(result.details)


class _ResultReader:
    """Turns results into findings."""

    def __init__(
        self,
        shapes: Iterable[Triple],
        data: Sequence[Quad | Triple],
        results: Iterable[ValidationResult],
        inferred: Set[Triple],
    ) -> None:
        self._inferred, self._data = inferred, data
        self._shapes = ShapesGraph(shapes)
        named = set(_statements(results))
        self._graphs: dict[Triple, list[IRI]] = {}
        for item in data if named else ():
            if isinstance(item, Quad) and item.triple in named and isinstance(item.graph_name, IRI):
                self._graphs.setdefault(item.triple, []).append(item.graph_name)
        self._hints: dict[object, dict[str, str]] = {}
        for triple in shapes:
            if triple.predicate == SH.description and isinstance(triple.object, Literal):
                language = triple.object.language or SOURCE
                self._hints.setdefault(triple.subject, {})[language] = triple.object.value

    def finding(self, result: ValidationResult) -> Finding:
        path, value, focus = result.path, result.value, result.focus
        triple = _statement(result)
        name = result.shape if isinstance(result.shape, IRI) else None
        return Finding(
            severity=_SEVERITIES.get(result.severity, "violation"),
            code=_local(name) if name else "shape",
            message=_messages(result),
            focus=focus,
            predicate=path if isinstance(path, IRI) else None,
            value=value,
            graph=min(self._graphs.get(triple, ()), key=str, default=None) if triple else None,
            shape=name,
            inferred=triple in self._inferred,
            hint=self._hints.get(name, {}) if name else {},
            route="" if path is None or isinstance(path, IRI) else path_text(path),
            causes=tuple(map(self.finding, result.details)),
            remedy=remedy_of(result, self._shapes, self._values),
        )

    def _values(self, focus: Term, predicate: IRI) -> list[Term]:
        return self._said.get((focus, predicate), [])

    @cached_property
    def _said(self) -> dict[tuple[Term, IRI], list[Term]]:
        """What is said of each node, made when it is first asked for."""
        found: dict[tuple[Term, IRI], list[Term]] = {}
        for subject, predicate, value in map(parts, self._data):
            found.setdefault((subject, predicate), []).append(value)
        return found


def _messages(result: ValidationResult) -> dict[str, str]:
    """The result's messages by language, IRIs in them as prefixed names."""
    texts: dict[str, str] = {}
    for message in sorted(result.messages, key=str):
        text = _IRI_IN_TEXT.sub(_shorten, message.value)
        texts.setdefault(message.language or SOURCE, text)
    return dict(sorted(texts.items()))


def _shorten(match: re.Match[str]) -> str:
    try:
        return abbreviate(IRI(match[1]))
    except ValueError:  # it is a pattern, say
        return match[0]


def _local(iri: IRI) -> str:
    return re.split(r"[/#]", iri.value)[-1]
