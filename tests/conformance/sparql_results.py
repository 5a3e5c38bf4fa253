"""Whether an answer is the expected one: solutions and graphs, whatever their format.

Two answers are the same when there is a one-to-one renaming of blank nodes that makes them so.
Numbers are compared by value within their datatype (the suites write 2.0 where an engine may
write 2), language tags without case.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pyoxigraph as ox
from sparql_cases import BASE, MF, SUITES, Case, read

from cgkg.formats import RESULTS, Format
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Term, parts
from cgkg.rdf.vocab import RDF, XSD, Namespace
from cgkg.sparql.syntax import read_outline

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
_ROW = Namespace(BASE + "row#")
_EXACT = {XSD.integer, XSD.decimal}
_APPROXIMATE = {XSD.double, XSD.float}
_FORMATS = {
    "srx": ox.QueryResultsFormat.XML,
    "srj": ox.QueryResultsFormat.JSON,
    "tsv": ox.QueryResultsFormat.TSV,
}
_MEDIA = {"srj": Format.JSON, "csv": Format.CSV, "tsv": Format.TSV}


@dataclass(frozen=True)
class Answer:
    """What a query gave: a truth value, a graph, or variables and rows (in order or not)."""

    boolean: bool | None = None
    graph: tuple[Quad, ...] | None = None
    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] = ()
    ordered: bool = False
    lax: bool = False

    def same(self, other: Answer) -> bool:
        """Whether the other answers the same; order counts if this answer is ordered."""
        if self.boolean is not None or other.boolean is not None:
            return self.boolean == other.boolean
        if self.graph is not None or other.graph is not None:
            return isomorphic(self.graph or (), other.graph or ())
        if set(self.variables) != set(other.variables):
            return False
        if self.lax:
            return self._without_duplicates().same(other._without_duplicates())
        if len(self.rows) != len(other.rows):
            return False
        return isomorphic(self._as_graph(self.ordered), other._as_graph(self.ordered))

    def _without_duplicates(self) -> Answer:
        """The answer with each row once, as REDUCED may give it."""
        return replace(self, rows=tuple(dict.fromkeys(self.rows)), lax=False)

    def _as_graph(self, ordered: bool) -> list[Quad]:
        """A row is a node that points to its values; equal rows are counted."""
        quads = []
        counted: Counter[tuple[Any, ...]] = Counter()
        for number, row in enumerate(self.rows):
            pairs = sorted(zip(self.variables, map(_value, row), strict=True), key=lambda p: p[0])
            counted[(number if ordered else 0, *pairs)] += 1
        for (number, *pairs), count in counted.items():
            node = BlankNode()
            quads.append(_fact(node, _ROW.count, Literal(count)))
            quads.append(_fact(node, _ROW.number, Literal(number)))
            for name, value in pairs:
                if value is not None:
                    quads.append(_fact(node, _ROW(name), value))
        return quads


def _fact(subject: BlankNode, predicate: IRI, value: Term) -> Quad:
    return Quad(subject, predicate, value, DefaultGraph())


def isomorphic(one: Iterable[Quad], other: Iterable[Quad]) -> bool:
    """Whether both are the same graph but for the labels of blank nodes."""
    return _canonical(one) == _canonical(other)


def _canonical(quads: Iterable[Quad]) -> set[Quad]:
    dataset = ox.Dataset(
        Quad(q.subject, q.predicate, _value(q.object), DefaultGraph()) for q in quads
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def _value(term: Any) -> Any:
    """The term, or one that stands for all of the same value."""
    if not isinstance(term, Literal):
        return term
    if term.language:
        return Literal(term.value, language=term.language.lower())
    try:
        if term.datatype in _EXACT:
            number = Decimal(term.value)
            return Literal(format(number.normalize(), "f"), datatype=term.datatype)
        if term.datatype == XSD.boolean and term.value in ("0", "1"):
            return Literal(term.value == "1")
        if term.datatype in _APPROXIMATE:
            return Literal(repr(float(term.value)), datatype=term.datatype)
    except (InvalidOperation, ValueError):
        pass
    return term


def media_type(case: Case) -> str:
    """The format in which to ask for the answer: that of the expected one where it is served."""
    extension = case.result_path.rpartition(".")[2]
    if read_outline(case.query).form in ("CONSTRUCT", "DESCRIBE"):
        return Format.TURTLE.media_type
    return _MEDIA.get(extension, Format.XML).media_type


def expected(case: Case) -> Answer:
    """The answer that the suite demands."""
    found = _expected(case)
    return replace(found, lax=case.node.one(MF.resultCardinality) == MF.LaxCardinality)


def _expected(case: Case) -> Answer:
    extension = case.result_path.rpartition(".")[2]
    if extension in _FORMATS:
        content = (SUITES / case.result_path).read_bytes()
        return _solutions(content, _FORMATS[extension], ordered=False)
    if extension == "csv":
        return _csv((SUITES / case.result_path).read_bytes())
    quads = read(case.result_path)
    if any(q.predicate == RDF.type and q.object == RS.ResultSet for q in quads):
        return _result_set(quads)
    return Answer(graph=tuple(quads))


def given(body: bytes, media: str) -> Answer:
    """The answer in a body of this media type."""
    if media == Format.CSV.media_type:
        return _csv(body)
    if media not in [form.media_type for form in RESULTS]:
        form = ox.RdfFormat.from_media_type(media)
        assert form is not None, media
        return Answer(graph=tuple(ox.parse(body, format=form)))
    found = ox.QueryResultsFormat.from_media_type(media)
    assert found is not None, media
    return _solutions(body, found, ordered=False)


def _solutions(body: bytes, form: ox.QueryResultsFormat, ordered: bool) -> Answer:
    result = ox.parse_query_results(body, form)
    if isinstance(result, ox.QueryBoolean):
        return Answer(boolean=bool(result))
    variables = tuple(variable.value for variable in result.variables)
    rows = tuple(tuple(row[name] for name in variables) for row in result)
    return Answer(variables=variables, rows=rows, ordered=ordered)


def _csv(body: bytes) -> Answer:
    """CSV says no datatypes: fields are text, those that look like blank nodes are such."""
    lines = list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))
    rows = tuple(
        tuple(BlankNode(f[2:]) if f.startswith("_:") else Literal(f) for f in line)
        for line in lines[1:]
    )
    return Answer(variables=tuple(lines[0]), rows=rows)


def _result_set(quads: list[Quad]) -> Answer:
    """An answer told in the vocabulary of result sets; `rs:index` gives it an order."""
    objects: defaultdict[tuple[Term, IRI], list[Term]] = defaultdict(list)
    for subject, predicate, target in map(parts, quads):
        objects[subject, predicate].append(target)
    root = next(s for s, _, o in map(parts, quads) if o == RS.ResultSet)
    for value in objects[root, RS.boolean]:
        return Answer(boolean=value.value == "true")
    variables = tuple(v.value for v in objects[root, RS.resultVariable])
    rows = []
    for solution in objects[root, RS.solution]:
        values = {
            objects[b, RS.variable][0].value: objects[b, RS.value][0]
            for b in objects[solution, RS.binding]
        }
        index = next((int(i.value) for i in objects[solution, RS.index]), None)
        rows.append((index, tuple(values.get(name) for name in variables)))
    ordered = bool(rows) and all(index is not None for index, _ in rows)
    rows.sort(key=lambda row: row[0] or 0)
    return Answer(variables=variables, rows=tuple(row for _, row in rows), ordered=ordered)
