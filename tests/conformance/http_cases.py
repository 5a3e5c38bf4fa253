"""The W3C cases that are HTTP exchanges: protocol, service description, graph store.

The manifests describe requests in the HTTP vocabulary. Paths under `/sparql/` mean the query
endpoint and paths under `/gsp` the graph store. What the cases of the graph store write is done
here, to the quads that the server then loads from a file; what they read is asked of the server.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

import pyoxigraph as ox
from sparql_cases import MF, SUITES, Case, Node, path_of
from sparql_results import given, isomorphic
from sparql_runs import FAILED, NOT_APPLICABLE, PASSED, Reply, Served, Verdict

from cgkg.formats import GRAPHS, RESULTS
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.rdf.vocab import RDF, RDFS, Namespace

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
GSP = "http://www.example/gsp"
_CODES = {status.phrase.replace(" ", ""): status.value for status in HTTPStatus}


@dataclass(frozen=True)
class Exchange:
    """A request of a manifest and what its response must be."""

    node: Node

    @property
    def method(self) -> str:
        return self.node.text(HT.methodName)

    @property
    def path(self) -> str:
        return self.node.text(HT.absolutePath)

    @property
    def headers(self) -> dict[str, str]:
        return _headers(self.node)

    @property
    def body(self) -> bytes | None:
        return _content(self.node)

    @property
    def response(self) -> Node:
        return self.node.at(HT.resp)

    def faults(self, reply: Reply) -> Iterator[str]:
        """What is wrong with a reply, if anything."""
        statuses = [name.value.rpartition("#")[2] for name in self.response.all(MF.expectedStatus)]
        if not any(_status_fits(name, reply.status) for name in statuses):
            yield f"{self.method} {self.path}: {reply.status}, expected {' or '.join(statuses)}"
            return
        yield from self._format_faults(reply)
        if self.response.one(HT.body) is not None or self.method == "HEAD":
            yield from self._content_faults(reply)

    def _format_faults(self, reply: Reply) -> Iterator[str]:
        wanted = self.response.text(MF.expectedFormat)
        allowed = {"RDF": GRAPHS, "tabular": RESULTS, "boolean": RESULTS}
        if wanted and reply.media not in [form.media_type for form in allowed[wanted]]:
            yield f"answered as {reply.media}, expected {wanted}"
            return
        truth = self.response.text(MF.expectedBoolean)
        if truth and given(reply.body, reply.media).boolean is not (truth == "true"):
            yield f"the answer is not {truth}"

    def _content_faults(self, reply: Reply) -> Iterator[str]:
        """A graph is compared as a graph, a header without white space and parameters' order."""
        wanted = _headers(self.response).get("content-type", "").partition(";")[0]
        if reply.status == 200 and reply.media != wanted:
            yield f"answered as {reply.media}, expected {wanted}"
        body = _content(self.response)
        if body is None:
            return
        graph = given(reply.body, reply.media).graph or ()
        if not isomorphic(graph, ox.parse(body, format=ox.RdfFormat.TURTLE, base_iri=GSP)):
            yield f"{self.method} {self.path}: another graph than expected"


def _headers(node: Node) -> dict[str, str]:
    found = node.list(HT.headers)
    return {header.text(HT.fieldName): header.text(HT.fieldValue) for header in found}


def _content(node: Node) -> bytes | None:
    body = node.at(HT.body)
    text = body.one(CNT.chars)
    return None if text is None else text.value.encode(body.text(CNT.characterEncoding))


def _status_fits(name: str, status: int) -> bool:
    if found := re.fullmatch(r"StatusCode(\d)xx", name):
        return status // 100 == int(found[1])
    return status == _CODES[name]


def exchanges(case: Case) -> list[Exchange]:
    """The requests of a case in their order."""
    return [Exchange(node) for node in case.node.at(MF.action).list(HT.requests)]


# Protocol


def protocol_data(case: Case) -> list[Quad]:
    """The named graphs that a case of the protocol is about."""
    quads = []
    for name in case.node.all(UT.graphData):
        data = Node(case.node.manifest, name)
        path, graph = path_of(data.at(UT.graph).name), IRI(data.text(RDFS.label))
        for quad in ox.parse(path=str(SUITES / path), format=ox.RdfFormat.N_TRIPLES):
            quads.append(Quad(quad.subject, quad.predicate, quad.object, graph))
    return quads


def protocol(case: Case, server: Served) -> Verdict:
    """Send the requests as they are written."""
    name = case.name.rpartition("/")[2]
    if name.startswith("update_"):
        return Verdict(NOT_APPLICABLE, "the endpoint is read-only")
    faults = []
    for exchange in exchanges(case):
        reply = server.send(exchange.method, exchange.path, exchange.body, exchange.headers)
        faults += list(exchange.faults(reply))
    return Verdict(FAILED, "; ".join(faults)) if faults else Verdict(PASSED)


# Service description


def service_description(case: Case, server: Served) -> Verdict:
    """Ask the endpoint without a query and look at what it says of itself."""
    reply = server.send("GET", "/sparql", headers={"Accept": "text/turtle"})
    if reply.status != 200 or reply.media != "text/turtle":
        return Verdict(FAILED, f"{reply.status} {reply.media}")
    quads = list(
        ox.parse(reply.body, format=ox.RdfFormat.TURTLE, base_iri=f"{server.address}sparql")
    )
    faults = {
        "returns-rdf": [] if quads else ["nothing is said"],
        "has-endpoint-triple": _endpoint_faults(quads, f"{server.address}sparql"),
        "conforms-to-schema": list(_schema_faults(quads)),
    }[case.name.rpartition("/")[2]]
    return Verdict(FAILED, "; ".join(faults)) if faults else Verdict(PASSED)


