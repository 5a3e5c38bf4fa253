"""The server as a whole, over HTTP: the protocol's promises, state, faults, and new generations."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from commands import run
from endpoint import processes
from limits import AMPLE, BRIEF, ENOUGH, wait_until
from rdflib import Dataset, Graph
from rdflib.query import ResultRow
from servers import CROSS, Server, query, serving

from cgkg.serving.log import AccessLog

DATA = """@prefix e: <http://e.org/> .
e:a e:p "one"@en , "首尔" , 3 .
<http://e.org/a%20b> e:p "percent" .
e:g1 { e:x e:n 1 . e:y e:n 2 . }
e:g2 { e:x e:n 1 . e:z e:n 4 . }
"""
COUNT = "SELECT (COUNT(*) AS ?n) (SUM(?v) AS ?sum) { ?s <http://e.org/n> ?v }"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served")
    (made / "data.trig").write_text(DATA, "utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    options = ("--timeout", str(AMPLE), "--workers", "2", "--watch-seconds", "0")
    with serving(folder, *options) as found:
        yield found


def built(data: Path, store: Path) -> None:
    """Build the folder's next generation."""
    done = run("build", "--project", str(data), "--store", str(store))
    assert done.returncode == 0, done.stderr


def rows(server: Server, text: str, **more: str) -> list[dict[str, str]]:
    answer = server.ask(query(text, **more), headers={"Accept": "application/json"})
    assert answer.status == 200, answer.text
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in bindings]


# The query protocol


def test_the_three_forms_of_a_request_are_one(server: Server) -> None:
    """GET, a POSTed form and a POSTed query give the same answer, Unicode and percent included."""
    text = 'SELECT ?s { ?s ?p ?o FILTER(?o = "首尔" || ?s = <http://e.org/a%20b>) } ORDER BY ?s'
    form = urlencode({"query": text}).encode()
    answers = [
        server.ask(query(text)),
        server.ask("/sparql", data=form, headers={"Content-Type": FORM}),
        server.ask(
            "/sparql", data=text.encode(), headers={"Content-Type": "application/sparql-query"}
        ),
    ]
    assert {answer.body for answer in answers} == {answers[0].body}
    assert [row["s"]["value"] for row in json.loads(answers[0].body)["results"]["bindings"]] == [
        "http://e.org/a", "http://e.org/a%20b",
    ]  # fmt: skip


def test_several_default_graphs_are_merged(server: Server) -> None:
    """A triple of two graphs counts once, in COUNT and SUM, named in the request or the query."""
    graphs = ["http://e.org/g1", "http://e.org/g2"]
    asked = "&".join(f"default-graph-uri={quote(name, safe='')}" for name in graphs)
    answer = server.ask(f"{query(COUNT)}&{asked}&format=json")
    (row,) = json.loads(answer.body)["results"]["bindings"]
    assert (row["n"]["value"], row["sum"]["value"]) == ("3", "7")
    clauses = " ".join(f"FROM <{name}>" for name in graphs)
    assert rows(server, COUNT.replace(" {", f" {clauses} {{", 1)) == [{"n": "3", "sum": "7"}]


