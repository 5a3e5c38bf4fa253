"""The reference: pySHACL behind the same report, for comparison and for what cgkg does not do.

Where it is known to be wrong it is corrected or not asked:

- of its report only the results are results, not the details of one;
- recursive and ill-formed shapes are refused before it sees them;
- regular expressions are given to it in the words of Python;
- a message into which it put values gets its language back;
- it looks for excluded keywords in the text of a query: where it would find one that is none, the
  shapes are refused.

It does not find literals that rdflib takes to be of their datatype, such as `"1e5"^^xsd:decimal`.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError

from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Subject, Term, Triple, parts
from cgkg.rdf.vocab import RDFS, SH, XSD
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.shacl.paths import read_path
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.shapes import read_shapes
from cgkg.sparql.functions.xpath_regex import read_pattern

_KEYWORD = re.compile(
    r"(?:[^?$#\s]|^)(?:MINUS|SERVICE|VALUES)[\s{<(]", re.IGNORECASE | re.MULTILINE
)
_QUERIES = (SH.select, SH.ask)


def validate(
    data: Iterable[Triple | Quad],
    shapes: Iterable[Triple],
    *,
    ontology: Iterable[Triple] = (),
) -> ValidationReport:
    """As `cgkg.shacl.validator.validate`, by pySHACL, some hundred times slower.

    What is beyond the specification (SHACL-AF) is switched on if the shapes use it.

    Args:
        data: triples or quads.
        shapes: the shapes graph.
        ontology: where the class hierarchy is taken from, too.

    Raises:
        ShapesError: the shapes are not usable, or not by pySHACL.
    """
    statements, shapes = list(data), list(shapes)
    read = read_shapes(shapes)
    hierarchy = [
        triple
        for triple in ontology
        if triple.predicate == RDFS.subClassOf and isinstance(triple.object, IRI)
    ]
    for text in map(_query, shapes):
        _refuse_words(text or "")
    advanced = bool(read.rules or read.advanced or read.graph.sayers(SH.target))
    with _quiet():
        given = _fill(rdflib.Graph(), _in_words_of_python(shapes))
        graph: rdflib.Graph
        if any(query.graphs for query in read.queries()):
            graph = _dataset(statements, hierarchy)
        else:
            graph = _fill(rdflib.Graph(), (*statements, *hierarchy))
        report = _run(graph, given, advanced)
    results = sorted(_read(report, shapes), key=ValidationResult.sort_key)
    return ValidationReport(not results, tuple(results))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what rdflib says of ill-typed literals, and of its own names that it will drop."""
    logger = logging.getLogger("rdflib.term")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _query(triple: Triple) -> str | None:
    value = triple.object
    return value.value if triple.predicate in _QUERIES and isinstance(value, Literal) else None


def _refuse_words(text: str) -> None:
    """Read as a query the text has no excluded form, or it would have been refused already."""
    word = _KEYWORD.search(text)
    if word:
        said = " ".join(word[0].split())
        raise ShapesError(f"pySHACL takes {said} in a query for a keyword; cgkg itself does not")


def _in_words_of_python(shapes: Iterable[Triple]) -> Iterator[Triple]:
    """The shapes with the patterns of XPath in the words of Python, flags and all."""
    graph = ShapesGraph(shapes)
    for triple in graph.triples:
        subject, predicate, value = parts(triple)
        if predicate == SH.flags and graph.values(subject, SH.pattern):
            continue
        if predicate == SH.pattern:
            flags = next(iter(graph.values(subject, SH.flags)), None)
            read = read_pattern(value.value, flags.value if flags is not None else "")
            value = Literal(("(?i)" if read.any_case else "") + read.compiled.pattern)
        yield Triple(subject, predicate, value)


