"""What the endpoint offers, as RDF (SPARQL 1.1 Service Description) and as an OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cgkg.errors import QueryError
from cgkg.formats import GRAPH_NAMES, GRAPHS, REGISTRY, RESULT_NAMES, Format
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import DCTERMS, RDF, XSD, Namespace
from cgkg.sparql.protocol import FORM, QUERY, QueryRequest
from cgkg.web.site import Pool, Site

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
ENTAILMENT = Namespace("http://www.w3.org/ns/entailment/")
PROFILE = Namespace("http://www.w3.org/ns/owl-profile/")
PREFIXES = {
    "sd": SD.base,
    "void": VOID.base,
    "formats": REGISTRY,
    "rdf": RDF.base,
    "dcterms": DCTERMS.base,
}
_GRAPH_SIZES = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
_DEFAULT_SIZE = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def service_description(address: str, site: Site) -> Iterable[Triple]:
    """What the endpoint at this address offers: language, formats, dataset, entailment.

    Args:
        address: of the endpoint, as the client knows it.
        site: whose graphs are described; their sizes are left out if they cannot be counted.
    """
    service, dataset = IRI(f"{address}#service"), IRI(f"{address}#dataset")
    default = IRI(f"{address}#default-graph")
    yield Triple(service, RDF.type, SD.Service)
    yield Triple(service, SD.endpoint, IRI(address))
    yield Triple(service, SD.supportedLanguage, SD.SPARQL11Query)
    for form in Format:
        yield Triple(service, SD.resultFormat, IRI(form.iri))
    if site.settings.federated:
        yield Triple(service, SD.feature, SD.BasicFederatedQuery)
    if site.generation.manifest.get("union_default_graph"):
        yield Triple(service, SD.feature, SD.UnionDefaultGraph)
    yield from _entailment(service, site)
    yield Triple(service, SD.defaultDataset, dataset)
    yield Triple(dataset, RDF.type, SD.Dataset)
    yield Triple(dataset, DCTERMS.identifier, Literal(site.generation.id))
    yield Triple(dataset, SD.defaultGraph, default)
    yield Triple(default, RDF.type, SD.Graph)
    for row in _rows(site.pool, _DEFAULT_SIZE):
        yield Triple(default, VOID.triples, _number(row["n"]))
    for place, row in enumerate(_rows(site.pool, _GRAPH_SIZES), 1):
        yield from _named_graph(address, dataset, place, row)


def _entailment(service: IRI, site: Site) -> Iterator[Triple]:
    if site.generation.manifest.get("bare"):
        yield Triple(service, SD.defaultEntailmentRegime, ENTAILMENT.Simple)
        return
    yield Triple(service, SD.defaultEntailmentRegime, ENTAILMENT("OWL-RDF-Based"))
    yield Triple(service, SD.defaultSupportedEntailmentProfile, PROFILE.RL)


def _named_graph(
    address: str, dataset: IRI, place: int, row: Mapping[str, Any]
) -> Iterator[Triple]:
    if row["g"]["type"] != "uri":
        return
    named, graph = IRI(f"{address}#named-graph-{place}"), IRI(f"{address}#graph-{place}")
    yield Triple(dataset, SD.namedGraph, named)
    yield Triple(named, RDF.type, SD.NamedGraph)
    yield Triple(named, SD.name, IRI(row["g"]["value"]))
    yield Triple(named, SD.graph, graph)
    yield Triple(graph, RDF.type, SD.Graph)
    yield Triple(graph, VOID.triples, _number(row["n"]))


def _rows(pool: Pool, query: str) -> list[Mapping[str, Any]]:
    try:
        answer = pool.run(QueryRequest(query))
    except QueryError:
        return []
    rows: list[Mapping[str, Any]] = json.loads(answer.body)["results"]["bindings"]
    return rows


def _number(binding: Mapping[str, str]) -> Literal:
    return Literal(binding["value"], datatype=XSD.integer)


# OpenAPI

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_ERRORS = {
    str(status): _PROBLEM for status in (400, 403, 404, 406, 413, 414, 415, 431, 502, 503, 504)
}


def openapi(address: str, version: str, title: str, license: str) -> dict[str, Any]:
    """The endpoint's interface as an OpenAPI 3.1 document; `license` is an IRI or empty."""
    terms = {"license": {"name": license, "url": license}} if license else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, **terms},
        "servers": [{"url": address}],
        "paths": {
            "/sparql": {"get": _get_query(), "post": _post_query()},
            "/graph-store": {"get": _get_graph()},
            "/search.json": {"get": _search()},
            "/health": {"get": _state("That the server lives.")},
            "/ready": {"get": _state("Whether a query would be answered.")},
            "/metrics": {"get": _state("Counts in the Prometheus text format.")},
        },
        "components": {
            "responses": {
                "Problem": {
                    "description": "What is wrong and what to do (RFC 9457).",
                    "content": {
                        "application/problem+json": {
                            "schema": {
                                "type": "object",
                                "required": ["type", "title", "status", "detail"],
                                "properties": {
                                    "type": {"type": "string"},
                                    "title": {"type": "string"},
                                    "status": {"type": "integer"},
                                    "detail": {"type": "string"},
                                    "hint": {"type": "string"},
                                    "limit": {"type": "string"},
                                    "said": {"type": "object"},
                                },
                            }
                        }
                    },
                }
            }
        },
    }


