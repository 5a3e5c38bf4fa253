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
    QueryError,
    QueryLimitError,
    QueryLostError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.formats import Format
from cgkg.rdf.terms import IRI, Quad
from cgkg.rdf.vocab import GRAPH
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
DESCRIBED = [
    "<https://w3id.org/cgkg/def/TextSpan>",
    "<https://w3id.org/cgkg/def/TextSpan> <urn:unknown> LIMIT 0",
    "<https://w3id.org/cgkg/def/TextSpan> cg:exactText FROM graph:registry",
    "cg:TextSpan FROM <urn:other> FROM graph:registry FROM graph:inferred",
    "cg:TextSpan FROM NAMED graph:registry",
    "cg:TextSpan WHERE { ?s a <urn:none> }",
    "cg:TextSpan ?none WHERE { ?s a cg:TextSpan }",
    "?s ?o { ?s a cg:TextSpan ; ?p ?o FILTER(!isBlank(?o)) }",
    "* { ?s skos:prefLabel ?l } ORDER BY ?s LIMIT 2",
    "?c { ?c a owl:Class FILTER(!isBlank(?c)) }",
    "?g FROM graph:registry { GRAPH ?g { ?s ?p ?o } }",
    "?x VALUES ?x { cg:TextSpan UNDEF 'x' }",
]
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
    "CONSTRUCT { ?s ?p 1 } FROM graph:registry WHERE { ?s ?p ?o FILTER isLiteral(?o) }",
    "CONSTRUCT { <relative> rdfs:label ?l , 'é'@fr } { ?s skos:prefLabel ?l } LIMIT 0",
    "SELECT * FROM <https://w3id.org/cgkg/graph/registry> { ?s skos:prefLabel ?o }",
    "SELECT * FROM NAMED <https://w3id.org/cgkg/graph/registry> { GRAPH ?g { ?s ?p 1 } }",
    "SELECT (COUNT(*) AS ?n) FROM graph:registry { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?s FROM graph:registry { ?s ?p ?o FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } }",
    "SELECT (COUNT(*) AS ?n) FROM graph:registry { GRAPH graph:inferred { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) FROM <urn:other> FROM graph:registry { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) FROM <urn:cgkg:version> FROM <urn:cgkg:default> { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) FROM NAMED <urn:cgkg:version> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH <urn:cgkg:version> { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH <urn:cgkg:default> { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH <urn:other> { ?s ?p ?o } }",
    "SELECT * { ?s <relative> ?o }",
    *(f"DESCRIBE {asked}" for asked in DESCRIBED),
]  # fmt: skip
OTHER = Quad(IRI("urn:a"), IRI("urn:a"), IRI("urn:a"), IRI("urn:other"))


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
        if scope.default is not None:  # such an engine has graphs of its own beside the version's
            remote.store.add(OTHER)
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


@pytest.mark.parametrize("names", [("registry",), ("urn:other", "registry"), ("urn:cgkg:version",)])
def test_a_dataset_of_the_request_is_kept_to_the_version(
    asked: RemoteEvaluator, local: Evaluator, names: tuple[str, ...]
) -> None:
    """In an engine that has more, which GRAPH sees there whatever the dataset is."""
    graphs = tuple(name if ":" in name else GRAPH(name).value for name in names)
    for query in ("SELECT * { ?s ?p ?o }", "SELECT * { GRAPH ?g { ?s ?p ?o } }"):
        for dataset in ({"default_graphs": graphs}, {"named_graphs": graphs}):
            request = QueryRequest(query, version="any", **dataset)  # type: ignore[arg-type]
            assert sorted_rows(ask(asked, query, **dataset)) == sorted_rows(
                local.answer(request).body
            )


def sorted_rows(body: bytes) -> list[str]:
    rows = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps(row, sort_keys=True) for row in rows if "_:" not in json.dumps(row))


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


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
RESULTS = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"u:a"}}'
WHOLE = RESULTS + b"]}}"
HTML = b"<html><title>Sign in</title></html>"


def response(head: bytes, body: bytes, length: int = 0) -> bytes:
    """A response whose head has the body's length, or another."""
    return head + b"Content-Length: %d\r\n\r\n" % (length or len(body)) + body


def other(status: bytes, body: bytes, kind: bytes = b"text/html", more: bytes = b"") -> bytes:
    return response(b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + more, body)


