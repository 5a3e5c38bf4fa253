"""SHACL: data and shapes -> findings.

No inference happens here: what is given is what is checked. Of the ontology only the class
hierarchy is used, which `sh:class` and `sh:targetClass` need.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set
from functools import cached_property

from cgkg.languages import SOURCE
from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, Triple, parts
from cgkg.rdf.vocab import SH
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.validator import compile_shapes
from cgkg.validation.engines import ENGINES, Validator
from cgkg.validation.report import Finding, abbreviate
from cgkg.validation.results import tell_result

__all__ = ["ShapeFindings", "ShapesError", "Validator", "validate"]

_IRI_IN_TEXT = re.compile(r"<?(https?://[^\s<>{}\"',;\uff0c\u3002\uff1b\uff09)]+)>?")


def validate(
    data: Iterable[Quad | Triple],
    ontology: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    inferred: Container[Triple] = frozenset(),
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
    shapes = ShapesGraph.of(shapes)
    if not shapes.triples:
        return []
    statements: list[Quad | Triple] = list(data)
    report = ENGINES[by](statements, shapes, ontology=ontology)
    read = _ResultReader(shapes, _graphs(statements, report.results), _Values(statements), inferred)
    findings = [read.finding(result) for result in report.results]
    return list(dict.fromkeys((*findings, *_tell(report))))


class ShapeFindings:
    """The findings of validating data that change, each kept as long as it is the same.

    Args:
        shapes: as for `validate`.
        ontology: as for `validate`.
        data: as for `validate`, to begin with.
        graphs: gives the named graphs that state a triple, which are followed from outside.
        inferred: the triples that the reasoner added; followed from outside.

    Raises:
        ShapesError: the shapes are not usable.
    """

    def __init__(
        self,
        shapes: Iterable[Triple],
        ontology: Iterable[Triple],
        data: Iterable[Quad | Triple],
        graphs: Callable[[Triple], Iterable[IRI]],
        inferred: Container[Triple],
    ) -> None:
        shapes = ShapesGraph.of(shapes)
        self._validation = None
        if shapes.triples:
            compiled = compile_shapes(shapes)
            self._validation = compiled.begin(data, ontology=ontology)
            self._reader = _ResultReader(shapes, graphs, self._validation.values, inferred)
        self._told: dict[int, tuple[ValidationResult, frozenset[Term], Finding]] = {}
        self._notes: list[Finding] = []
        self._tell(frozenset())

    def update(
        self,
        added: Iterable[Quad | Triple],
        removed: Iterable[Quad | Triple],
        touched: Set[object],
    ) -> None:
        """Validate what a change reaches.

        Args:
            added: statements that came.
            removed: statements that went.
            touched: the subjects of all statements that came or went in any graph.

        Raises:
            ShapesError: a query of the shapes does not run; the next update tries again.
        """
        if self._validation is not None:
            self._validation.update(added, removed)
            self._tell(touched)

    def findings(self) -> Iterator[Finding]:
        """What is wrong now; what was wrong before is the same object as before."""
        for _, _, finding in self._told.values():
            yield finding
        yield from self._notes

    def _tell(self, touched: Set[object]) -> None:
        if self._validation is None:
            return
        told, before = {}, self._told
        for result in self._validation.report.results:
            held = before.get(id(result))
            if held is None or not touched.isdisjoint(held[1]):
                foci = frozenset(_foci(result))
                held = result, foci, self._reader.finding(result)
            told[id(result)] = held
        self._told = told
        self._notes = list(_tell(self._validation.report))


def _foci(result: ValidationResult) -> Iterator[Term]:
    yield result.focus
    for each in result.details:
        yield from _foci(each)


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


def _graphs(
    data: Iterable[Quad | Triple], results: Iterable[ValidationResult]
) -> Callable[[Triple], Iterable[IRI]]:
    """Gives the graphs of the data that state what results are about."""
    named = set(_statements(results))
    graphs: dict[Triple, list[IRI]] = {}
    for item in data if named else ():
        if isinstance(item, Quad) and item.triple in named and isinstance(item.graph_name, IRI):
            graphs.setdefault(item.triple, []).append(item.graph_name)
    return lambda triple: graphs.get(triple, ())


class _Values:
    """What data say of nodes, looked through when it is first asked."""

    def __init__(self, data: Iterable[Quad | Triple]) -> None:
        self._data = data

    def __call__(self, focus: Term, predicate: IRI) -> Sequence[Term]:
        return self._said.get((focus, predicate), [])

    @cached_property
    def _said(self) -> dict[tuple[Term, IRI], list[Term]]:
        values: dict[tuple[Term, IRI], list[Term]] = {}
        for subject, predicate, value in map(parts, self._data):
            values.setdefault((subject, predicate), []).append(value)
        return values


class _ResultReader:
    """Turns results into findings."""

    def __init__(
        self,
        shapes: Iterable[Triple],
        graphs: Callable[[Triple], Iterable[IRI]],
        values: Callable[[Term, IRI], Sequence[Term]],
        inferred: Container[Triple],
    ) -> None:
        self._graphs, self._values, self._inferred = graphs, values, inferred
        self._shapes = ShapesGraph.of(shapes)
        self._hints: dict[object, dict[str, str]] = {}
        for triple in shapes:
            if triple.predicate == SH.description and isinstance(triple.object, Literal):
                language = triple.object.language or SOURCE
                self._hints.setdefault(triple.subject, {})[language] = triple.object.value

    def finding(self, result: ValidationResult) -> Finding:
        """The finding of a result."""
        triple = _statement(result)
        name = result.shape if isinstance(result.shape, IRI) else None
        return tell_result(
            result,
            code=_local(name) if name else "shape",
            message=_messages(result),
            hint=self._hints.get(name, {}) if name else {},
            causes=map(self.finding, result.details),
            shapes=self._shapes,
            values=self._values,
            graph=min(self._graphs(triple), key=str, default=None) if triple else None,
            inferred=triple is not None and triple in self._inferred,
        )


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
