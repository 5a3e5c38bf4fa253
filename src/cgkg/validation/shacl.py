"""SHACL: data and shapes -> findings. The one module that knows pySHACL and rdflib's SHACL side.

No inference happens here: what is given is what is checked. Of the ontology only the class
hierarchy is used, which `sh:class` and `sh:targetClass` need. Shapes whose SPARQL says GRAPH run on
the dataset, all others on the merge of its graphs, which is several times faster.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Set
from typing import Any, cast

import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError
from rdflib.namespace import RDF as R_RDF
from rdflib.namespace import SH as R_SH

from cgkg.errors import CgkgError
from cgkg.languages import SOURCE
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import RDFS, SH, XSD
from cgkg.validation.report import Finding, Severity, abbreviate

__all__ = ["ShapesError", "validate"]

_SEVERITIES: Mapping[rdflib.term.Node | None, Severity] = {
    R_SH.Violation: "violation",
    R_SH.Warning: "warning",
    R_SH.Info: "info",
}
_USES_GRAPH = re.compile(r"\bGRAPH\b", re.IGNORECASE)
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_IRI_IN_TEXT = re.compile(r"<?(https?://[^\s<>{}\"',;\uff0c\u3002\uff1b\uff09)]+)>?")


class ShapesError(CgkgError):
    """The shapes themselves cannot be used: ill-formed, or SPARQL that does not run."""

    code = "shapes"


def validate(
    data: Iterable[Quad] | Iterable[Triple],
    ontology: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    inferred: Set[Triple] = frozenset(),
) -> list[Finding]:
    """Every result of validating the data against the shapes, whatever its severity.

    Args:
        data: triples, or quads whose graphs are merged, each triple once.
        ontology: where the class hierarchy is taken from; the rest of it is not looked at.
        shapes: the shapes graph; `sh:description` of a shape becomes the finding's hint.
        inferred: triples of `data` that the reasoner added; findings about them say so.

    Returns:
        One finding per result, unordered duplicates removed. A finding about a statement names the
        graph that states it (the first in order of IRI, if there are several).

    Raises:
        ShapesError: the shapes are not usable.
    """
    statements: list[Quad | Triple] = list(data)
    shapes = list(shapes)
    graphs = _graphs_of(statements)
    hierarchy = [
        triple
        for triple in ontology
        if triple.predicate == RDFS.subClassOf and isinstance(triple.object, IRI)
    ]
    graphless, graphwise = _split(shapes)
    results: list[_Result] = []
    if graphless:
        results += _run(_fill(rdflib.Graph(), (*graphs, *hierarchy)), graphless)
    if graphwise and any(graphs.values()):
        results += _run(_dataset(statements, hierarchy), graphwise)
    read = _ResultReader(shapes, graphs, inferred)
    return list(dict.fromkeys(read.finding(*result) for result in results))


_Result = tuple[rdflib.Graph, rdflib.term.Node]


def _graphs_of(data: Iterable[Quad | Triple]) -> dict[Triple, list[IRI]]:
    """Every triple once, with the named graphs that state it."""
    by_triple: dict[Triple, list[IRI]] = {}
    for item in data:
        triple = item.triple if isinstance(item, Quad) else item
        graphs = by_triple.setdefault(triple, [])
        if isinstance(item, Quad) and isinstance(item.graph_name, IRI):
            graphs.append(item.graph_name)
    return by_triple


def _split(shapes: Iterable[Triple]) -> tuple[list[Triple], list[Triple]]:
    """The shapes twice: with the targets of those without GRAPH, and of those with it.

    Targets are taken away rather than shapes named to pySHACL: its `use_shapes` (0.40) forgets the
    shapes that the named ones refer to, and then finds no fault in them.
    """
    shapes = list(shapes)
    asks = {
        triple.subject
        for triple in shapes
        if triple.predicate in (SH.select, SH.ask)
        and isinstance(triple.object, Literal)
        and _USES_GRAPH.search(triple.object.value)
    }
    users = {t.subject for t in shapes if t.predicate == SH.sparql and t.object in asks}
    graphless = [t for t in shapes if t.predicate not in _TARGETS or t.subject not in users]
    graphwise = [t for t in shapes if t.predicate not in _TARGETS or t.subject in users]
    return graphless, graphwise if users else []


def _dataset(data: Iterable[Quad | Triple], hierarchy: Iterable[Triple]) -> rdflib.Dataset:
    dataset = rdflib.Dataset(default_union=True)
    by_name: dict[IRI | None, list[Triple]] = {None: list(hierarchy)}
    for item in data:
        graph = item.graph_name if isinstance(item, Quad) else None
        triple = item.triple if isinstance(item, Quad) else item
        by_name.setdefault(graph if isinstance(graph, IRI) else None, []).append(triple)
    for name, triples in by_name.items():
        _fill(dataset.graph(_node(name)) if name else dataset.default_graph, triples)
    return dataset


def _run(data: rdflib.Graph, shapes: Iterable[Triple]) -> list[_Result]:
    """The results, as nodes of pySHACL's report graph."""
    try:
        with warnings.catch_warnings():
            # pySHACL 0.40 uses names of Dataset that rdflib 7.6 is about to drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            _, report, _ = pyshacl.validate(
                data,
                shacl_graph=_fill(rdflib.Graph(), shapes),
                inference="none",
                inplace=True,
            )
    # A query that fails to parse or evaluate comes out as whatever rdflib raises.
    except Exception as error:
        raise ShapesError(f"the shapes cannot be used: {_first_line(error)}") from error
    if not isinstance(report, rdflib.Graph):
        cause = cast("ReportableRuntimeError", report)
        raise ShapesError(f"the shapes cannot be used: {_first_line(cause)}")
    return [(report, node) for node in report.subjects(R_RDF.type, R_SH.ValidationResult)]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


