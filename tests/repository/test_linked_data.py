"""The commands of docs/how-to/linked-data.md are run as they stand there, with curl."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import rdflib
from pages import Failing
from paths import ROOT
from werkzeug.serving import make_server

from cgkg.errors import QueryError
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app

PAGE = ROOT / "docs" / "how-to" / "linked-data.md"
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def server(clusters: Generation) -> Iterator[str]:
    """The graph's pages on a free port of this machine."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    app = create_app(clusters, Failing(QueryError("no queries here")), Settings())
    running = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def run(block: str, server: str) -> str:
    """What the commands of a block print; every one must succeed."""
    done = subprocess.run(
        ["sh", "-ec", block], env={"SERVER": server, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def the_block(part: str) -> str:
    (found,) = [block for block in BLOCKS if part in block]
    return found


def test_every_command_answers(server: str) -> None:
    """Each command of the page prints something; no answer but the wrong name's is an error."""
    for block in BLOCKS:
        printed = run(block, server)
        assert printed or block.startswith("SERVER=")
        if "tokio" not in block:
            assert "urn:cgkg:problem" not in printed, block
            assert not re.search(r"^HTTP/1.1 [45]", printed, re.MULTILINE), block


def test_the_answers_are_what_the_page_says(server: str) -> None:
    """Turtle and JSON-LD parse, pages are Chinese, 304 is 304, the nearest name is named."""
    turtle = run(the_block('text/turtle\' "$SERVER/id/region/tokyo"'), server)
    assert len(rdflib.Graph().parse(data=turtle, format="turtle")) > 50
    assert json.loads(run(the_block("tokyo.jsonld"), server))
    assert "东京" in run(the_block("lang=zh"), server)
    assert run(the_block("If-None-Match"), server).strip() == "304"
    assert json.loads(run(the_block("linkset"), server))["linkset"]
    assert "id/region/tokyo" in run(the_block("tokio"), server)
    assert 'rel="next"' in run(the_block("page=2"), server)
    sitemap = run('curl -s "$SERVER/sitemap.xml"', server)
    assert len(ElementTree.fromstring(sitemap)) > 1000


def test_kilometres_are_described(server: str) -> None:
    """An IRI of another place has a description too."""
    turtle = run(the_block("qudt"), server)
    unit = rdflib.URIRef("http://qudt.org/vocab/unit/KiloM2")
    assert (unit, None, None) in rdflib.Graph().parse(data=turtle, format="turtle")


def test_a_browser_does_not_complain(server: str, browser: Any) -> None:
    """Pages with data for search engines break no rule of their security policy."""
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    for path in ("/", "/ontology", "/def/hasMember", "/id/region/tokyo"):
        page.goto(server + path)
        found = page.locator('script[type="application/ld+json"]').first.text_content()
        assert json.loads(found or "")["@context"] == "https://schema.org/"
    page.close()
    assert said == []
