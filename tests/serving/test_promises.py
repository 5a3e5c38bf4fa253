"""Promises of the server that were once broken, so that they stay kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from limits import AMPLE, ends, wait_until
from servers import CROSS, Server, query, serving

from cgkg.http.coding import best_coding

DATA = """@prefix e: <http://e.org/> .
e:a e:p 1 , 2 , 3 .
e:g1 { e:x e:n 1 . e:y e:n 2 . }
e:g2 { e:x e:n 1 . e:z e:n 4 . }
"""
JSON = {"Accept": "application/sparql-results+json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("promised")
    (made / "data.trig").write_text(DATA, "utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    log = ("--access-log", str(folder / "access.log"))
    options = ("--timeout", str(AMPLE), "--keep-alive", str(AMPLE), "--workers", "2")
    with serving(folder, *options, "--watch-seconds", "0", *log) as found:
        yield found


def exchange(server: Server, sent: bytes) -> bytes:
    """What comes back on a connection of its own, until the server closes it."""
    got = b""
    with server.connect() as client:
        client.sendall(sent)
        while part := client.recv(1 << 16):
            got += part
    return got


def test_a_graph_named_twice_by_the_query_counts_once(server: Server) -> None:
    """FROM <g> FROM <g> is one graph, as two equal default-graph-uri are."""
    text = "SELECT (COUNT(*) AS ?n) FROM <http://e.org/g1> FROM <http://e.org/g1> { ?s ?p ?o }"
    (row,) = json.loads(server.ask(query(text), headers=JSON).body)["results"]["bindings"]
    assert row["n"]["value"] == "2"


def test_what_is_no_request_ends_the_connection_after_the_response_under_way(
    server: Server,
) -> None:
    """Nobody reads from it any more, so it is closed and not left to its idle time."""
    first = f"GET {query('SELECT (RAND() AS ?x) {}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    got = exchange(server, first + b"GARBAGE\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200 ")


def test_accept_encoding_is_read_in_linear_time(server: Server) -> None:
    """A long header holds nobody else up."""
    header = {"Accept-Encoding": "gzip" + " " * 20_000 + "x"}
    assert server.ask(query("ASK {}"), headers=header).status == 200
    with ends():
        assert best_coding("gzip" + " " * 3_000_000 + "x") is None


def test_each_format_has_a_validator_of_its_own(server: Server) -> None:
    """RFC 9110 §8.8.1: unique across all representations, also where the bytes are the same."""
    path = query("CONSTRUCT { <http://e.org/a> <http://e.org/b> 'c' } {}")
    tag = server.ask(path, headers={"Accept": "application/n-triples"}).headers["ETag"]
    asked = {"Accept": "text/turtle", "If-None-Match": tag}
    assert server.ask(path, headers=asked).status == 200


def test_what_is_refused_unread_has_an_id(server: Server) -> None:
    """414, 431, 413, 408 and 400 of the connection, too, can be found in the log."""
    refused = server.ask("/sparql?query=" + "a" * 70_000)
    assert refused.status == 414
    assert refused.headers["X-Request-Id"]


def test_scripts_see_the_id_of_an_error_and_when_to_try_again(server: Server) -> None:
    """Retry-After and X-Request-Id are hidden from other sites' scripts unless exposed."""
    headers = server.ask(query("SELEC")).headers
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]


def test_too_many_headers_are_not_called_too_large(server: Server) -> None:
    """Each limit is named in its error."""
    headers = {f"X-{number}": "a" for number in range(200)}
    detail = json.loads(server.ask(query("ASK {}"), headers=headers).body)["detail"]
    assert "128" in detail


def test_a_coded_body_is_an_unsupported_one(server: Server) -> None:
    """RFC 9110 §8.4: 415 and not a complaint about UTF-8, let alone an answer."""
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    assert server.ask("/sparql", data=b"ASK {}", headers=headers).status == 415


def test_an_unknown_transfer_coding_is_not_implemented(server: Server) -> None:
    """RFC 9112 §6.1: the body is not what it seems, so it is not read."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    body = b"Transfer-Encoding: gzip, chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n"
    got = exchange(server, head + body)
    assert got.startswith(b"HTTP/1.1 501 ")


def test_a_trailer_field_is_no_header_field(server: Server) -> None:
    """RFC 9110 §6.5.1; X-Forwarded-For in a trailer would be believed of a trusted proxy."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Type: application/sparql-query\r\n"
    body = b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\nAccept: text/csv\r\n\r\n"
    got = exchange(server, head + body)
    assert b"Content-Type: application/sparql-results+json" in got


def test_another_version_is_not_answered_as_this_one(server: Server) -> None:
    """RFC 9110 §15.6.6."""
    got = exchange(server, b"GET /health HTTP/2.0\r\nHost: x\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 505 ")


def test_a_host_that_is_none_is_refused(server: Server) -> None:
    """RFC 9112 §3.2; else service description and VoID speak of http:///sparql."""
    got = exchange(server, b"GET /health HTTP/1.1\r\nHost: a b<c>\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("target", ["http://x?a=/sparql", "HTTP://x/health"])
def test_an_absolute_target_is_read_as_one(server: Server, target: str) -> None:
    """RFC 9112 §3.2.2: without a path it is /, and schemes are in any case."""

    def asked(written: str) -> list[bytes]:
        got = exchange(
            server, f"GET {written} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        return [line for line in got.split(b"\r\n") if line.startswith((b"HTTP/", b"Content-T"))]

    assert asked(target) == asked("/?a=/sparql" if "?" in target else "/health")


def test_a_client_that_leaves_is_in_the_log(server: Server, folder: Path) -> None:
    """The access log has a line for every request: 499, as nginx calls it, say."""
    with server.connect() as client:
        head = f"GET {query(CROSS)} HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone-away\r\n\r\n"
        client.sendall(head.encode())
        assert server.at_work()
    assert wait_until(lambda: "gone-away" in (folder / "access.log").read_text("utf-8"))


def test_a_path_of_length_zero_in_a_named_graph_needs_no_data(server: Server) -> None:
    """§18.4; right in the default graph, silently without a row here."""
    text = "SELECT ?x { GRAPH <http://e.org/g1> { <http://e.org/nowhere> <http://e.org/p>* ?x } }"
    assert len(json.loads(server.ask(query(text), headers=JSON).body)["results"]["bindings"]) == 1


def test_a_browser_is_told_of_a_limit_by_a_page(server: Server) -> None:
    """Each limit is named by problem details, or by a page for a browser."""
    page = server.ask("/sparql?query=" + quote("é" * 12_000), headers={"Accept": "text/html"})
    assert (page.status, page.headers["Content-Type"]) == (414, "text/html; charset=utf-8")