def test_the_requests_dataset_goes_before_that_of_the_query(server: Server) -> None:
    """default-graph-uri and named-graph-uri replace FROM and FROM NAMED."""
    text = COUNT.replace(" {", " FROM <http://e.org/g2> {", 1)
    assert rows(server, text) == [{"n": "2", "sum": "5"}]
    assert rows(server, text, **{"default-graph-uri": "http://e.org/g1"}) == [
        {"n": "2", "sum": "3"}
    ]
    named = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(server, named, **{"named-graph-uri": "http://e.org/g2"}) == [
        {"g": "http://e.org/g2"}
    ]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/sparql-results+xml;q=0.5, text/tab-separated-values", "text/tab-sep"),
        ("*/*", "application/sparql-results+json"),
        ("application/*", "application/sparql-results+json"),
        ("text/turtle, application/json;q=0.1", "application/json"),
    ],
)
def test_the_format_is_negotiated(server: Server, accept: str, given: str) -> None:
    """q-values and specificity choose the format of a SELECT."""
    answer = server.ask(query("SELECT * { ?s ?p ?o }"), headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith(given)
    assert "Accept" in answer.headers["Vary"]


def test_an_empty_answer_says_why_each_time(server: Server) -> None:
    """Also when it comes from the cache."""
    path = query("SELECT * { ?s <http://e.org/nothing> ?o }")
    said = [server.ask(path).headers["X-Cgkg-Unmatched"] for _ in range(2)]
    assert said == ['[{"kind":"property","term":"<http://e.org/nothing>"}]'] * 2


def test_an_answer_says_what_it_is(server: Server) -> None:
    """Generation, rows and time come along; a client that has the bytes gets 304."""
    path = query("SELECT * { ?s ?p ?o }")
    first = server.ask(path)
    assert first.headers["X-Cgkg-Rows"] == "4"
    assert first.headers["X-Cgkg-Generation"]
    assert first.headers["Server-Timing"].startswith("query;dur=")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = server.ask(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    other = server.ask(path, headers={"If-None-Match": '"other"'})
    assert other.body == first.body


@pytest.mark.parametrize("path", [query("SELECT * { ?s ?p ?o }"), "/graph-store?default", "/"])
def test_if_match_asks_for_what_the_client_holds(server: Server, path: str) -> None:
    """RFC 9110 §13.1.1, compared strongly, and before If-None-Match (§13.2.2)."""
    held = server.ask(path).headers.get("ETag", '"held"')
    known = {"*", held} if "ETag" in server.ask(path).headers else {"*"}
    for wanted in ('"other"', f"W/{held}"):
        found = server.ask(path, headers={"If-Match": wanted, "If-None-Match": held})
        assert found.status == 412
        assert "ETag" not in found.headers
    for wanted in known:
        assert server.ask(path, headers={"If-Match": f'"other", {wanted}'}).status == 200
    assert server.ask("/nowhere", headers={"If-Match": '"other"'}).status == 404


def test_answers_are_compressed_if_asked(server: Server) -> None:
    """gzip and zstd are used when the client takes them; the validator differs."""
    path = query("SELECT * { VALUES ?x { " + "'same words' " * 500 + " } }")
    plain = server.ask(path)
    packed = server.ask(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert server.ask(path, headers={"Accept-Encoding": "zstd"}).headers["Content-Encoding"]
    assert (
        "Content-Encoding"
        not in server.ask(path, headers={"Accept-Encoding": "gzip;q=0, identity"}).headers
    )


def test_pages_are_compressed_if_asked(server: Server) -> None:
    """Pages come compressed too, and each coding has a validator of its own."""
    plain = server.ask("/sparql", headers={"Accept": "text/html"})
    packed = server.ask("/sparql", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    assert "Accept-Encoding" in packed.headers["Vary"]
    graph = {"Accept": "text/turtle", "Accept-Encoding": "gzip"}
    first = server.ask("/graph-store?default", headers=graph)
    again = server.ask(
        "/graph-store?default", headers={**graph, "If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304


def test_an_answer_that_is_new_each_time_is_not_kept(server: Server) -> None:
    """RAND and NOW give another answer each time, and no cache may keep it."""
    path = query("SELECT (RAND() AS ?x) {}")
    first, second = server.ask(path), server.ask(path)
    assert first.body != second.body
    assert first.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (400, query("SELECT *\nWHERE { ?s ?p }"), {}),
        (400, "/sparql?query=%FF", {}),
        (400, "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", {}),
        (400, query("SELECT (<http://e/f>(1) AS ?x) {}"), {}),
        (403, query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), {}),
        (403, "/sparql?update=CLEAR+ALL", {}),
        (404, query("ASK {}", version="nothing"), {}),
        (406, query("ASK {}"), {"Accept": "image/png"}),
        (400, query("ASK {}", timeout="soon"), {}),
        (400, query("ASK {}", reasoning="maybe"), {}),
    ],
)
def test_an_error_is_a_problem(
    server: Server, status: int, path: str, headers: dict[str, str]
) -> None:
    """Whatever is wrong, the status says so and the body says what to do (RFC 9457)."""
    answer = server.ask(path, headers=headers)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.body)["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_methods(server: Server) -> None:
    """HEAD is GET without the body; OPTIONS and a wrong method name what there is."""
    path = query("SELECT * { ?s ?p ?o }")
    head, got = server.ask(path, method="HEAD"), server.ask(path)
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(got.body))
    assert server.ask("/sparql", method="OPTIONS").status == 204
    wrong = server.ask("/sparql", method="PUT", data=b"x")
    assert wrong.status == 405
    assert "POST" in wrong.headers["Allow"]


# Description and graph store


def test_the_service_describes_itself(server: Server) -> None:
    """A bare GET gives the description with the named graphs and their sizes, in RDF."""
    answer = server.ask("/sparql", headers={"Accept": "application/rdf+xml"})
    found = Graph().parse(data=answer.text, format="xml")
    asked = (
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>"
        "PREFIX void: <http://rdfs.org/ns/void#>"
        "SELECT ?name ?n { ?s a sd:Service ; sd:endpoint ?e ; sd:defaultDataset/sd:namedGraph ?g ."
        " ?g sd:name ?name ; sd:graph/void:triples ?n } ORDER BY ?name"
    )
    got = [(str(row.name), int(row.n)) for row in found.query(asked) if isinstance(row, ResultRow)]
    assert got == [("http://e.org/g1", 2), ("http://e.org/g2", 2)]


def test_graphs_are_read_by_name(server: Server) -> None:
    """/graph-store gives the default graph, a named graph, 404 for another, and HEAD."""
    default = Graph().parse(data=server.ask("/graph-store?default").text)
    assert len(default) == 4
    named = "/graph-store?graph=" + quote("http://e.org/g1", safe="")
    answer = server.ask(named, headers={"Accept": "application/n-triples"})
    assert len(answer.body.splitlines()) == 2
    head = server.ask(named, method="HEAD", headers={"Accept": "application/n-triples"})
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(answer.body)))
    for status, path in (
        (404, "/graph-store?graph=http%3A%2F%2Fe.org%2Fnone"),
        (404, "/graph-store/none"),
        (400, "/graph-store"),
        (400, "/graph-store?default&graph=http%3A%2F%2Fe.org%2Fg1"),
        (400, "/graph-store?graph=relative"),
    ):
        assert server.ask(path).status == status, path
    assert server.ask(named, method="PUT", data=b"").status == 405