def _parameter(name: str, schema: dict[str, Any], text: str, *, needed: bool = False) -> Any:
    return {
        "name": name,
        "in": "query",
        "required": needed,
        "schema": schema,
        "description": text,
    }


_IRIS = {"type": "array", "items": {"type": "string", "format": "iri"}}
_FORMAT_NAMES = sorted({*RESULT_NAMES, *GRAPH_NAMES})
_OPTIONS = [
    _parameter("default-graph-uri", _IRIS, "A graph of the default graph; several are merged."),
    _parameter("named-graph-uri", _IRIS, "A named graph of the dataset."),
    _parameter("format", {"enum": _FORMAT_NAMES}, "The format, instead of the header Accept."),
    _parameter("output", {"enum": _FORMAT_NAMES}, "Another name of the parameter format."),
    _parameter(
        "bom", {"enum": ["true", "false"]}, "true begins CSV and TSV with a byte order mark."
    ),
    _parameter(
        "spreadsheet",
        {"enum": ["true", "false"]},
        "true begins CSV with a byte order mark, and puts an apostrophe before what a spreadsheet"
        " would take for a formula.",
    ),
    _parameter(
        "timeout",
        {"type": "number", "minimum": 0},
        "Seconds after which to give up; the server's own limit is the most, and meant by 0.",
    ),
    _parameter("reasoning", {"enum": ["on", "off"]}, "off asks the asserted facts alone."),
    _parameter("evidence", {"enum": ["true", "false"]}, "true adds what each row rests on."),
    _parameter("version", {"type": "string"}, "A generation, by its id or its dataset's digest."),
]


def _answers() -> dict[str, Any]:
    content: dict[str, Any] = {form.media_type: {} for form in Format}
    return {"200": {"description": "The whole answer.", "content": content}, **_ERRORS}


def _get_query() -> dict[str, Any]:
    query = _parameter("query", {"type": "string"}, "A SPARQL 1.1 query.", needed=True)
    return {
        "operationId": "query",
        "summary": "Ask the graph.",
        "parameters": [query, *_OPTIONS],
        "responses": _answers(),
    }


def _post_query() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {"query": {"type": "string"}},
    }
    return {
        "operationId": "queryByPost",
        "summary": "Ask the graph with a query in the body.",
        "parameters": _OPTIONS,
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": form}, QUERY: {"schema": {"type": "string"}}},
        },
        "responses": _answers(),
    }


def _get_graph() -> dict[str, Any]:
    types: dict[str, Any] = {form.media_type: {} for form in GRAPHS}
    return {
        "operationId": "graph",
        "summary": "Read one graph (SPARQL 1.1 Graph Store HTTP Protocol).",
        "parameters": [
            _parameter("graph", {"type": "string", "format": "iri"}, "A named graph."),
            _parameter("default", {"type": "string"}, "The default graph.")
            | {"allowEmptyValue": True},
        ],
        "responses": {"200": {"description": "The graph.", "content": types}, **_ERRORS},
    }


def _search() -> dict[str, Any]:
    return {
        "operationId": "search",
        "summary": "Find things by what they are called and what is told of them.",
        "parameters": [
            _parameter("q", {"type": "string", "maxLength": 200}, "Words in any language."),
            _parameter("class", {"type": "string"}, "A class, by IRI or prefixed name."),
            _parameter("page", {"type": "integer", "minimum": 1}, "Of twenty results each."),
        ],
        "responses": {
            "200": {"description": "What is found, and why.", "content": {"application/json": {}}},
            **_ERRORS,
        },
    }


def _state(text: str) -> dict[str, Any]:
    return {
        "summary": text,
        "responses": {
            "200": {"description": text, "content": {"text/plain": {}}},
            "503": {"description": "Not now.", "content": {"text/plain": {}}},
        },
    }