def _run(graph: rdflib.Graph, shapes: rdflib.Graph, advanced: bool) -> ShapesGraph:
    """The report of pySHACL, as triples."""
    try:
        _, report, _ = pyshacl.validate(
            graph, shacl_graph=shapes, inference="none", inplace=True, advanced=advanced
        )
    # A query that fails to parse or evaluate comes out as whatever rdflib raises.
    except Exception as error:
        raise ShapesError(f"the shapes cannot be used: pySHACL: {_first_line(error)}") from error
    if not isinstance(report, rdflib.Graph):
        cause = cast("ReportableRuntimeError", report)
        raise ShapesError(f"the shapes cannot be used: pySHACL: {_first_line(cause)}")
    return ShapesGraph(Triple(*(cast("Any", _term(node)) for node in triple)) for triple in report)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _read(report: ShapesGraph, shapes: list[Triple]) -> Iterator[ValidationResult]:
    """The results of a report graph; details are of those only."""
    given = ShapesGraph(shapes)
    for node in report.instances(SH.ValidationReport):
        for result in report.values(node, SH.result):
            yield _result(report, result, given)


def _result(report: ShapesGraph, node: Term, shapes: ShapesGraph) -> ValidationResult:
    path = report.value(node, SH.resultPath)
    component, severity = (
        report.value(node, SH.sourceConstraintComponent),
        report.value(node, SH.resultSeverity),
    )
    shape, focus = report.value(node, SH.sourceShape), report.value(node, SH.focusNode)
    assert isinstance(component, IRI)
    assert isinstance(severity, IRI)
    assert isinstance(shape, Subject)
    assert focus is not None
    messages = [
        _with_language(each, shape, shapes)
        for each in report.values(node, SH.resultMessage)
        if isinstance(each, Literal)
    ]
    details = (_result(report, each, shapes) for each in report.values(node, SH.detail))
    return ValidationResult(
        focus=focus,
        path=None if path is None else read_path(report if report.said(path) else shapes, path),
        value=report.value(node, SH.value),
        component=component,
        shape=shape,
        severity=severity,
        messages=tuple(sorted(messages, key=str)),
        constraint=report.value(node, SH.sourceConstraint),
        details=tuple(sorted(details, key=ValidationResult.sort_key)),
    )


def _with_language(message: Literal, shape: Subject, shapes: ShapesGraph) -> Literal:
    """A message in the language of the template that it may be made from."""
    if message.language:
        return message
    for node in (shape, *shapes.values(shape, SH.sparql)):
        for template in shapes.values(node, SH.message):
            texts = re.split(r"\{[?$]\w+\}", template.value)
            made = re.fullmatch(".*".join(map(re.escape, texts)), message.value, re.DOTALL)
            if made and isinstance(template, Literal) and template.language:
                return Literal(message.value, language=template.language)
    return message


def _dataset(data: Iterable[Quad | Triple], hierarchy: Iterable[Triple]) -> rdflib.Dataset:
    dataset = rdflib.Dataset(default_union=True)
    by_name: dict[Subject | None, list[Quad | Triple]] = {None: list(hierarchy)}
    for item in data:
        graph = item.graph_name if isinstance(item, Quad) else None
        name = None if graph is None or isinstance(graph, DefaultGraph) else graph
        by_name.setdefault(name, []).append(item)
    for name, statements in by_name.items():
        _fill(dataset.graph(_node(name)) if name else dataset.default_graph, statements)
    return dataset


def _fill(graph: rdflib.Graph, statements: Iterable[Triple | Quad]) -> rdflib.Graph:
    for statement in statements:
        graph.add(tuple(map(_node, parts(statement))))
    return graph


def _node(term: Any) -> Any:
    """The rdflib term, with the lexical form as written (SHACL checks it, so never normalised)."""
    if isinstance(term, IRI):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype == XSD.string:  # rdflib takes "x" and "x"^^xsd:string for two terms
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _term(node: rdflib.term.Node) -> Term:
    if isinstance(node, rdflib.URIRef):
        return IRI(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        return Literal(str(node), datatype=IRI(str(node.datatype)) if node.datatype else None)
    return BlankNode(str(node))