def test_a_graph_is_named_by_its_own_address(tmp_path: Path) -> None:
    """What is asked for under /graph-store/ is the graph of that very IRI, however written."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    name = f"http://127.0.0.1:{port}/graph-store/person/%E9%A6%96%20a.ttl"
    (tmp_path / "d.nq").write_text(f"<http://e/s> <http://e/p> <http://e/o> <{name}> .\n")
    with serving(tmp_path, "--port", str(port)) as server:
        answer = server.ask("/graph-store/person/%E9%A6%96%20a.ttl")
        assert answer.status == 200
        assert "<http://e/o>" in answer.text


# Limits and faults


def test_a_query_ends_at_its_deadline(server: Server) -> None:
    """A query that takes too long is 503 with the limit, and leaves no process at work."""
    before = server.workers
    answer = server.ask(query(CROSS, timeout=f"{BRIEF:g}"))
    assert answer.status == 503
    assert f"{BRIEF:g} s" in json.loads(answer.body)["detail"]
    assert wait_until(lambda: len(set(server.workers) & set(before)) == 1)
    assert rows(server, "SELECT (1 AS ?x) {}") == [{"x": "1"}]


def test_a_client_that_leaves_stops_its_query(server: Server) -> None:
    """The worker of an abandoned query is replaced; the deadline is far away."""
    before = set(server.workers)
    with server.connect() as client:
        client.sendall(f"GET {query(CROSS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert server.at_work()
    assert wait_until(lambda: len(set(server.workers) - before) == 1)
    assert server.metric("cgkg_queries_left_total") == 1


def test_a_killed_worker_is_an_error_and_is_replaced(server: Server) -> None:
    """The query of a worker that dies is 503 with Retry-After; the next one is answered."""
    got: list[int | str | None] = []

    def ask() -> None:
        answer = server.ask(query(CROSS))
        got[:] = [answer.status, answer.headers.get("Retry-After")]

    asking = threading.Thread(target=ask)
    asking.start()
    assert server.at_work()
    for pid in server.workers:
        os.kill(pid, signal.SIGKILL)
    asking.join()
    assert got == [503, "1"]
    assert rows(server, "SELECT (1 AS ?x) {}") == [{"x": "1"}]


def test_expensive_queries_do_not_stop_a_cheap_one(server: Server) -> None:
    """While every worker but one is busy, a cheap query is answered."""
    with server.connect() as client:
        client.sendall(f"GET {query(CROSS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert server.at_work()
        assert rows(server, "SELECT (2 AS ?x) {}") == [{"x": "2"}]
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # the other one has no answer
            client.recv(1)


# State


def test_the_server_tells_its_state(server: Server) -> None:
    """/health, /ready and /metrics; each process has its memory there."""
    assert server.ask("/health").status == 200
    assert server.ask("/ready").text == "ready\n"
    assert rows(server, "SELECT (1 AS ?x) {}") == [{"x": "1"}]
    # The process that a query before left at work may not be replaced yet.
    assert wait_until(lambda: '_memory_bytes{process="2"}' in server.ask("/metrics").text)
    metrics = server.ask("/metrics").text
    for name in (
        'cgkg_requests_total{route="query",status="200"}',
        'cgkg_worker_memory_bytes{process="2"}',
        "cgkg_cache_hits_total",
        "cgkg_cache_misses_total",
    ):
        line = next(line for line in metrics.splitlines() if line.startswith(name))
        assert float(line.rpartition(" ")[2]) >= 0


def test_the_cache_is_counted(server: Server) -> None:
    """The second time the same is asked, the answer comes from the cache."""

    def hits() -> float:
        lines = server.ask("/metrics").text.splitlines()
        return next(float(x.split()[1]) for x in lines if x.startswith("cgkg_cache_hits_total "))

    path = query("SELECT ('cached' AS ?x) {}")
    first = server.ask(path)
    before = hits()
    assert server.ask(path).body == first.body
    assert hits() == before + 1


def test_the_interface_is_described(server: Server) -> None:
    """/openapi.json describes what the server answers."""
    found = json.loads(server.ask("/openapi.json").body)
    assert {"/sparql", "/graph-store", "/health", "/ready", "/metrics"} <= set(found["paths"])


def test_a_request_has_an_id(server: Server) -> None:
    """A request's own id comes back if it is one, else the server gives one."""
    given = server.ask("/health", headers={"X-Request-Id": "abc-1"})
    assert given.headers["X-Request-Id"] == "abc-1"
    made = server.ask("/health", headers={"X-Request-Id": "no id at all"})
    assert made.headers["X-Request-Id"] not in ("", "no id at all")


