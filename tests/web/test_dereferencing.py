"""Every IRI of the graph answers: by Accept, by suffix, in both languages, with links and labels.

The whole graph is asked, and a bare one of another base without any ontology.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import rdflib
from flask.testing import FlaskClient
from pages import Failing
from paths import ROOT
from werkzeug.test import TestResponse

from cgkg.errors import QueryError
from cgkg.formats import Format
from cgkg.presentation.resource import LABELS
from cgkg.project.folder import Project
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad
from cgkg.rdf.vocab import BASE, CG, DCTERMS, GRAPH, OWL, RDF, RDFS, SKOS
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app
from cgkg.web.discovery import crawlers as discovery_module
from cgkg.web.discovery.signposts import LINKSET
from cgkg.web.request import SUFFIXES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# An IRI of every kind, and the kind of thing it names.
KINDS = {
    "id/region/tokyo": CG.UrbanRegion,
    "id/place/saitama": CG.Place,
    "id/body/port-authority": None,
    "id/initiative/oneNYC": None,
    "def/hasMember": OWL.ObjectProperty,
    "def/UrbanRegion": OWL.Class,
    "def/gist": OWL.AnnotationProperty,
    "def/numericValue": OWL.DatatypeProperty,
    "concept/theme": SKOS.ConceptScheme,
    "concept/mode/stated": SKOS.Concept,
    "source/city-clusters": CG.SourceDocument,
    "source/city-clusters/sec/1-1": CG.SourceSection,
    "source/city-clusters/s/0001": CG.Sentence,
    "graph/inferred": None,
    "graph/background": CG.AssertionGraph,
    "graph/ontology": None,
    "ontology": OWL.Ontology,
    "ontology/regions": OWL.Ontology,
    "ontology/0.1.0": OWL.Ontology,
    "ontology/0.1.0/regions": OWL.Ontology,
    "ontology/0.1.0/def/hasMember": OWL.ObjectProperty,
}
PARSERS = {
    "ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml", "trig": "trig", "nq": "nquads",
}  # fmt: skip
LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w-]+="[^"]*")*)\s*(?:,|$)')


def client_of(generation: Generation, **settings: object) -> FlaskClient:
    pool = Failing(QueryError("no queries here"))
    return create_app(generation, pool, Settings(**settings)).test_client()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(clusters: Generation) -> FlaskClient:
    return client_of(clusters, examples=Project.at(ROOT).example_queries)


@pytest.fixture(scope="module")
def names(graph: Graph) -> list[str]:
    """Every IRI of the graph below its base, as a path, an IRI of each kind among them."""
    found = {
        term.value
        for quad in graph.quads()
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, IRI) and term.value.startswith(BASE)
    }
    return sorted(quote(name.removeprefix(BASE), safe="/~") for name in found)


def kinds(names: list[str]) -> list[str]:
    """The paths of `KINDS`; those of individuals that have gone are replaced by a neighbour."""
    found = []
    for path in KINDS:
        stem = path.rpartition("/")[0]
        near = (name for name in names if name.startswith(stem + "/"))
        versioned = path.startswith("ontology/")
        found.append(path if path in names or versioned else next(near))
    span = next(name for name in names if name.startswith("source/city-clusters/c/"))
    return [*found, span]


def links(answer: TestResponse) -> dict[str, list[str]]:
    """The targets of the Link header by relation; every part of the header must be a link."""
    found: dict[str, list[str]] = {}
    header = answer.headers["Link"]
    assert LINK.sub("", header).strip() == "", header
    for target, parameters in LINK.findall(header):
        held = dict(re.findall(r';\s*([\w-]+)="([^"]*)"', parameters))
        for relation in held["rel"].split():
            found.setdefault(relation, []).append(target)
    return found


def parsed(answer: TestResponse, suffix: str) -> rdflib.Graph:
    """The answer as a second parser reads it."""
    store = rdflib.Dataset(default_union=True) if suffix in ("trig", "nq") else rdflib.Graph()
    store.parse(data=answer.data, format=PARSERS[suffix])
    return store


# Every name


@pytest.mark.parametrize("many", [30, pytest.param(300, marks=pytest.mark.long)])
def test_every_name_answers(client: FlaskClient, names: list[str], many: int) -> None:
    """Every IRI below the base answers with a page and with Turtle.

    Asked are one of each kind for both, and each of an even sample for one; `CGKG_ALL_NAMES=1` asks
    all for both.
    """
    every = "CGKG_ALL_NAMES" in os.environ
    accepts = ("text/html", "text/turtle")
    asked = {(name, accept) for name in kinds(names) for accept in accepts}
    for number, name in enumerate(names[:: 1 if every else max(1, len(names) // many)]):
        asked |= {(name, accept) for accept in (accepts if every else [accepts[number % 2]])}
    for name, accept in sorted(asked):
        answer = client.get(f"/{name}", headers={"Accept": accept})
        assert answer.status_code == 200, (name, accept)
        assert answer.content_type == f"{accept}; charset=utf-8"


# rdflib's own JSON-LD parser uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("many", [1, pytest.param(len(PARSERS), marks=pytest.mark.long)])
def test_each_kind_by_suffix_and_accept(client: FlaskClient, names: list[str], many: int) -> None:
    """A suffix gives what Accept gives; a second parser reads it, and it is about the IRI.

    Every kind in so many syntaxes; in which changes from kind to kind.
    """
    for number, path in enumerate(kinds(names)):
        for suffix in [*PARSERS, *PARSERS][number % len(PARSERS) :][:many]:
            by_suffix = client.get(f"/{path}.{suffix}", headers={"Accept": BROWSER})
            assert by_suffix.status_code == 200, (path, suffix)
            by_accept = client.get(f"/{path}", headers={"Accept": SUFFIXES[suffix]})
            assert by_accept.mimetype == SUFFIXES[suffix]
            assert by_accept.headers["Content-Location"] == f"/{path}.{suffix}"
            if suffix in ("ttl", "jsonld", "rdf"):
                about = rdflib.URIRef(BASE + re.sub(r"^ontology/0.1.0/?", "", path))
                graph = parsed(by_suffix, suffix)
                assert len(graph) > 0
                if path.startswith("graph/") or path == "ontology/0.1.0":
                    continue
                about = rdflib.URIRef(f"{BASE}ontology/regions") if "0/reg" in path else about
                assert (about, None, None) in graph, path


# rdflib's own JSON-LD parser uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_formats_hold_the_same(client: FlaskClient, names: list[str]) -> None:
    """Turtle, N-Triples, RDF/XML and JSON-LD of one name hold the same triples."""
    for path in ("id/region/tokyo", "concept/mode/stated", "graph/background"):
        read = [set(parsed(client.get(f"/{path}.{s}"), s)) for s in ("ttl", "nt", "rdf", "jsonld")]
        assert read[0] == read[1] == read[2] == read[3]


def test_types_are_right(client: FlaskClient) -> None:
    """What an IRI names is of the kind that its place promises."""
    for path, kind in KINDS.items():
        if kind is not None:
            answer = client.get(f"/{path}", headers={"Accept": "text/turtle"})
            assert kind.value in links(answer)["type"], path


def test_pages_in_both_languages(client: FlaskClient, names: list[str]) -> None:
    """`lang` decides the language of the page and of nothing else."""
    for path in kinds(names):
        pages = {lang: client.get(f"/{path}.html?lang={lang}") for lang in ("en", "zh")}
        for lang, answer in pages.items():
            assert answer.headers["Content-Language"] == lang
            assert answer.headers["Content-Location"].split("?")[1].startswith(f"lang={lang}")
        assert '<html lang="zh-Hans">' in pages["zh"].text
        assert pages["en"].text != pages["zh"].text
    data = [client.get(f"/id/region/tokyo.ttl?lang={lang}").data for lang in ("en", "zh")]
    assert data[0] == data[1]


def test_labels_come_along(client: FlaskClient, graph: Graph, names: list[str]) -> None:
    """Everything that an answer mentions and the graph can name is named in the answer."""
    for path in kinds(names):
        held = parsed(client.get(f"/{path}.nt"), "nt")
        for iri in {term for triple in held for term in triple if isinstance(term, rdflib.URIRef)}:
            for predicate in LABELS:
                for triple in graph.triples(IRI(str(iri)), predicate):
                    assert isinstance(triple.object, Literal)
                    label = rdflib.Literal(triple.object.value, lang=triple.object.language)
                    assert (iri, rdflib.URIRef(predicate.value), label) in held, (path, iri)


def test_inverse_links_come_along(client: FlaskClient) -> None:
    """The description of a thing holds what points to it."""
    held = parsed(client.get("/id/place/saitama.nt"), "nt")
    assert list(held.subjects(None, rdflib.URIRef(f"{BASE}id/place/saitama")))


def test_names_in_percent_signs(client: FlaskClient) -> None:
    """A name that is no IRI of the graph is 404 with the nearest, as problem and as page."""
    for accept in ("text/turtle", BROWSER):
        answer = client.get("/def/hasMembr", headers={"Accept": accept})
        assert answer.status_code == 404
        assert "def/hasMember" in answer.text


def test_the_graph_itself(client: FlaskClient) -> None:
    """The base answers with the front page, and with the description of the data set as data."""
    assert client.get("/", headers={"Accept": BROWSER}).mimetype == "text/html"
    answer = client.get("/", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/.well-known/void")


# Names at their own address


def test_things_at_their_own_address_are_described_elsewhere(clusters: Generation) -> None:
    """Where the address is the very name, a thing is 303 to its description, a document is not."""
    client = client_of(clusters)
    for path, status in (
        ("id/region/tokyo", 303), ("def/hasMember", 303), ("concept/mode/stated", 303),
        ("ontology", 200), ("ontology/core", 200), ("graph/background", 200),
    ):  # fmt: skip
        for accept, suffix in (("text/turtle", "ttl"), ("text/html", "html")):
            answer = client.get(
                f"/cgkg/{path}?lang=zh",
                base_url="https://w3id.org",
                headers={"Accept": accept},
                environ_overrides={"SCRIPT_NAME": "/cgkg", "PATH_INFO": f"/{path}"},
            )
            assert answer.status_code == status, path
            if status == 303:
                assert urlsplit(answer.headers["Location"]).path.endswith(f"/{path}.{suffix}")
                assert answer.headers["Location"].endswith("?lang=zh")


# Links


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_link_headers(client: FlaskClient, names: list[str], every: bool) -> None:
    """Signposting: every answer has its name, formats, type, licence and collection as links.

    Collections and descriptions answer; of the descriptions one, or every one.
    """
    targets: set[str] = set()
    for number, path in enumerate(kinds(names)):
        answer = client.get(f"/{path}", headers={"Accept": BROWSER})
        found = links(answer)
        assert found["cite-as"] == [BASE + path]
        assert len(found["canonical"]) == 1
        assert {f"/{path}.ttl", f"/{path}.jsonld"} <= set(found["describedby"])
        assert len(found["alternate"]) == len(PARSERS)
        assert found["collection"]
        assert len(answer.headers["Link"]) < 8000
        described = found["describedby"]
        one = [described[number % len(described)]]
        targets.update(described if every else one, found["collection"])
    for target in targets:
        if target.startswith("/"):
            assert client.get(target).status_code == 200, target


def test_collections_and_items(client: FlaskClient, graph: Graph) -> None:
    """A concept leads to its scheme and back; many items are in the link set alone."""
    assert "/concept/mode" in links(client.get("/concept/mode/stated"))["collection"]
    assert "/concept/mode/stated" in links(client.get("/concept/mode"))["item"]
    many = links(client.get("/ontology/programmes"))
    assert "item" not in many
    whole = client.get(many["linkset"][0])
    assert whole.content_type == LINKSET
    (context,) = json.loads(whole.data)["linkset"]
    items = {each["href"] for each in context["item"]}
    assert "/ontology" in links(client.get("/ontology/core"))["collection"]
    assert "/ontology/core" in links(client.get("/ontology"))["item"]
    owned = {q.subject for q in graph.quads(p=RDFS.isDefinedBy, o=IRI(context["anchor"]))}
    assert len(items) == len(owned) > 20
    assert all(item.startswith("http://localhost/def/") for item in items)


def test_licence_of_the_thing_goes_first(client: FlaskClient) -> None:
    """The licence is the thing's own, else the ontology's."""
    expected = "https://creativecommons.org/licenses/by/4.0/"
    for path in ("id/region/tokyo", "ontology"):
        assert links(client.get(f"/{path}"))["license"] == [expected]


# Long lists


def test_long_lists_have_pages(client: FlaskClient) -> None:
    """Following `next` from the first page of a graph meets every statement once."""
    seen: list[str] = []
    address = "/graph/background"
    while address:
        answer = client.get(address, headers={"Accept": BROWSER})
        assert answer.status_code == 200
        table = answer.text.split('<table class="facts">')[1].split("</table>")[0]
        seen += re.findall(r"<tr><td>.*?</tr>", table, re.DOTALL)
        found = links(answer)
        address = found.get("next", [""])[0]
        assert ("prev" in found) == ("page=" in answer.request.url)
    held = parsed(client.get("/graph/registry.nt"), "nt")
    assert seen
    assert len(held) > 1000


def test_pages_of_data(client: FlaskClient, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data has pages too where a list is longer than a page bears; together they are whole."""
    monkeypatch.setattr("cgkg.web.pages.routes.entities.LIMIT", 400)
    found: set[str] = set()
    address, number = "/graph/inferred.nt", 0
    while address:
        answer = client.get(address)
        found |= set(answer.text.splitlines())
        number += 1
        address = links(answer).get("next", [""])[0]
    inferred = {f"{quad.triple} ." for quad in graph.quads(g=GRAPH.inferred)}
    assert number > 10
    assert inferred <= found
    last = links(client.get("/graph/inferred.nt"))["last"][0]
    assert last == f"/graph/inferred.nt?page={number}"


