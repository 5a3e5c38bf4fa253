"""The endpoint over HTTP, errors as problems, and what every answer carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from tale import ALPHA, BETA, GAMMA, make_generation

from cgkg.errors import (
    CgkgError,
    NotAcceptableError,
    PoolBusyError,
    QueryError,
    QueryLimitError,
    QueryLostError,
    QueryRefusedError,
    VersionNotFoundError,
)
from cgkg.http.problems import STATUS
from cgkg.rdf.vocab import CG
from cgkg.sparql.protocol import QueryAnswer, QueryRequest
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app
from cgkg.workers.threads import QueryPool

SELECT = f"SELECT ?o WHERE {{ {ALPHA} <{CG.hasMember.value}> ?o }} ORDER BY ?o"


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return make_generation(tmp_path_factory.mktemp("generation"))


@pytest.fixture(scope="module")
def pool(generation: Generation) -> Iterator[QueryPool]:
    with QueryPool.start(generation.dataset_file, generation.asserted_file, workers=1) as started:
        yield started


@pytest.fixture
def client(generation: Generation, pool: QueryPool) -> FlaskClient:
    return create_app(generation, pool, Settings(max_body=2000)).test_client()


def failing(generation: Generation, error: Exception) -> FlaskClient:
    return create_app(generation, Failing(error), Settings()).test_client()


def test_get_answers_in_the_format_asked_for(client: FlaskClient) -> None:
    """GET with a query answers in the media type that Accept prefers."""
    answer = client.get(
        "/sparql", query_string={"query": SELECT}, headers={"Accept": "text/csv, */*;q=0.1"}
    )
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.split() == ["o", BETA.value, GAMMA.value]
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("kind", ["form", "direct"])
def test_post_in_both_forms(client: FlaskClient, kind: str) -> None:
    """POST as a form and POST of the bare query give the same answer as GET."""
    if kind == "form":
        answer = client.post("/sparql", data={"query": SELECT})
    else:
        answer = client.post("/sparql", data=SELECT, content_type="application/sparql-query")
    got = client.get("/sparql", query_string={"query": SELECT})
    assert answer.status_code == 200
    assert answer.data == got.data
    assert len(answer.get_json(force=True)["results"]["bindings"]) == 2


def test_plus_and_percent_arrive_once(client: FlaskClient) -> None:
    """What is encoded once is decoded once, in an address and in a form."""
    query = 'SELECT ("1 + 100%25" AS ?x) {}'
    for answer in (
        client.get("/sparql?query=" + quote(query)),
        client.post("/sparql", data={"query": query}),
    ):
        bindings = answer.get_json(force=True)["results"]["bindings"]
        assert bindings[0]["x"]["value"] == "1 + 100%25"


def test_construct_as_turtle(client: FlaskClient) -> None:
    """A query for a graph is answered in an RDF syntax."""
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o . FILTER(?s = {ALPHA}) }}"
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/turtle"})
    assert answer.content_type == "text/turtle; charset=utf-8"
    assert "hasMember" in answer.text


def test_head_is_get_without_the_body(client: FlaskClient) -> None:
    """HEAD has the status and headers of GET, and no body."""
    get = client.get("/sparql", query_string={"query": SELECT})
    head = client.head("/sparql", query_string={"query": SELECT})
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.content_type == get.content_type


def test_scripts_of_other_sites_may_ask(client: FlaskClient) -> None:
    """The endpoint answers preflight requests and lets any origin read answers and errors."""
    preflight = client.options("/sparql")
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    for path in ("/sparql?query=ASK%20%7B%7D", "/sparql?query=nonsense"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_other_methods_are_refused(client: FlaskClient) -> None:
    """Another method is 405 with the methods there are, as a problem."""
    answer = client.put("/sparql", data="x")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert answer.content_type == "application/problem+json"


def test_syntax_error_says_where(client: FlaskClient) -> None:
    """A query that is not SPARQL is 400 with line and column."""
    answer = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s ?p }"})
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    body = answer.get_json(force=True)
    assert (body["status"], body["line"]) == (400, 2)
    assert body["column"] > 1
    assert body["detail"]


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (400, {"method": "POST", "data": {"nothing": "here"}}),
        (400, {"method": "GET", "query_string": "query=%FF"}),
        (403, {"method": "POST", "data": {"update": "CLEAR ALL"}}),
        (406, {"method": "GET", "query_string": "query=ASK{}", "headers": {"Accept": "image/png"}}),
        (413, {"method": "POST", "data": {"query": "#" * 3000}}),
        (415, {"method": "POST", "data": "{}", "content_type": "application/json"}),
    ],
)
def test_requests_that_are_refused(
    client: FlaskClient, status: int, request_: dict[str, Any]
) -> None:
    """Each way of asking wrongly has its status and a problem that says what to do."""
    answer = client.open("/sparql", **request_)
    assert answer.status_code == status
    assert answer.get_json(force=True)["status"] == status
    assert answer.get_json(force=True)["detail"]


def test_not_acceptable_lists_what_there_is(client: FlaskClient) -> None:
    """A 406 names the formats that would be accepted."""
    answer = client.get("/sparql?query=ASK{}", headers={"Accept": "image/png"})
    assert "application/sparql-results+json" in answer.get_json(force=True)["available"]


def test_busy_says_when_to_come_back(generation: Generation) -> None:
    """A full queue is 503 with Retry-After."""
    answer = failing(generation, PoolBusyError("64 queries wait")).get("/sparql?query=ASK{}")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_limit_is_named_and_not_to_be_repeated(generation: Generation) -> None:
    """A query that reached a limit is 503, names the limit, and does not invite a repetition."""
    error = QueryLimitError("query stopped after 30 s", hint="the limit is query_timeout")
    answer = failing(generation, error).get("/sparql?query=ASK{}")
    assert answer.status_code == 503
    assert answer.get_json(force=True)["hint"] == "the limit is query_timeout"
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QueryRefusedError("no SERVICE"), 403),
        (QueryError("the query failed"), 400),
        (QueryLostError("the process ended"), 503),
        (CgkgError("a panic of the engine"), 500),
        (NotAcceptableError("image/png", ["text/csv"]), 406),
    ],
)
def test_errors_of_the_pool(generation: Generation, error: CgkgError, status: int) -> None:
    """An error of the pool has its status and never a body of results."""
    answer = failing(generation, error).get("/sparql?query=ASK{}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_unexpected_error_tells_nothing_of_the_inside(
    generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    """An error nobody foresaw is 500 without its message, which only the log has."""
    client = failing(generation, RuntimeError("secret/path"))
    answer = client.get("/sparql?query=ASK{}")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret/path" in caplog.text


def test_every_error_has_a_status() -> None:
    """The table of statuses holds every error class of cgkg, by itself or by a parent."""
    waiting = [CgkgError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        assert any(issubclass(kind, known) for known, _ in STATUS)
    for place, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(kind, earlier) for earlier, _ in STATUS[:place]), kind


def test_form_for_a_browser(client: FlaskClient) -> None:
    """Without a query a browser gets a form that works without scripts."""
    page = client.get("/sparql", headers=BROWSER)
    assert page.content_type == "text/html; charset=utf-8"
    assert "<form" in page.text
    assert "<textarea" in page.text
    assert page.text.count("<script") == page.text.count('<script type="application/ld+json"')


def test_description_for_a_client(client: FlaskClient) -> None:
    """Without a query a client gets the service description in the syntax it likes."""
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "text/turtle"}):
        answer = client.get("/sparql", headers=headers)
        assert answer.content_type == "text/turtle; charset=utf-8"
        assert "sd:SPARQL11Query" in answer.text
    answer = client.get("/sparql", headers={"Accept": "application/n-triples"})
    assert "<http://localhost/sparql>" in answer.text


def test_results_asked_for_without_a_query(client: FlaskClient) -> None:
    """Who wants results and sends no query is told so."""
    answer = client.get("/sparql", headers={"Accept": "application/sparql-results+json"})
    assert answer.status_code == 400
    assert "no query" in answer.get_json(force=True)["detail"]


def test_result_page_links_entities(client: FlaskClient) -> None:
    """A browser sees rows with labels, linked to local pages, and downloads of the same query."""
    page = client.get("/sparql", query_string={"query": SELECT}, headers=BROWSER)
    assert page.status_code == 200
    assert 'href="/id/place/beta"' in page.text
    assert ">Beta</a>" in page.text
    assert "format=csv" in page.text
    assert SELECT.replace("<", "&lt;").replace(">", "&gt;") in page.text


def test_format_parameter_goes_before_accept(client: FlaskClient) -> None:
    """A download link gives its format although the browser prefers pages."""
    answer = client.get("/sparql", query_string={"query": SELECT, "format": "csv"}, headers=BROWSER)
    assert answer.content_type == "text/csv; charset=utf-8"


def test_format_in_a_posted_form_goes_before_accept(client: FlaskClient) -> None:
    """A form of somebody's own page may ask for CSV as an address may."""
    form = {"query": SELECT, "format": "csv"}
    answer = client.post("/sparql", data=form, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    page = client.post("/sparql", data={"query": SELECT, "format": ""}, headers=BROWSER)
    assert page.mimetype == "text/html"


def test_downloads_of_a_page_ask_the_same(client: FlaskClient) -> None:
    """Its links keep the dataset and the parameters that its rows come from."""
    more = {"reasoning": "off", "timeout": "2", "default-graph-uri": ["urn:a", "urn:b"]}
    page = client.get("/sparql", query_string={"query": "ASK {}", **more}, headers=BROWSER)
    links = re.findall(r'href="(/sparql\?query=[^"]*format=xml)"', page.text)
    (asked,) = [parse_qs(urlsplit(unescape(link)).query) for link in links]
    assert asked["default-graph-uri"] == ["urn:a", "urn:b"]
    assert (asked["reasoning"], asked["timeout"]) == (["off"], ["2"])


def test_a_page_says_when_to_try_again(generation: Generation) -> None:
    """A full queue is a 503 with Retry-After for a browser, too."""

    class Busy:
        def run(self, request: QueryRequest) -> QueryAnswer:
            raise PoolBusyError("64 queries are waiting already")

    busy = create_app(generation, Busy(), Settings()).test_client()
    page = busy.get("/sparql", query_string={"query": SELECT}, headers=BROWSER)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("path", ["/sparql", "/graph-store", "/id/x", "/graph-store/x"])
def test_a_preflight_allows_what_is_asked_for(client: FlaskClient, path: str) -> None:
    """Scripts written for other stores send headers of their own."""
    asked = {"Access-Control-Request-Headers": "queryid,x-requested-with"}
    allowed = client.options(path, headers=asked).headers["Access-Control-Allow-Headers"]
    assert {"queryid", "x-requested-with"} <= set(allowed.split(", "))


def test_a_slash_at_the_end_is_no_other_address(client: FlaskClient) -> None:
    """Endpoint and graph store answer there too; a page has one address, which keeps the query."""
    ask = {"query": "ASK {}"}
    for answer in (client.get("/sparql/", query_string=ask), client.post("/sparql/", data=ask)):
        assert (answer.status_code, answer.get_json(force=True)["boolean"]) == (200, True)
    described = client.get("/sparql/", headers={"Accept": "text/turtle"})
    assert described.data == client.get("/sparql", headers={"Accept": "text/turtle"}).data
    assert client.options("/sparql/").status_code == 204
    assert client.get("/graph-store/?default").data == client.get("/graph-store?default").data
    moved = client.get("/query/?query=ASK%20%7B%7D")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/query?query=ASK%20%7B%7D")
    assert client.get("/query/").headers["Location"] == "/query"


def test_links_of_virtuoso_lead_to_a_page(client: FlaskClient) -> None:
    """They name the page as a format, whatever Accept says, and graphs that nobody chose."""
    link = {"default-graph-uri": "", "query": SELECT, "format": "text/html", "timeout": "0"}
    page = client.get("/sparql", query_string=link)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "2 rows" in page.text
    form = client.get("/sparql?default-graph-uri=", headers=BROWSER)
    assert (form.status_code, form.mimetype) == (200, "text/html")
    for more in ({"output": "csv"}, {"format": "csv"}):
        answer = client.get("/sparql", query_string={"query": SELECT, **more}, headers=BROWSER)
        assert answer.mimetype == "text/csv"
        answer = client.post("/sparql", data={"query": SELECT, **more}, headers=BROWSER)
        assert answer.mimetype == "text/csv"


def test_csv_for_spreadsheets_begins_with_a_byte_order_mark(client: FlaskClient) -> None:
    """Otherwise the answer is the same, but not to a cache."""
    plain = client.get("/sparql", query_string={"query": SELECT, "format": "csv"})
    marked = client.get("/sparql", query_string={"query": SELECT, "format": "csv", "bom": "true"})
    assert marked.data == b"\xef\xbb\xbf" + plain.data
    assert marked.headers["X-Cgkg-Rows"] == plain.headers["X-Cgkg-Rows"]
    assert marked.headers["ETag"] != plain.headers["ETag"]


def test_scripts_of_other_sites_may_ask_conditionally(client: FlaskClient) -> None:
    """A preflight allows the headers that a careful client sends."""
    for path in ("/sparql", "/graph-store"):
        allowed = client.options(path).headers["Access-Control-Allow-Headers"].split(", ")
        assert {"Accept", "If-None-Match", "X-Request-Id"} <= set(allowed)


@pytest.mark.parametrize("path", ["/nothing", "/graph-store?graph=urn:x", "/query/nothing"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_error_is_not_kept_for_others(client: FlaskClient, path: str, accept: str) -> None:
    """A cache must not give a program the page, or a reader the details; scripts may read both."""
    headers = client.get(path, headers={"Accept": accept}).headers
    assert headers["Vary"] == "Accept, Accept-Language"
    assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_result_page_escapes_values(client: FlaskClient) -> None:
    """Markup in a result is text on the page."""
    query = 'SELECT ("<script>alert(1)</script>" AS ?x) {}'
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER)
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("query", "shown"), [("ASK {}", ">yes<"), ("DESCRIBE <urn:x>", "<pre"), (SELECT, "2 rows")]
)
def test_result_page_of_every_kind(client: FlaskClient, query: str, shown: str) -> None:
    """Rows, a truth value and a graph each have their page."""
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER)
    assert page.status_code == 200
    assert shown in page.text


