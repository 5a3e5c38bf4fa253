"""The how-to for operators: its nginx configuration and its units, run as they stand there."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from endpoint import nginx
from limits import AMPLE, ENOUGH, wait_until
from paths import ROOT
from servers import Server, serving

from cgkg.settings import SETTINGS

PAGE = (ROOT / "docs" / "how-to" / "operate.md").read_text("utf-8")
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
SYSTEMD = shutil.which("systemd-analyze")
IRI = "http://example.org/a%2Fb%20c/首尔"
HOST = "graph.example.org"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"

needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed")
needs_systemd = pytest.mark.skipif(not SYSTEMD, reason="systemd is not installed")


def blocks(language: str) -> list[str]:
    """The page's code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as one:
        return not one.connect_ex(("127.0.0.1", port))


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Site:
    """A server, nginx before it, and the server's access log."""

    port: int
    behind: int
    log: Path
    server: Server

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        client: str = "127.0.0.1",
        direct: bool = False,
        **headers: str,
    ) -> Answer:
        """The answer to a request from that address, through nginx unless it is direct."""
        port = self.behind if direct else self.port
        connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=ENOUGH, source_address=(client, 0)
        )
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body, {"Host": HOST, **fields})
            found = connection.getresponse()
            return Answer(found.status, found.headers, found.read())
        finally:
            connection.close()

    def query(self, text: str, **more: str) -> Answer:
        return self.ask("/sparql?" + urllib.parse.urlencode({"query": text}), **more)  # type: ignore[arg-type]

    def noted(self, number: str) -> dict[str, object]:
        """The line of the access log for the request of this id."""
        found: list[dict[str, object]] = []

        def read() -> list[dict[str, object]]:
            lines = self.log.read_text("utf-8").splitlines(keepends=True)
            entries = (json.loads(line) for line in lines if line.endswith("\n"))
            found[:] = [entry for entry in entries if entry.get("id") == number]
            return found

        assert wait_until(read), number
        return found[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bare folder behind nginx, served from disk."""
    place = tmp_path_factory.mktemp("operate")
    data = place / "data"
    data.mkdir()
    lines = (f'<http://example.org/{i}> <http://example.org/p> "{"word " * 80}{i}" .\n'
             for i in range(10_000))  # fmt: skip
    (data / "a.nt").write_text(f'<{IRI}> <http://example.org/p> "found" .\n' + "".join(lines))
    port, behind = free_port(), free_port()
    log = place / "access.log"
    options = ["--port", str(behind), "--access-log", str(log)]
    options += ["--log-format", "json", "--trusted-proxies", "127.0.0.1", "--storage", "disk"]
    options += ["--timeout", str(AMPLE), "--drain-seconds", str(AMPLE)]
    (place / "nginx.conf").write_text(nginx.configuration(port, behind))
    assert NGINX
    proxy = subprocess.Popen([NGINX, "-p", str(place), "-c", str(place / "nginx.conf")])
    try:
        with serving(data, *options) as server:
            assert wait_until(lambda: listens(port))
            yield Site(port, behind, log, server)
    finally:
        proxy.terminate()
        proxy.wait()


@needs_nginx
def test_large_answers_come_whole(site: Site) -> None:
    """Four megabytes through nginx are those that the server sends, with their length."""
    text = "CONSTRUCT WHERE { ?s ?p ?o }"
    accept = "application/n-triples"
    through, direct = (
        site.ask("/sparql?" + urllib.parse.urlencode({"query": text}), Accept=accept, direct=way)
        for way in (False, True)
    )
    assert through.status == direct.status == 200
    assert through.body == direct.body
    assert len(through.body.splitlines()) == 10_001
    assert through.headers["Content-Length"] == str(len(through.body))
    assert through.headers["ETag"] == direct.headers["ETag"]


@needs_nginx
def test_addresses_arrive_decoded_once(site: Site) -> None:
    """%2F, %20 and what is beyond ASCII mean through nginx what they mean without it."""
    text = f"SELECT ?o {{ <{IRI}> ?p ?o }}"
    form = urllib.parse.urlencode({"query": text}).encode()
    asked = (
        site.query(text),
        site.ask("/sparql", method="POST", body=form,
                 Content_Type="application/x-www-form-urlencoded"),
        site.ask("/sparql", method="POST", body=text.encode(),
                 Content_Type="application/sparql-query"),
        site.ask("/resource?" + urllib.parse.urlencode({"iri": IRI}), Accept="text/turtle"),
    )  # fmt: skip
    for answer in asked:
        assert answer.status == 200
        assert b"found" in answer.body
    path = "/nothing/a%2Fb%20c%25/%E9%A6%96"
    missing = site.ask(path, X_Request_Id="ignored")
    assert missing.status == site.ask(path, direct=True).status == 404
    assert site.noted(missing.headers["X-Request-Id"])["path"] == path


@needs_nginx
def test_the_client_is_known_and_cannot_pretend(site: Site) -> None:
    """Its address is logged, nginx's request id is kept, and headers it makes up count nothing."""
    made_up: dict[str, Any] = {
        "X_Forwarded_For": "203.0.113.9",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Prefix": "/evil",
        "Accept": "text/turtle",
    }
    answer = site.ask("/sparql", client="127.0.0.2", **made_up)
    assert answer.status == 200
    number = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", number)
    assert site.noted(number)["peer"] == "127.0.0.2"
    assert b"evil" not in answer.body
    assert f"http://{HOST}/sparql".encode() in answer.body


@needs_nginx
def test_metrics_are_for_this_machine(site: Site) -> None:
    """Another client than the machine itself is refused."""
    assert site.ask("/metrics").status == 200
    assert site.ask("/metrics", client="127.0.0.2").status == 403
    assert site.ask("/ready", client="127.0.0.2").status == 200


@needs_nginx
def test_long_queries_pass(site: Site) -> None:
    """A query of 30 KB fits into an address, one of 500 KB into a body; more is refused by name."""
    filler = "# " + "x" * 30_000
    assert site.query(f"ASK {{}} {filler}").status == 200
    assert site.query(f"ASK {{}} {filler * 10}").status == 414
    post: dict[str, Any] = {"method": "POST", "Content_Type": "application/sparql-query"}
    assert site.ask("/sparql", body=f"ASK {{}} #{'x' * 500_000}".encode(), **post).status == 200
    refused = site.ask("/sparql", body=b"#" * 1_500_000, **post)
    assert refused.status == 413
    assert b"1048576" in refused.body


@needs_nginx
def test_a_client_that_leaves_stops_its_query(site: Site) -> None:
    """nginx closes its connection to the server when its own is closed."""
    before = site.server.metric("cgkg_queries_left_total")
    target = "/sparql?" + urllib.parse.urlencode({"query": SLOW})
    with socket.create_connection(("127.0.0.1", site.port)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert site.server.at_work()
    assert wait_until(lambda: site.server.metric("cgkg_queries_left_total") == before + 1)


@needs_nginx
def test_the_configuration_is_long_enough_in_time() -> None:
    """nginx waits for longer than a query may wait and then take by default."""
    (text,) = blocks("nginx")
    found = re.search(r"proxy_read_timeout (\d+)s;", text)
    default = {setting.name: setting.default for setting in SETTINGS}
    assert found
    assert int(found[1]) > 2 * default["timeout"]


@needs_systemd
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """The units are well formed, know no unknown names, and are as tight as the page says."""
    names = []
    for text in blocks("ini"):
        found = re.search(r"/etc/systemd/system/([\w.-]+)", text)
        assert found
        path = tmp_path / found[1]
        path.write_text(text.replace("/opt/cgkg/bin/cgkg", sys.executable))
        names.append(str(path))
    assert len(names) == 2
    done = subprocess.run([str(SYSTEMD), "verify", "--man=no", *names],
                          capture_output=True, text=True, check=False)  # fmt: skip
    about_ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert about_ours == []
    done = subprocess.run(
        [str(SYSTEMD), "security", "--offline=yes", "--threshold=25", "--no-pager", names[0]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:]


def test_the_unit_stops_after_the_server_has_drained() -> None:
    """systemd waits for longer than the server takes to end by itself."""
    unit = blocks("ini")[0]
    drain, stop = (re.search(pattern, unit) for pattern in
                   (r"CGKG_DRAIN_SECONDS=(\d+)", r"TimeoutStopSec=(\d+)"))  # fmt: skip
    assert drain
    assert stop
    assert int(stop[1]) > int(drain[1])


def test_variables_on_the_page_are_settings() -> None:
    """A variable that the server would not read has no place here."""
    known = {setting.variable for setting in SETTINGS}
    found = set(re.findall(r"CGKG_[A-Z_]+", PAGE))
    assert found
    assert found <= known


@needs_nginx
def test_stopping_lets_a_query_end(site: Site) -> None:
    """SIGTERM while a query is under way: it is answered through nginx, then the server ends."""
    target = "/sparql?" + urllib.parse.urlencode({"query": SLOW})
    with socket.create_connection(("127.0.0.1", site.port), timeout=ENOUGH) as client:
        client.sendall(f"GET {target} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        assert site.server.at_work()
        os.kill(site.server.program.pid, signal.SIGTERM)
        assert wait_until(lambda: not listens(site.behind))
        assert not site.server.program.ended()
        # The query would go on for hours: its end is that of its process.
        for pid in site.server.workers:
            os.kill(pid, signal.SIGKILL)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == b"503"
    assert b"process ended early" in answer
    assert wait_until(site.server.program.ended)  # a second signal would end it at once
    assert site.server.stop() == 0


def test_a_broken_file_does_not_stop_serving(tmp_path: Path) -> None:
    """With --no-build what was built last is served, whatever the files are now."""
    data = tmp_path / "a.ttl"
    data.write_text("<http://example.org/a> <http://example.org/p> 1 .")
    project = ["--project", str(tmp_path)]
    command = [sys.executable, "-m", "cgkg", "serve", "--port", "0", "--no-build", *project]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 1
    assert "no store at" in first.stderr
    subprocess.run([sys.executable, "-m", "cgkg", "build", *project], check=True)
    data.write_text("broken")
    with serving(tmp_path, "--no-build") as server:
        assert server.ask("/ready").text == "ready\n"