@pytest.mark.parametrize(("wish", "status"), [("0", 400), ("x", 400), ("-1", 400), ("9999", 404)])
def test_pages_that_are_not_there(client: FlaskClient, wish: str, status: int) -> None:
    """A page that is no number is 400, one after the last 404."""
    assert client.get(f"/id/region/tokyo.ttl?page={wish}").status_code == status


def test_nothing_is_cut_silently(client: FlaskClient) -> None:
    """A page that has not all says how much is missing and where it is."""
    text = client.get("/graph/inferred.html?lang=en").text
    assert re.search(r"and \d+ more on the\s+<a href=\"[^\"]*page=2\"", text)
    assert 'rel="next"' in text


# Caches and scripts of other sites


@pytest.mark.parametrize(
    "path",
    ["/", "/id/region/tokyo", "/id/region/tokyo.ttl", "/ontology", "/read", "/llms.txt",
     "/sitemap.xml", "/graph/background.trig",
     pytest.param("/graph/inferred.trig", marks=pytest.mark.long)],
)  # fmt: skip
def test_an_unchanged_answer_is_304(client: FlaskClient, path: str) -> None:
    """A strong ETag; the same again is 304 without a body; HEAD has the same ETag."""
    first = client.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Content-Location"):
        assert again.headers.get(name) == first.headers.get(name)
    assert client.head(path).headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_each_representation_has_its_own_tag(client: FlaskClient) -> None:
    """Format, language, page and version all make another ETag."""
    answers = [
        client.get("/id/region/tokyo", headers={"Accept": kind}) for kind in SUFFIXES.values()
    ]
    answers += [client.get("/id/region/tokyo", headers={"Accept-Language": "zh"})]
    answers += [client.get("/id/place/saitama"), client.get("/ontology/0.1.0")]
    tags = [answer.headers["ETag"] for answer in answers]
    assert len(set(tags)) == len(tags)


