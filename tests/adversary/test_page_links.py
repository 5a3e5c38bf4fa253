"""Pages about data that somebody else wrote: no link runs a script or leads astray."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from projects import PREFIXES, Small, make_small, span

from cgkg.errors import PoolBusyError
from cgkg.export.release import export
from cgkg.pipeline import build
from cgkg.rdf.iris import may_be_link
from cgkg.web.app import Settings, create_app

SCRIPTS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,alert(1)", "vbscript:alert(1)",
    "blob:alert(1)", "file:///etc/alert(1)",
)  # fmt: skip
BASE = "https://example.org/rivers/"


ODD = (
    " javascript:x", "java\tscript:x", "java%09script:x", "\x01javascript:x", "", "//e/", "x",
    "about:blank", "httpss:x", "view-source:x",
)  # fmt: skip


@pytest.mark.parametrize("iri", [*SCRIPTS, *ODD])
def test_an_iri_of_another_scheme_is_no_link(iri: str) -> None:
    """Nor is one that a browser would take for such, or that has no scheme."""
    assert not may_be_link(iri)


@pytest.mark.parametrize("iri", ["http://e/", "HTTPS://e/", "mailto:a@e", "urn:a:b", "tel:1"])
def test_what_runs_nothing_is_a_link(iri: str) -> None:
    """Schemes are written in either case."""
    assert may_be_link(iri)


def hostile(small: Small) -> None:
    """Put scripts wherever data may have an IRI, and Markdown into texts."""
    iris = " , ".join(f"<{iri}>" for iri in SCRIPTS)
    said = "[a](javascript:alert(1)) <javascript:alert(2)>"
    small.write(
        "ontology/rivers.ttl",
        (small.folder / "ontology" / "rivers.ttl").read_text("utf-8")
        + "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "<https://example.org/rivers/ontology> dcterms:license <javascript:alert(1)> ;\n"
        f"    dcterms:source {iris} ; rdfs:seeAlso {iris} ; dcterms:creator {iris} ;\n"
        f'    owl:versionIRI <data:alert> ; dcterms:title "{said}"@en .\n'
        f":River rdfs:seeAlso {iris} ; rdfs:isDefinedBy {iris} ;"
        f' rdfs:comment "{said}"@en ; skos:definition "{said}"@en .\n',
    )
    small.write("cgkg.toml", f'[project]\nbase = "{BASE}"\nontology = "ontology/rivers.ttl"\n'
                f'[project.name]\nen = "{said}"\n[project.about]\nen = "{said}"\n')  # fmt: skip
    about = f"id:river\\/elbe skos:exactMatch {iris} ; rdfs:seeAlso {iris} ; a :River , {iris} ."
    astray = f"<{BASE}/evil.example/x> skos:related id:river\\/elbe ."
    small.write("data/2.trig", PREFIXES + span("Dresden", f"{about} {astray}"))
    small.write("data/source/elbe.ttl", (small.folder / "data/source/elbe.ttl").read_text("utf-8")
                + f"<{BASE}source/elbe> rdfs:seeAlso {iris} .\n")  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("hostile")
    small = make_small(folder / "project")
    (small.folder / "shapes" / "required.ttl").unlink()
    hostile(small)
    generation, _ = build(small.project, folder / "store")
    export(generation, folder / "store" / "releases" / generation.id)
    pool = Failing(PoolBusyError("none"))
    return create_app(generation, pool, Settings(base=BASE)).test_client()


class Hrefs(HTMLParser):
    """The addresses in a page that a browser may go to or load, and its other text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = ("href", "src", "action", "formaction", "xlink:href", "poster", "data", "cite")
        self.found += [value or "" for name, value in attrs if name in wanted]


def crawl(client: FlaskClient) -> Iterator[tuple[str, str, list[str]]]:
    """Every page that can be reached, its text, and where its links lead."""
    waiting, known = ["/", "/ontology", "/data", "/query", "/read"], set[str]()
    waiting += [f"/resource?iri={iri}" for iri in SCRIPTS]
    while waiting and len(known) < 120:
        path = waiting.pop(0)
        if path in known:
            continue
        known.add(path)
        answer = client.get(path, headers=BROWSER)
        if answer.mimetype != "text/html":
            continue
        links = Hrefs(answer.text).found
        yield path, answer.text, links
        waiting += [link for link in links if re.match(r"/(?![/]|sparql|static|data/)", link)]


def test_no_page_links_to_a_script_or_astray(client: FlaskClient) -> None:
    """Every address on every page is of this site, or of a scheme that runs nothing."""
    pages = list(crawl(client))
    assert len(pages) > 20
    wrong = [
        (path, link)
        for path, _, links in pages
        for link in links
        if link.startswith("//") or not (link.startswith(("/", "#", "?")) or may_be_link(link))
    ]
    assert wrong == []


def test_what_is_no_link_is_shown_as_text(client: FlaskClient) -> None:
    """The reader sees what the data says."""
    page = client.get("/ontology/rivers", headers=BROWSER).text
    page += client.get("/ontology", headers=BROWSER).text
    assert "data:text/html,alert(1)" in page


def test_what_a_page_tells_machines_has_no_scripts(client: FlaskClient) -> None:
    """The Link header, the link set and schema.org."""
    for path in (
        "/",
        "/ontology",
        "/id/river/elbe",
        "/def/River",
        "/resource?iri=javascript:alert(1)",
    ):
        answer = client.get(path, headers=BROWSER)
        for target in re.findall(r"<([^>]*)>", answer.headers.get("Link", "")):
            assert target.startswith("/") or may_be_link(target), target
        for body in re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text):
            said = json.loads(body)
            for holder in (said, said.get("mainEntity", {})):
                links = [holder.get("license"), holder.get("url"), *holder.get("sameAs", ())]
                assert all(may_be_link(link) for link in links if link), links


def test_a_guide_in_markdown_has_no_links_of_the_data(client: FlaskClient) -> None:
    """llms.txt says what the data says as text."""
    text = client.get("/llms.txt").text
    assert "alert(1)" in text
    assert not re.search(r"(?<!\\)\]\(javascript:|(?<!\\)<javascript:", text)


def test_a_readme_of_a_release_links_to_no_script(tmp_path: Path) -> None:
    """A licence that is no link stands there as code."""
    small = make_small(tmp_path)
    hostile(small)
    (small.folder / "shapes" / "required.ttl").unlink()
    generation, _ = build(small.project, tmp_path / "store")
    text = (export(generation, tmp_path / "out").folder / "README.md").read_text("utf-8")
    assert "`javascript:alert(1)`" in text
