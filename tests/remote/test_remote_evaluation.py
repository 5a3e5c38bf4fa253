"""Queries over an engine keep the endpoint's promises: whole or an error, and of one version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from engines import Behaviour, FakeEngine, engine
from limits import AMPLE, BRIEF, wait_until

from cgkg.errors import (
    CgkgError,
    EndpointError,
    EndpointTimeoutError,
    NotAcceptableError,
    QueryLimitError,
    QueryLostError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.formats import Format
from cgkg.remote.client import Call, Client
from cgkg.remote.engine import Engine
from cgkg.remote.evaluation import RemoteEvaluator
from cgkg.remote.push import Version, push
from cgkg.remote.reader import RemoteReader, blank_graph
from cgkg.remote.scope import DEFAULT_GRAPH, GraphScope
from cgkg.sparql.evaluation import Evaluator
from cgkg.sparql.protocol import QueryRequest
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.generations import Generation

SCOPES = {"own": GraphScope(), "named": GraphScope(DEFAULT_GRAPH)}
PROLOGUE = """PREFIX cg: <https://w3id.org/cgkg/def/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX graph: <https://w3id.org/cgkg/graph/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""
QUERIES = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT ?s ?g { ?s a cg:TextSpan . OPTIONAL { GRAPH ?g { ?s ?p ?o } } }",
    "SELECT ?s { ?s skos:prefLabel ?l FILTER EXISTS { GRAPH ?g { ?s skos:prefLabel ?l } } }",
    "SELECT ?s { ?s skos:prefLabel ?l MINUS { GRAPH ?g { ?s ?p ?l } } }",
    "SELECT ?s { { ?s a owl:Class } UNION { GRAPH graph:shapes { ?s ?p 1 } } FILTER isIRI(?s) }",
    "SELECT ?s ?c { ?s a/rdfs:subClassOf* ?c . { SELECT ?s { ?s skos:prefLabel ?l } } }",
    "ASK { GRAPH ?g { ?s a cg:TextSpan } }",
    "ASK { GRAPH ?g { ?g ?p 'sha256:none' } }",
    "CONSTRUCT { ?s rdfs:label ?l } { ?s skos:prefLabel ?l }",
    "CONSTRUCT WHERE { ?s a cg:TextSpan ; ?p ?o }",
    "SELECT * FROM <https://w3id.org/cgkg/graph/registry> { ?s skos:prefLabel ?o }",
    "SELECT * { ?s <relative> ?o }",
]  # fmt: skip


def evaluator(
    client: Client, url: str, generation: Generation, scope: GraphScope
) -> RemoteEvaluator:
    there = Engine(client, url)
    reader = RemoteReader(there, scope, blank_graph(generation.dataset_file))
    return RemoteEvaluator(there, scope, reader, AnswerLimits(1 << 20, 10_000))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    one = Client("")
    yield one
    one.close()


@pytest.fixture(scope="module", params=SCOPES)
def asked(
    request: pytest.FixtureRequest, rivers: Generation, client: Client
) -> Iterator[RemoteEvaluator]:
    """The version in an engine, with its default graph in either place."""
    scope = SCOPES[request.param]
    with engine() as remote:
        push(
            Engine(client, remote.url),
            Version(rivers.dataset_file, rivers.digest),
            scope=scope,
            compare=False,
        )
        yield evaluator(client, remote.url, rivers, scope)


@pytest.fixture(scope="module")
def local(rivers: Generation) -> Evaluator:
    return Evaluator(rivers.open(), rivers.open(asserted=True), 1 << 20)


def ask(one: RemoteEvaluator, query: str, **more: object) -> bytes:
    request = QueryRequest(PROLOGUE + query, version="any", graph_as="application/n-triples")
    return one.answer(request._replace(**more), AMPLE, Call()).body  # type: ignore[arg-type]


@pytest.mark.parametrize("query", QUERIES)
def test_an_engine_gives_the_answers_of_the_graph_here(
    asked: RemoteEvaluator, local: Evaluator, query: str
) -> None:
    """To the byte; the graph that says which version it is is no graph of the version."""
    request = QueryRequest(PROLOGUE + query, version="any", graph_as="application/n-triples")
    here = local.answer(request)
    there = asked.answer(request, AMPLE, Call())
    assert there.body == here.body
    assert (there.kind, there.rows) == (here.kind, here.rows)
    # Why nothing was found is not told of an engine.
    assert there.etag == here.etag or here.unmatched