def test_requests_are_logged_without_their_words(folder: Path, tmp_path: Path) -> None:
    """The access log has a JSON line per request: id, status, bytes, time; never the query."""
    log = tmp_path / "access.log"
    options = ("--access-log", str(log), "--log-format", "json")
    with serving(folder, "--store", tmp_path / "store", *options) as server:
        server.ask(query("SELECT ('secret' AS ?x) {}"), headers={"X-Request-Id": "r1"})
        server.ask("/nowhere")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/sparql", 200), ("/nowhere", 404),
    ]  # fmt: skip
    assert lines[0]["id"] == "r1"
    assert lines[0]["bytes"] > 0
    assert "secret" not in log.read_text()


# Generations


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # when it is closed
def test_a_full_disk_stops_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Lines of the access log are lost, which is said once; requests are answered as before."""
    log = AccessLog.open("/dev/full", "json")
    for _ in range(3):
        log.note(path="/")
        log.flush()
    assert [record.message for record in caplog.records] == [
        "the access log loses lines: No space left on device"
    ]


def test_a_new_generation_is_taken_over(tmp_path: Path) -> None:
    """A build while serving is served within the time said; no request is dropped meanwhile, and
    the old generation answers to its name, which the log has, too."""
    data, store = tmp_path / "d", tmp_path / "store"
    data.mkdir()
    (data / "d.ttl").write_text("<http://e/s> <http://e/p> 1 .\n")
    text = "SELECT ?o { ?s ?p ?o }"
    log = tmp_path / "access.log"
    options = ("--access-log", str(log), "--log-format", "json")
    with serving(data, "--store", store, "--watch-seconds", "0.1", *options) as server:
        old = server.ask(query(text)).headers["X-Cgkg-Generation"]
        seen: list[str] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                (row,) = rows(server, text)
                seen.append(row["o"])

        asking = threading.Thread(target=ask)
        asking.start()
        (data / "d.ttl").write_text("<http://e/s> <http://e/p> 2 .\n")
        built(data, store)
        assert wait_until(lambda: seen and seen[-1] == "2")
        stop.set()
        asking.join()
        assert seen[-1] == "2"
        assert set(seen) == {"1", "2"}
        assert sorted(seen) == seen
        pinned = server.ask(query(text, version=old))
        assert json.loads(pinned.body)["results"]["bindings"][0]["o"]["value"] == "1"
        assert "immutable" in pinned.headers["Cache-Control"]
        assert pinned.headers["X-Cgkg-Generation"] == old
    logged = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    numbers = {entry["id"]: entry["generation"] for entry in logged}
    assert numbers[pinned.headers["X-Request-Id"]] == old


def test_a_query_under_way_ends_with_its_generation(tmp_path: Path) -> None:
    """A switch cuts no query short, however little time a stop leaves (`drain_seconds`)."""
    data, store = tmp_path / "d", tmp_path / "store"
    data.mkdir()
    (data / "d.trig").write_text(DATA, "utf-8")
    options = ("--watch-seconds", "0.1", "--drain-seconds", "0.2", "--timeout", str(AMPLE))
    with serving(data, "--store", store, *options) as server:
        got: list[str] = []
        before = server.workers
        asking = threading.Thread(target=lambda: got.append(server.ask(query(CROSS)).text))
        asking.start()
        assert server.at_work()
        (data / "d.trig").write_text("<http://e/s> <http://e/p> 2 .\n")
        built(data, store)
        assert wait_until(lambda: server.metric("cgkg_generation_switches_total") == 1)
        old = [pid for pid in before if processes.lives(pid)]
        assert old
        assert not got
        # Its process is the generation's own still: killed, it is missed.
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        asking.join()
        assert "query's process ended early" in got[0]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """A server with two generations, and their ids: the earlier has the object 1, the other 2."""
    folder = tmp_path_factory.mktemp("versions")
    data, store = folder / "d", folder / "store"
    data.mkdir()
    ids = []
    for number in (1, 2):
        fact = f"<http://e/s> <http://e/p> {number} ."
        (data / "d.trig").write_text(f"{fact} <http://e/g{number}> {{ {fact} }}\n")
        built(data, store)
        ids.append((store / "CURRENT").read_text().strip())
    with serving(data, "--store", store, "--watch-seconds", "0") as found:
        first, second = ids
        yield found, first, second


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_an_earlier_generation(versions: tuple[Server, str, str], language: str) -> None:
    """A page asked with version= has that generation's rows, and names it in header, text, footer
    and downloads; without, it has the current one's."""
    server, old, current = versions
    text = "SELECT ?o { ?s ?p ?o }"
    accept = {"Accept": "text/html,*/*;q=0.8"}

    def page(**more: str) -> tuple[list[str], str, str, str]:
        answer = server.ask(query(text, lang=language, **more), headers=accept)
        assert answer.status == 200
        footer = answer.text.partition("<footer>")[2]
        (named,) = re.findall(r"<code>(\w+)</code>", footer)
        cells = re.findall(r"<td>.*?(\d+).*?</td>", answer.text)
        return cells, answer.headers["X-Cgkg-Generation"], named, answer.text

    assert page()[:3] == (["2"], current, current)
    assert page(version=current)[:3] == (["2"], current, current)
    cells, header, named, shown = page(version=old)
    assert (cells, header, named) == (["1"], old, old)
    assert {"en": "not the current one", "zh": "并非当前版本"}[language] in shown
    assert "not the current one" not in page(version=current)[3]
    download, marked = re.findall(r'href="(/sparql[^"]*format=csv[^"]*)"', shown)
    assert "spreadsheet=true" in marked
    assert server.ask(unescape(download)).text == "o\r\n1\r\n"