def _endpoint_faults(quads: list[Quad], address: str) -> list[str]:
    said = {q.object for q in quads if q.predicate == SD.endpoint}
    return [] if said == {IRI(address)} else [f"sd:endpoint is {said}"]


# Domain, and what the object must be: a class whose instance it is declared, or None (any IRI).
_SCHEMA: Mapping[IRI, tuple[IRI, IRI | None]] = {
    SD.endpoint: (SD.Service, None),
    SD.supportedLanguage: (SD.Service, None),
    SD.resultFormat: (SD.Service, None),
    SD.inputFormat: (SD.Service, None),
    SD.feature: (SD.Service, None),
    SD.languageExtension: (SD.Service, None),
    SD.extensionFunction: (SD.Service, None),
    SD.extensionAggregate: (SD.Service, None),
    SD.propertyFeature: (SD.Service, None),
    SD.defaultEntailmentRegime: (SD.Service, None),
    SD.defaultSupportedEntailmentProfile: (SD.Service, None),
    SD.defaultDataset: (SD.Service, SD.Dataset),
    SD.availableGraphs: (SD.Service, SD.GraphCollection),
    SD.defaultGraph: (SD.Dataset, SD.Graph),
    SD.namedGraph: (SD.GraphCollection, SD.NamedGraph),
    SD.name: (SD.NamedGraph, None),
    SD.graph: (SD.NamedGraph, SD.Graph),
    SD.entailmentRegime: (SD.NamedGraph, None),
    SD.supportedEntailmentProfile: (SD.NamedGraph, None),
}


def _schema_faults(quads: list[Quad]) -> Iterator[str]:
    """The vocabulary's properties, each between things of its domain and range (§3)."""
    types: dict[object, set[object]] = {}
    for quad in quads:
        if quad.predicate == RDF.type:
            types.setdefault(quad.subject, set()).add(quad.object)
    if not any(SD.Service in found for found in types.values()):
        yield "there is no sd:Service"
    for quad in quads:
        if not quad.predicate.value.startswith(SD.base):
            continue
        if quad.predicate not in _SCHEMA:
            yield f"{quad.predicate} is no property of the vocabulary"
            continue
        domain, kind = _SCHEMA[quad.predicate]
        subject = types.get(quad.subject, set())
        if domain not in subject and not (domain == SD.GraphCollection and SD.Dataset in subject):
            yield f"the subject of {quad.predicate} is no {domain}"
        if isinstance(quad.object, Literal):
            yield f"the object of {quad.predicate} is a literal"
        elif kind is not None and kind not in types.get(quad.object, set()):
            yield f"the object of {quad.predicate} is no {kind}"


# Graph store


@dataclass
class GraphStore:
    """The graphs as the cases' writes leave them; "" is the default graph."""

    graphs: dict[str, list[Quad]] = field(default_factory=dict)

    def write(self, exchange: Exchange) -> None:
        """Do what a PUT, POST or DELETE says."""
        name = graph_name(exchange.path)
        if exchange.method == "DELETE":
            self.graphs.pop(name, None)
            return
        if exchange.method == "PUT":
            self.graphs[name] = []
        held = self.graphs.setdefault(name, [])
        for text in _documents(exchange):
            held += ox.parse(
                text, format=ox.RdfFormat.TURTLE, base_iri=GSP, rename_blank_nodes=True
            )

    def quads(self, address: str) -> list[Quad]:
        """What to load, the graph store being at this address instead of the suite's."""
        found = []
        for name, quads in self.graphs.items():
            graph = IRI(name.replace(GSP, address, 1)) if name else DefaultGraph()
            found += [Quad(q.subject, q.predicate, q.object, graph) for q in quads]
        return found


def graph_name(path: str) -> str:
    """The graph that a request names, directly by its path or by `graph` or `default`."""
    before, _, query = path.partition("?")
    if not query:
        return GSP + before.removeprefix("/gsp")
    return dict(parse_qsl(query)).get("graph", "")


def _documents(exchange: Exchange) -> Iterator[bytes]:
    """The Turtle documents of a body, also of one in several parts."""
    body, kind = exchange.body or b"", exchange.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        yield body
        return
    lines = [line.strip() for line in body.decode().strip().splitlines()]
    message = email.message_from_string(f"Content-Type: {kind}\n\n" + "\n".join(lines))
    for part in message.walk():
        if not part.is_multipart():
            yield str(part.get_payload()).encode()


def graph_store_reads(case: Case) -> list[tuple[GraphStore, Exchange]]:
    """Each read of a case with the graphs as the writes before it left them."""
    reads, store = [], GraphStore()
    for exchange in exchanges(case):
        if exchange.method in ("GET", "HEAD"):
            reads.append((GraphStore(dict(store.graphs)), exchange))
        else:
            store = GraphStore({name: list(quads) for name, quads in store.graphs.items()})
            store.write(exchange)
    return reads


def is_direct(case: Case) -> bool:
    """Whether the case names graphs by the path of the request."""
    return MF.DirectGraphIdentification in case.node.all(MF.requires)


def graph_store_reason(case: Case) -> str:
    """Why a case of the graph store is not for a read-only endpoint; empty if it is."""
    if MF.POSTGraphCreation in case.node.all(MF.requires):
        return "the server names a new graph: the endpoint is read-only"
    return "" if graph_store_reads(case) else "it only writes: the endpoint is read-only"


def graph_store_read(exchange: Exchange, server: Served) -> list[str]:
    """What is wrong with the server's reply to a read."""
    path, _, query = exchange.path.partition("?")
    target = path.replace("/gsp", "/graph-store", 1) + (f"?{query}" if query else "")
    return list(exchange.faults(server.send(exchange.method, target, headers=exchange.headers)))