@pytest.mark.parametrize("form", [Format.CSV, Format.TSV, Format.XML])
def test_every_format_is_written_here(
    asked: RemoteEvaluator, local: Evaluator, form: Format
) -> None:
    request = QueryRequest(
        PROLOGUE + "SELECT ?s ?o { ?s skos:prefLabel ?o }",
        version="any",
        results_as=form.media_type,
        coding="gzip",
    )
    assert asked.answer(request, AMPLE, Call()).body == local.answer(request).body


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?l { ?s a ?c ; rdfs:label ?l FILTER isIRI(?s) }",
        "SELECT ?c (COUNT(?s) AS ?n) { ?s a/rdfs:subClassOf* ?c } GROUP BY ?c",
        "SELECT ?s ?g { GRAPH ?g { ?s skos:prefLabel ?l } }",
    ],
)
def test_evidence_is_that_of_the_graph_here(
    asked: RemoteEvaluator, local: Evaluator, query: str
) -> None:
    request = QueryRequest(PROLOGUE + query, version="any", evidence=True)
    here = json.loads(local.answer(request).body)
    assert here["evidence"]
    assert json.loads(ask(asked, query, evidence=True)) == here


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT ?s { ?s ?p", QuerySyntaxError),
        ("DELETE WHERE { ?s ?p ?o }", QueryRefusedError),
        ("SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }", QueryRefusedError),
        ("SELECT ?o { ?s ?p ?o } LIMIT 20000", QueryLimitError),
    ],
)
def test_what_is_refused_here_is_refused_there(
    asked: RemoteEvaluator, query: str, error: type[CgkgError]
) -> None:
    one = RemoteEvaluator(asked.engine, asked.scope, asked.reader, AnswerLimits(1 << 20, 10))
    with pytest.raises(error):
        ask(one, query)


def test_asserted_facts_alone_are_refused_and_not_mixed(asked: RemoteEvaluator) -> None:
    with pytest.raises(QueryRefusedError, match="reasoning=off"):
        ask(asked, "ASK { ?s ?p ?o }", asserted_only=True)


def test_a_format_that_cannot_say_the_answer_is_an_error(asked: RemoteEvaluator) -> None:
    with pytest.raises(NotAcceptableError):
        ask(asked, "ASK { ?s ?p ?o }", results_as=None)


# Engines that misbehave


def misbehaving(client: Client, remote: FakeEngine, generation: Generation) -> RemoteEvaluator:
    return evaluator(client, remote.url, generation, GraphScope())


def test_an_answer_that_the_engine_cut_is_an_error(rivers: Generation, client: Client) -> None:
    with (
        engine(Behaviour(cuts=True)) as remote,
        pytest.raises(EndpointError, match="cuts its answers after 10 rows"),
    ):
        ask(misbehaving(client, remote, rivers), "SELECT * { ?s ?p ?o }")


@pytest.mark.parametrize(
    "body",
    [
        b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"u:a"}},',
        b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"u:a"}}] out of',
        b"<html>busy</html>",
    ],
)
def test_an_answer_that_breaks_off_is_an_error(
    rivers: Generation, client: Client, body: bytes
) -> None:
    with (
        engine(Behaviour(body=body)) as remote,
        pytest.raises(EndpointError, match="cannot be read"),
    ):
        ask(misbehaving(client, remote, rivers), "SELECT * { ?s ?p ?o }")


def test_names_of_blank_nodes_become_labels(rivers: Generation, client: Client) -> None:
    """Virtuoso's are none."""
    row = {"s": {"type": "bnode", "value": "nodeID://b10000"}}
    body = json.dumps({"head": {"vars": ["s"]}, "results": {"bindings": [row]}}).encode()
    with engine(Behaviour(body=body)) as remote:
        answer = json.loads(ask(misbehaving(client, remote, rivers), "SELECT * { ?s ?p ?o }"))
    assert answer["results"]["bindings"] == [{"s": {"type": "bnode", "value": "bb10000"}}]


@pytest.mark.parametrize(("value", "true"), [("1", True), ("0", False)])
def test_a_row_about_the_truth_is_a_boolean(
    rivers: Generation, client: Client, value: str, true: bool
) -> None:
    """As Virtuoso answers ASK after a comment."""
    row = {"__ASK_RETVAL": {"type": "typed-literal", "value": value, "datatype": "u:integer"}}
    body = json.dumps({"head": {"vars": [*row]}, "results": {"bindings": [row]}}).encode()
    with engine(Behaviour(body=body)) as remote:
        answer = json.loads(ask(misbehaving(client, remote, rivers), "ASK { ?s ?p ?o }"))
    assert answer["boolean"] is true


def test_a_query_ends_at_its_deadline_or_when_its_client_leaves(
    rivers: Generation, client: Client
) -> None:
    hangs = Event()
    with engine(Behaviour(hangs=hangs)) as remote:
        one = misbehaving(client, remote, rivers)
        request = QueryRequest("SELECT * { ?s ?p ?o }")
        with pytest.raises(EndpointTimeoutError):
            one.answer(request, BRIEF, Call())
        call = Call()
        raised: list[type[Exception]] = []

        def wait() -> None:
            try:
                one.answer(request, AMPLE, call)
            except QueryLostError as error:
                raised.append(type(error))

        thread = Thread(target=wait)
        thread.start()
        assert wait_until(lambda: len(remote.asked) == 2)
        call.cancel()
        thread.join()
        assert raised == [QueryLostError]
        hangs.set()


def test_an_engine_that_is_not_there_is_an_error(rivers: Generation, client: Client) -> None:
    with engine() as remote:
        one = misbehaving(client, remote, rivers)
    with pytest.raises(EndpointError, match="cannot be reached"):
        ask(one, "ASK { ?s ?p ?o }")