def test_the_graph_store_of_an_earlier_generation(versions: tuple[Server, str, str]) -> None:
    """A graph is read from the generation named, also one that only that generation has."""
    server, old, current = versions
    for number, generation in ((1, old), (2, current)):
        graph = f"/graph-store?graph={quote(f'http://e/g{number}', safe='')}"
        answer = server.ask(f"{graph}&version={generation}", headers={"Accept": "text/turtle"})
        assert answer.status == 200
        assert answer.headers["X-Cgkg-Generation"] == generation
        assert str(number) in answer.text
    assert server.ask(f"/graph-store?graph=http://e/g1&version={current}").status == 404


def test_an_unknown_version_is_not_found(versions: tuple[Server, str, str]) -> None:
    """An unknown version is a 404 that names the known ones, for people and for programs."""
    server, old, current = versions
    asked = query("ASK {}", version="nothing")
    page = server.ask(asked, headers={"Accept": "text/html"})
    assert page.status == 404
    for name in (old, current):
        assert f"version={name}" in page.text
    told = server.ask(asked)
    assert told.status == 404
    assert json.loads(told.body)["known"] == sorted((old, current))


def test_a_generation_that_cannot_be_served_changes_nothing(tmp_path: Path) -> None:
    """If the new generation is damaged, the old one goes on answering."""
    data, store = tmp_path / "d", tmp_path / "store"
    data.mkdir()
    (data / "d.ttl").write_text("<http://e/s> <http://e/p> 1 .\n")
    with serving(data, "--store", store, "--watch-seconds", "0.1") as server:
        broken = store / "generations" / "broken"
        broken.mkdir()
        (broken / "manifest.json").write_text('{"generation": "broken", "bare": true}')
        (broken / "dataset.nq").write_text("nonsense\n")
        (store / "CURRENT").write_text("broken\n")
        assert wait_until(lambda: server.metric("cgkg_generation_failures_total") == 1)
        assert rows(server, "SELECT ?o { ?s ?p ?o }") == [{"o": "1"}]