def test_an_empty_answer_says_which_terms_the_graph_lacks(client: FlaskClient) -> None:
    """A header for programs, which scripts of other sites may read, and a line on the page."""
    query = f"SELECT * {{ ?s <{CG.hasMember.value}s> ?o }}"
    answer = client.get("/sparql", query_string={"query": query})
    (note,) = json.loads(answer.headers["X-Cgkg-Unmatched"])
    near = [f"<{CG.hasMember.value}>"]
    assert note == {"kind": "property", "term": f"<{CG.hasMember.value}s>", "near": near}
    assert "X-Cgkg-Unmatched" in answer.headers["Access-Control-Expose-Headers"]
    for language, said in (
        ("en", "The graph has no property cg:hasMembers. Did you mean cg:hasMember?"),
        ("zh", "图谱中没有属性 cg:hasMembers。是否指 cg:hasMember？"),
    ):
        asked = {"query": query, "lang": language, "format": "html"}
        page = client.get("/sparql", query_string=asked)
        assert said in page.text
        assert page.headers["X-Cgkg-Unmatched"] == answer.headers["X-Cgkg-Unmatched"]
    found = client.get("/sparql", query_string={"query": SELECT})
    assert "X-Cgkg-Unmatched" not in found.headers


def test_result_page_keeps_what_was_asked_beside_the_query(client: FlaskClient) -> None:
    """Downloads and the form ask the same dataset as the page did."""
    more = {"default-graph-uri": ["http://e/1", "http://e/2"], "reasoning": "off"}
    text = client.get("/sparql", query_string={"query": SELECT, **more}, headers=BROWSER).text
    links = [urlsplit(unescape(link)) for link in re.findall(r'href="(/sparql\?[^"]*)"', text)]
    asked = [parse_qs(link.query) for link in links if "format=" in link.query]
    assert [one["format"] for one in asked] == [["json"], ["xml"], ["csv"], ["tsv"], ["csv"]]
    assert [one.get("spreadsheet") for one in asked] == [None] * 4 + [["true"]]
    for one in asked:
        assert one["default-graph-uri"] == more["default-graph-uri"]
        assert one["reasoning"] == ["off"]
    for value in more["default-graph-uri"]:
        assert f'<input type="hidden" name="default-graph-uri" value="{value}">' in text
    assert '<input type="hidden" name="reasoning" value="off">' in text