def test_another_generation_has_other_tags(clusters: Generation, tmp_path: Path) -> None:
    """After a build nothing held counts as fresh."""
    other = tmp_path / "0123456789abcdef"
    other.mkdir()
    for file in clusters.folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    tags = {
        client_of(generation).get("/id/region/tokyo.ttl").headers["ETag"]
        for generation in (clusters, Generation(other))
    }
    assert len(tags) == 2


def test_scripts_of_other_sites_may_read_data(client: FlaskClient) -> None:
    """Data, problems and preflights are open to all; pages, which may show words, are not."""
    for path in ("/id/region/tokyo.ttl", "/linkset?iri=" + BASE + "ontology", "/llms.txt"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    missing = client.get("/id/region/none", headers={"Accept": "text/turtle"})
    assert missing.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/id/region/tokyo.html").headers
    asked = client.options("/id/region/tokyo")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "HEAD" in asked.headers["Access-Control-Allow-Methods"]


# Search engines and programs


class Blocks(HTMLParser):
    """The JSON-LD blocks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def test_schema_org(client: FlaskClient, names: list[str]) -> None:
    """Every page tells search engines what it is about, in both languages where there are both."""
    expected = {
        "id/region/tokyo": "Place", "def/hasMember": "DefinedTerm", "ontology": "DefinedTermSet",
        "concept/theme": "DefinedTermSet", "source/city-clusters": "CreativeWork",
        "graph/background": "Dataset",
    }  # fmt: skip
    for path in kinds(names):
        block, *_ = Blocks(client.get(f"/{path}.html").text).found
        said = json.loads(block)
        assert said["@context"] == "https://schema.org/"
        assert said["mainEntity"]["@id"].startswith(BASE)
        assert said["mainEntity"]["@type"] == expected.get(path, said["mainEntity"]["@type"])
    block, *_ = Blocks(client.get("/id/region/tokyo.html").text).found
    assert {each["@language"] for each in json.loads(block)["mainEntity"]["name"]} == {"en", "zh"}
    block, *_ = Blocks(client.get("/").text).found
    assert json.loads(block)["@type"] == "Dataset"


def test_sitemap(client: FlaskClient, names: list[str]) -> None:
    """The sitemap has the front page and every described name once, as whole addresses."""
    root = ElementTree.fromstring(client.get("/sitemap.xml").data)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert root.tag == f"{space}urlset"
    found = [each.findtext(f"{space}loc", "") for each in root]
    assert len(found) == len(set(found))
    assert {"http://localhost/", "http://localhost/ontology"} <= set(found)
    assert "http://localhost/id/region/tokyo" in found
    for address in found[:: max(1, len(found) // 40)]:
        assert client.get(urlsplit(address).path).status_code == 200, address


def test_sitemap_of_a_large_graph(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """More addresses than one file may hold are in several, which an index lists."""
    monkeypatch.setattr(discovery_module, "MOST", 500)
    root = ElementTree.fromstring(client.get("/sitemap.xml").data)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert root.tag == f"{space}sitemapindex"
    parts = [urlsplit(each.findtext(f"{space}loc", "")).path for each in root]
    counts = [len(ElementTree.fromstring(client.get(part).data)) for part in parts]
    assert counts[:-1] == [500] * (len(parts) - 1)
    assert 0 < counts[-1] <= 500
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404


def test_robots(client: FlaskClient) -> None:
    """robots.txt keeps crawlers from addresses without end and names the sitemap."""
    text = client.get("/robots.txt").text
    assert "Disallow: /fact" in text
    assert "Disallow: /search?" in text
    assert "Sitemap: http://localhost/sitemap.xml" in text


def test_guide_for_language_models(client: FlaskClient, graph: Graph) -> None:
    """llms.txt names the endpoint, prefixes, classes, properties; its example queries are valid."""
    text = client.get("/llms.txt").text
    for part in (
        "http://localhost/sparql",
        "PREFIX cg:",
        "`cg:Place` (place / 地点)",
        "`cg:hasTheme`",
    ):
        assert part in text, part
    queries = re.findall(r"```sparql\n(.*?)```", text.split("## Example queries")[1], re.DOTALL)
    assert len(queries) == 3
    for query in queries:
        assert len(list(graph.query(query))) > 0


# The ontology


def test_modules_make_up_the_ontology(client: FlaskClient, graph: Graph) -> None:
    """The documents of the modules are, together, the ontology: nothing is lost or made up."""
    vocabulary = client.application.extensions["cgkg"].vocabulary
    held = {t for iri in vocabulary.ontologies for t in vocabulary.document(iri)}
    assert held == {quad.triple for quad in graph.quads(g=GRAPH.ontology)}


def test_a_term_documents_itself(client: FlaskClient) -> None:
    """A term's page has definition, kind, version, drawing, axioms, uses and queries."""
    text = client.get("/def/hasMember.html?lang=en").text
    plain = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    for part in (
        "The region counts the area among its members", "object property", "cg:hasMember",
        "0.1.0", "is member of and has member are inverse to each other",
        "has member , then is member of implies shares a member with", "32 statements",
        "Which clusters share a member", "No change is recorded up to version 0.1.0",
    ):  # fmt: skip
        assert part in plain, part
    assert "<svg" in text
    zh = client.get("/def/hasMember.html?lang=zh").text
    assert "对象属性" in zh
    assert "没有变更记录" in zh


def test_queries_of_terms_run(client: FlaskClient, graph: Graph) -> None:
    """The query that a term's page offers is valid and finds what the page counts."""
    for path in ("def/hasMember", "def/UrbanRegion", "def/gist"):
        text = client.get(f"/{path}.html?lang=en").text
        query = re.search(r"<pre tabindex=\"0\"><code>(PREFIX.*?)</code></pre>", text, re.DOTALL)
        assert query
        assert len(list(graph.query(unescape(query[1])))) > 0


def test_ontology_overview(client: FlaskClient, graph: Graph) -> None:
    """The overview links every module and term and draws every module's classes."""
    text = client.get("/ontology?lang=en").text
    assert text.count("<svg") >= 9
    for quad in graph.quads(p=RDFS.isDefinedBy, g=GRAPH.ontology):
        if isinstance(quad.subject, IRI) and quad.subject in CG:
            assert f'href="/{quad.subject.value.removeprefix(BASE)}?lang=en"' in text
    assert "first version" in text


def deprecated() -> Iterator[Quad]:
    """An ontology with a deprecated term and its replacement, of another base."""
    space = "https://example.org/k/"
    ontology, old, new = (IRI(space + name) for name in ("ontology", "def/old", "def/new"))
    for s, p, o in (
        (ontology, RDF.type, OWL.Ontology),
        (ontology, OWL.versionInfo, Literal("2.0.0")),
        (ontology, OWL.versionIRI, IRI(space + "ontology/2.0.0")),
        (ontology, OWL.priorVersion, IRI(space + "ontology/1.0.0")),
        (ontology, DCTERMS.license, IRI("https://example.org/licence")),
        (old, RDF.type, OWL.ObjectProperty),
        (old, RDFS.isDefinedBy, ontology),
        (old, OWL.deprecated, Literal("true", datatype=IRI("http://www.w3.org/2001/XMLSchema#boolean"))),
        (old, DCTERMS.isReplacedBy, new),
        (old, SKOS.changeNote, Literal("2.0.0: replaced", language="en")),
        (old, SKOS.changeNote, Literal("2.0.0：已取代", language="zh")),
        (new, RDF.type, OWL.ObjectProperty),
        (new, RDFS.isDefinedBy, ontology),
        (new, RDFS.label, Literal("new one", language="en")),
    ):  # fmt: skip
        yield Quad(s, p, o, DefaultGraph())


def bare_client(folder: Path, quads: Iterator[Quad], base: str) -> FlaskClient:
    generation = folder / "generation"
    generation.mkdir(parents=True)
    for name in ("dataset.nq", "asserted.nq"):
        (generation / name).write_bytes(serialize(list(quads), Format.N_QUADS) or b"")
        quads = iter(())
    (generation / "manifest.json").write_text("{}", "utf-8")
    return client_of(Generation(generation), base=base)


def test_deprecated_terms_lead_to_their_replacement(tmp_path: Path) -> None:
    """A deprecated term says so, in page and list, and links what replaces it."""
    client = bare_client(tmp_path, deprecated(), "https://example.org/k/")
    text = client.get("/def/old.html?lang=en").text
    assert "Deprecated" in text
    assert re.search(r'Use instead:\s*<a href="/def/new\?lang=en">new one</a>', text)
    assert "<strong>2.0.0</strong> replaced" in text
    assert "<strong>2.0.0</strong> 已取代" in client.get("/def/old.html?lang=zh").text
    assert "deprecated" in client.get("/ontology?lang=en").text
    found = links(client.get("/ontology"))
    assert found["predecessor-version"] == ["https://example.org/k/ontology/1.0.0"]
    assert found["license"] == ["https://example.org/licence"]
    assert links(client.get("/def/new"))["license"] == ["https://example.org/licence"]
    assert "def/old" not in client.get("/llms.txt").text


# A bare graph


def bare() -> Iterator[Quad]:
    """Two things of a base of their own, labels in a named graph, no ontology."""
    base = "https://example.net/data/"
    one, two, graph = IRI(base + "a"), IRI(base + "b"), IRI(base + "g")
    knows = IRI("http://xmlns.com/foaf/0.1/knows")
    yield Quad(one, knows, two, DefaultGraph())
    yield Quad(two, RDF.type, IRI("http://xmlns.com/foaf/0.1/Person"), graph)
    yield Quad(two, RDFS.label, Literal("Bea", language="en"), graph)


@pytest.mark.parametrize(
    "path",
    ["/", "/search?q=bea", "/opensearch.xml", "/a", "/b", "/g", "/a.ttl", "/g.trig", "/ontology",
     "/read", "/sitemap.xml", "/robots.txt", "/llms.txt", "/resource?iri=http://xmlns.com/foaf/0.1/knows",
     "/linkset?iri=https://example.net/data/a"],
)  # fmt: skip
def test_a_bare_graph_has_everything_too(tmp_path: Path, path: str) -> None:
    """Without ontology, manifest, licence or examples every address answers."""
    client = bare_client(tmp_path, bare(), "https://example.net/data/")
    for language in ("en", "zh"):
        answer = client.get(path, headers={"Accept-Language": language, "Accept": "*/*"})
        assert answer.status_code == 200, answer.text
        assert "w3id.org/cgkg" not in answer.text
    assert "Bea" in client.get("/a.html").text
    assert "knows" in client.get("/ontology").text


@pytest.mark.long
def test_links_lead_somewhere(client: FlaskClient) -> None:
    """Every link of the ontology's overview and of a term's page answers."""
    for path in ("/ontology/regions?lang=en", "/def/UrbanRegion?lang=zh"):
        text = client.get(path).text
        found = set(re.findall(r'href="(/(?!static)[^"]*)"', text))
        for link in found:
            target = urljoin("http://localhost/", link.replace("&amp;", "&"))
            if not target.startswith("http://localhost/sparql"):
                assert client.get(target).status_code == 200, link
