"""However much a page shows, it asks the graph in ten batches at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

import pytest
from counting import Counting
from flask import Flask
from flask.testing import FlaskClient
from limits import AMPLE
from pages import Failing
from paths import ROOT

from cgkg.errors import QueryError
from cgkg.languages import SOURCE, known
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import BASE, CG, GRAPH, RDF, SKOS
from cgkg.search.finder import Search
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader
from cgkg.web.app import Settings, create_app
from cgkg.web.parts.facts import axioms_of

MOST = 10
# These send files, or ask the query pool.
OTHERS = {
    "/static/<path:filename>", "/sparql", "/graph-store", "/graph-store/<path:name>", "/data",
    "/data/<name>", "/data/<generation>/<name>", "/.well-known/void", "/.well-known/void.<suffix>",
    "/dataset", "/dataset/<version>", "/favicon.ico", "/query/",
}  # fmt: skip
LONDON = "id/region/london"


@dataclass
class Served:
    """The pages of a graph, and what they ask of it."""

    app: Flask
    client: FlaskClient
    counting: Counting
    graph: Graph
    explain: GenerationExplainer

    def asked(self, path: str, accept: str) -> int:
        """How many batches an answer takes, which must be one."""
        self.counting.asked = 0
        answer = self.client.get(path, headers={"Accept": accept})
        assert answer.status_code in (200, 301, 303, 404), (path, answer.text)
        return self.counting.asked


@pytest.fixture(scope="module")
def served(clusters: Generation) -> Served:
    graph = clusters.open()
    counting = Counting(LocalReader(graph))
    explain = GenerationExplainer(clusters)
    app = create_app(
        clusters,
        Failing(QueryError("no queries here")),
        Settings(
            reader=counting,
            search=Search(counting, wait=AMPLE),
            explain=explain,
            explain_all=explain.all,
            examples=(*sorted((ROOT / "queries" / "examples").glob("*.rq")),),
        ),
    )
    return Served(app, app.test_client(), counting, graph, explain)


def fact(triple: Triple) -> str:
    value = triple.object.value if isinstance(triple.object, IRI) else str(triple.object)
    return urlencode({"s": str(triple.subject), "p": triple.predicate.value, "o": value})


def facts(served: Served) -> Iterator[Triple]:
    """Inferred ones, one whose proof has class expressions in its axioms, and asserted ones."""
    graph = served.graph
    inferred = sorted((q.triple for q in graph.quads(g=GRAPH.inferred)), key=str)
    yield from inferred[:: len(inferred) // 6]
    proofs = ((t, served.explain(t)) for t in inferred[:: len(inferred) // 200])
    yield next(t for t, p in proofs if p and any("_:" in str(a) for a in axioms_of(p)))
    yield from islice((q.triple for q in graph.quads(IRI(BASE + LONDON))), 4)


def entities(served: Served) -> Iterator[str]:
    """Paths of an instance of every class, of classes, properties, graphs and clauses."""
    graph = served.graph
    kinds = {t.object for t in graph.triples(p=RDF.type) if isinstance(t.object, IRI)}
    for kind in sorted(kinds, key=str):
        subjects = (t.subject for t in graph.triples(p=RDF.type, o=kind))
        first = next((s for s in subjects if isinstance(s, IRI) and s.value.startswith(BASE)), None)
        if first:
            yield first.value.removeprefix(BASE)
    yield from ("id/body/capital-region-committee", "id/recommendation/3")
    yield from (LONDON, "graph/registry", "graph/shapes", "def/UrbanRegion", "def/hasMember")


def paths(served: Served) -> dict[str, list[tuple[str, str]]]:
    """For every route addresses and what is accepted there."""
    named = sorted(set(entities(served)))
    stated = [fact(triple) for triple in dict.fromkeys(facts(served))]
    other = urlencode({"iri": SKOS.prefLabel.value})
    nowhere = urlencode({"s": BASE + "a", "p": BASE + "b", "o": BASE + "c"})
    html = [(f"/{path}", "text/html") for path in named]
    data = [(f"/{path}", form) for path in (*named[::6], "ontology", LONDON)
            for form in ("text/turtle", "application/trig")]  # fmt: skip
    explained = [(f"/explain?{each}&all=3&format={form}", "*/*")
                 for each in stated[:8:2] for form in ("text", "json", "ttl")]  # fmt: skip
    searches = ("q=london", "q=city", "q=citx", "q=", f"q=a&class={CG.Sentence.value}",
                "q=data&cg:activeInRegion=reg:london")  # fmt: skip
    found = {
        rule: [(f"{rule}?{query}", "text/html") for query in searches]
        for rule in ("/search", "/search.html", "/search.json", "/search/suggest")
    }
    single = ("/", "/read", "/coverage", "/ontology", "/query", "/query/terms.json",
              "/openapi.json", "/opensearch.xml", "/robots.txt", "/sitemap.xml",
              "/llms.txt")  # fmt: skip
    return {
        **{rule: [(rule, "text/html")] for rule in single},
        **narrowed(),
        **found,
        "/sitemap-<int:number>.xml": [("/sitemap-1.xml", "*/*")],
        "/fact": [(f"/fact?{each}", "text/html") for each in (*stated, nowhere)],
        "/explain": [*explained, (f"/explain?{nowhere}", "*/*")],
        "/resource": [(f"/resource?{other}", a) for a in ("text/html", "text/turtle")],
        "/linkset": [(f"/linkset?{urlencode({'iri': BASE + LONDON})}", "*/*")],
        "/<path:name>": [
            *html,
            *data,
            (f"/{LONDON}.html", "*/*"),
            ("/no/such/thing", "text/html"),
        ],
    }


def narrowed() -> dict[str, list[tuple[str, str]]]:
    """Pages of lists and tables, as readers narrow them down."""
    cell = "open=theme:smart-city&at=reg:london"
    asked = {
        "/browse": ("/browse", "/browse?of=skos:Concept"),
        "/browse/<path:name>": (
            "/browse/def/Initiative",
            "/browse/def/Initiative?cg:activeInRegion=reg:london&sort=document&page=2",
            "/browse/def/Initiative?format=csv",
            "/browse/concept/theme",
            "/browse/def/Nothing",
        ),
        "/compare": ("/compare", f"/compare?{cell}", "/compare?open=theme:smart-city",
                     "/compare?by=cg:addressesProblem&format=csv"),
        "/read/<path:name>": (
            "/read/city-clusters",
            "/read/city-clusters?sec=1.3.1",
            "/read/city-clusters?s=170",
            "/read/city-clusters?show=excused",
            "/read/city-clusters?format=json",
            "/read/nothing",
        ),
        "/timeline": ("/timeline", "/timeline?lane=reg:london&from=2001", "/timeline?format=csv"),
    }  # fmt: skip
    return {rule: [(path, "text/html") for path in held] for rule, held in asked.items()}


def test_every_kind_of_page_asks_in_ten_batches(served: Served) -> None:
    """In both languages; what a generation keeps is read in as few, before."""
    site = served.app.extensions["cgkg"]
    assert site.search.index.complete
    served.counting.asked = 0
    vocabulary = site.vocabulary
    vocabulary.axioms(CG.UrbanRegion, "en")
    vocabulary.document(vocabulary.ontologies[0])
    assert served.counting.asked <= MOST
    kinds = paths(served)
    rules = {rule.rule for rule in served.app.url_map.iter_rules()}
    assert rules == kinds.keys() | OTHERS, "a route without a count"
    asked = {
        (path, accept, language): served.asked(f"{path}{joint}lang={language}", accept)
        for addresses in kinds.values()
        for path, accept in addresses
        for joint in ("&" if "?" in path else "?",)
        for language in known()
    }
    assert {page: count for page, count in asked.items() if count > MOST} == {}
    assert asked[f"/{LONDON}", "text/html", SOURCE] > 2