def test_an_application_alone_has_one_version(client: FlaskClient, generation: Generation) -> None:
    """Without a store behind it, its own generation is the only one; it may be named."""
    asked = {"query": SELECT, "version": generation.id}
    answer = client.get("/sparql", query_string=asked)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Cgkg-Generation"] == generation.id
    other = client.get("/sparql", query_string={**asked, "version": "another"})
    assert other.status_code == 404
    assert other.get_json(force=True)["known"] == [generation.id]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_version_that_is_not_there_is_a_page_with_those_that_are(
    generation: Generation, pool: QueryPool, language: str
) -> None:
    """A person who asks an unknown version is offered the same question to each known one."""

    def find(version: str) -> Generation:
        raise VersionNotFoundError(version, known=["g1", generation.id])

    missing = create_app(generation, pool, Settings(find=find)).test_client()
    asked = {"query": SELECT, "version": "g0", "reasoning": "off", "lang": language}
    page = missing.get("/sparql", query_string=asked, headers=BROWSER)
    assert page.status_code == 404
    assert page.content_type.startswith("text/html")
    assert {"en": "There is no generation", "zh": "没有这个版本"}[language] in page.text
    links = re.findall(r'<li><a href="(/sparql\?[^"]*version=[^"]*)"', page.text)
    found = [parse_qs(urlsplit(unescape(link)).query) for link in links]
    assert [one["version"] for one in found] == [["g1"], [generation.id]]
    for one in found:
        assert one["query"] == [SELECT]
        assert one["reasoning"] == ["off"]
        assert one["lang"] == [language]
    assert 'name="version"' not in page.text
    told = missing.get("/sparql", query_string={"query": SELECT, "version": "g0"})
    assert told.get_json(force=True)["known"] == ["g1", generation.id]