class _ResultReader:
    """Turns results of a report graph into findings."""

    def __init__(
        self,
        shapes: Iterable[Triple],
        graphs: Mapping[Triple, list[IRI]],
        inferred: Set[Triple],
    ) -> None:
        self._graphs, self._inferred = graphs, inferred
        self._hints: dict[object, dict[str, str]] = {}
        self._templates: dict[object, list[tuple[str, re.Pattern[str]]]] = {}
        shapes = list(shapes)
        owners = {t.object: t.subject for t in shapes if t.predicate == SH.sparql}
        for triple in shapes:
            if not isinstance(triple.object, Literal):
                continue
            language, text = triple.object.language or SOURCE, triple.object.value
            if triple.predicate == SH.description:
                self._hints.setdefault(triple.subject, {})[language] = text
            elif triple.predicate == SH.message:
                shape = owners.get(triple.subject, triple.subject)
                self._templates.setdefault(shape, []).append((language, _pattern(text)))

    def finding(self, report: rdflib.Graph, node: rdflib.term.Node) -> Finding:
        shape = _term(report.value(node, R_SH.sourceShape))
        focus = _term(report.value(node, R_SH.focusNode))
        predicate = _term(report.value(node, R_SH.resultPath))
        value = _term(report.value(node, R_SH.value))
        triple = None
        if isinstance(predicate, IRI) and value is not None and isinstance(focus, Subject):
            triple = Triple(focus, predicate, value)
        name = shape if isinstance(shape, IRI) else None
        return Finding(
            severity=_SEVERITIES.get(report.value(node, R_SH.resultSeverity), "violation"),
            code=_local(name) if name else "shape",
            message=self._messages(report, node, shape),
            focus=focus,
            predicate=predicate if isinstance(predicate, IRI) else None,
            value=value,
            graph=min(self._graphs.get(triple, ()), key=str, default=None) if triple else None,
            shape=name,
            inferred=triple in self._inferred,
            hint=self._hints.get(name, {}) if name else {},
        )

    def _messages(
        self, report: rdflib.Graph, node: rdflib.term.Node, shape: Term | None
    ) -> dict[str, str]:
        """The result's messages by language, IRIs in them as prefixed names."""
        texts: dict[str, str] = {}
        for message in sorted(report.objects(node, R_SH.resultMessage), key=str):
            if isinstance(message, rdflib.Literal):
                language = message.language or self._language(str(message), shape)
                text = _IRI_IN_TEXT.sub(lambda match: abbreviate(IRI(match.group(1))), str(message))
                texts.setdefault(language, text)
        return dict(sorted(texts.items()))

    def _language(self, text: str, shape: Term | None) -> str:
        """The language of a message whose tag pySHACL dropped when it put values into it."""
        templates = self._templates.get(shape, ())
        return next((lang for lang, pattern in templates if pattern.fullmatch(text)), SOURCE)


def _pattern(template: str) -> re.Pattern[str]:
    """What a message can look like once SPARQL's values stand for {?name} and {$name}."""
    parts = re.split(r"\{[?$]\w+\}", template)
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def _local(iri: IRI) -> str:
    return re.split(r"[/#]", iri.value)[-1]


def _fill(graph: rdflib.Graph, triples: Iterable[Triple]) -> rdflib.Graph:
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))
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


def _term(node: rdflib.term.Node | None) -> Term | None:
    if isinstance(node, rdflib.URIRef):
        return IRI(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        return Literal(str(node), datatype=IRI(str(node.datatype)) if node.datatype else None)
    return None