def test_termination_drains_and_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM lets a query under way end, refuses new connections, and leaves no process."""
    (tmp_path / "d.ttl").write_text("<http://e/s> <http://e/p> 1 .\n")
    said = json.dumps({"head": {"vars": []}, "results": {"bindings": [{}]}}).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
    head += f"Content-Length: {len(said)}\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(ENOUGH)
        address = f"http://127.0.0.1:{other.getsockname()[1]}/"
        options = ("--service-allow", address, "--timeout", str(AMPLE))
        with serving(tmp_path, *options) as server:
            got: list[int] = []
            path = query(f"ASK {{ SERVICE <{address}> {{ }} }}")
            asking = threading.Thread(target=lambda: got.append(server.ask(path).status))
            asking.start()
            # The query is under way until the endpoint that it asks has answered.
            with other.accept()[0] as asked:
                pids = server.program.tree()
                os.kill(server.program.pid, signal.SIGTERM)
                assert wait_until(lambda: not server.listens())
                assert not got
                asked.recv(1 << 16)
                asked.sendall(head.encode() + said)
                asking.join()
            assert got == [200]
            # A second signal, while it ends, would end it at once.
            assert wait_until(server.program.ended)
            assert server.stop() == 0
            assert wait_until(lambda: not any(map(processes.lives, pids)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, from its own parsers
def test_formats_agree(server: Server) -> None:
    """A graph is the same in every syntax, read by another library."""
    found = set()
    for name, reader in (
        ("turtle", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld"),
        ("trig", "trig"), ("nq", "nquads"),
    ):  # fmt: skip
        answer = server.ask(query("CONSTRUCT WHERE { ?s ?p ?o }", format=name))
        dataset = Dataset().parse(data=answer.text, format=reader)
        found.add(frozenset((s, p, str(o)) for s, p, o, _ in dataset.quads()))
    assert len(found) == 1