def test_result_page_keeps_a_wrong_query(client: FlaskClient) -> None:
    """A browser that sent a wrong query gets 400, the query back, and what is wrong with it."""
    page = client.post("/sparql", data={"query": "SELECT wrong"}, headers=BROWSER)
    assert page.status_code == 400
    assert "SELECT wrong</textarea>" in page.text
    assert 'role="alert"' in page.text


@pytest.mark.parametrize("path", ["/", "/search", "/sparql", "/id/region/alpha", "/nowhere"])
def test_security_headers(client: FlaskClient, path: str) -> None:
    """Every answer forbids scripts, framing, sniffing and telling where a reader came from.

    Where names are suggested while somebody types, scripts of this server are allowed alone.
    """
    headers = client.get(path, headers=BROWSER).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    scripts = "'self'" if path in ("/", "/search") else "'none'"
    assert policy.endswith(f"script-src {scripts}")
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/sparql", "/id/region/alpha", "/nowhere"])
def test_pages_load_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    """No page loads a style sheet, script or picture from another host."""
    text = client.get(path, headers=BROWSER).text
    here = text.count('<script type="module" src="/static/')
    assert text.count("<script") == text.count('<script type="application/ld+json">') + here
    for attribute in ('src="', '<link rel="stylesheet" href="', '<link rel="icon" href="'):
        targets = [part.split('"')[0] for part in text.split(attribute)[1:]]
        assert all(target.startswith("/static/") for target in targets)


def test_icon(client: FlaskClient) -> None:
    """A browser that asks for the icon at its usual place gets one."""
    with client.get("/favicon.ico", follow_redirects=True) as answer:
        assert answer.status_code == 200
        assert answer.content_type.startswith("image/svg")


@pytest.mark.parametrize("federated", [False, True])
def test_federation_is_announced_where_there_is_any(
    generation: Generation, pool: QueryPool, federated: bool
) -> None:
    """The service description has the feature if endpoints may be asked, and only then."""
    client = create_app(generation, pool, Settings(federated=federated)).test_client()
    answer = client.get("/sparql", headers={"Accept": "application/n-triples"})
    assert ("service-description#BasicFederatedQuery>" in answer.text) is federated


def test_applications_share_nothing(generation: Generation, pool: QueryPool) -> None:
    """Two applications of one process have their own settings."""
    one = create_app(generation, pool, Settings(version="1.1.1"))
    other = create_app(generation, pool, Settings(version="2.2.2"))
    assert "1.1.1" in one.test_client().get("/", headers=BROWSER).text
    assert "2.2.2" in other.test_client().get("/", headers=BROWSER).text