FAILURES = {
    "cut, length told": (response(OK, RESULTS, 9999), "before its answer was whole", "ask again"),
    "cut, in chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(RESULTS), RESULTS),
        "before its answer was whole",
        "ask again",
    ),
    "cut, no length": (OK + b"\r\n" + RESULTS, "cannot be read", "log"),
    "an error in the middle": (response(OK, RESULTS + b"] out of memory"), "cannot be read", "log"),
    "no head": (b"", "before its answer was whole", "ask again"),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "does not answer in HTTP", "address"),
    "a page": (other(b"200 OK", HTML), "answers in 'text/html'.*Sign in", "address for queries"),
    "another format": (other(b"200 OK", WHOLE, b"text/csv"), "'text/csv'", "address for queries"),
    "a page for JSON": (response(OK, HTML), "cannot be read", "log"),
    "redirected": (
        other(b"301 Moved", HTML, more=b"Location: http://b.example/\r\n"),
        "redirects to 'http://b.example/'",
        "name that address",
    ),
    "broken": (other(b"500 Oh", b"heap space", b"text/plain"), "status 500: heap space", "log"),
    "busy": (other(b"503 Busy", HTML), "status 503", "later"),
    "a login is wanted": (other(b"403 No", HTML), "status 403", "CGKG_REMOTE_LOGIN"),
    "nothing there": (other(b"404 No", HTML), "status 404", "address for queries"),
    "refused": (other(b"400 Bad", b"line 1", b"text/plain"), "cannot evaluate.*line 1", ""),
    "compressed": (
        response(OK + b"Content-Encoding: gzip\r\n", b"\x1f\x8b"),
        "in the coding 'gzip'",
        "between here and the engine",
    ),
    "anytime": (response(OK + b"X-SQL-State: S1TAT\r\n", WHOLE), "stopped before", "limits"),
    "most rows": (
        response(OK + b"X-SPARQL-MaxRows: 10000\r\n", WHOLE),
        "cuts its answers after 10000 rows",
        "ResultSetMaxRows",
    ),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_what_is_no_whole_answer_is_an_error_that_says_what_to_do(
    rivers: Generation, client: Client, kind: str
) -> None:
    raw, message, hint = FAILURES[kind]
    with (
        engine(Behaviour(raw=raw)) as remote,
        pytest.raises(QueryError, match=message) as error,
    ):
        ask(misbehaving(client, remote, rivers), "SELECT * { ?s ?p ?o }")
    assert hint in error.value.hint
    assert bool(error.value.hint) == bool(hint)


@pytest.mark.parametrize(
    "raw",
    [
        response(OK, WHOLE),
        OK + b"\r\n" + WHOLE,
        OK
        + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n%x\r\n%s\r\n0\r\n\r\n"
        % (len(WHOLE) - 1, WHOLE[1:]),
        response(OK, WHOLE) + response(OK, HTML),
    ],
    ids=["length", "none", "chunks", "more than one"],
)
def test_a_whole_answer_is_one_however_its_end_is_told(
    rivers: Generation, client: Client, raw: bytes
) -> None:
    with engine(Behaviour(raw=raw)) as remote:
        body = ask(misbehaving(client, remote, rivers), "SELECT * { ?s ?p ?o }")
    assert json.loads(body)["results"]["bindings"] == [{"s": {"type": "uri", "value": "u:a"}}]


def test_what_the_engine_cuts_of_a_description_is_an_error(
    rivers: Generation, client: Client
) -> None:
    with (
        engine(Behaviour(cuts=True)) as remote,
        pytest.raises(EndpointError, match="cuts its answers after 10 rows"),
    ):
        ask(misbehaving(client, remote, rivers), "DESCRIBE <u:a>")


def test_blank_nodes_are_not_described(asked: RemoteEvaluator) -> None:
    """By the labels of an engine nothing is found again."""
    with pytest.raises(QueryRefusedError, match=r"\?c is a blank node") as error:
        ask(asked, "DESCRIBE ?c { ?s ?p ?c FILTER(isBlank(?c)) }")
    assert "isBlank" in error.value.hint


@pytest.mark.parametrize(
    "query", ["CONSTRUCT { ?s ?p 'x'@en--ltr } { ?s ?p ?o }", "ASK { ?s ?p 'x'@en--ltr }"]
)
def test_base_directions_are_a_mistake_of_the_query(asked: RemoteEvaluator, query: str) -> None:
    """And none of the engine, which does not hear of them."""
    with pytest.raises(QuerySyntaxError, match="a base direction is not part of SPARQL"):
        ask(asked, query)


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
