"""Addresses of every kind of page of the city clusters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import BASE, CG, GRAPH, RDF, SKOS
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.graph import Graph
from cgkg.web.parts.facts import axioms_of

LONDON = "id/region/london"


def fact(triple: Triple) -> str:
    value = triple.object.value if isinstance(triple.object, IRI) else str(triple.object)
    return urlencode({"s": str(triple.subject), "p": triple.predicate.value, "o": value})


def facts(graph: Graph, explain: GenerationExplainer) -> Iterator[Triple]:
    """Inferred ones, one whose proof has class expressions in its axioms, and asserted ones."""
    inferred = sorted((q.triple for q in graph.quads(g=GRAPH.inferred)), key=str)
    yield from inferred[:: len(inferred) // 6]
    proofs = ((t, explain(t)) for t in inferred[:: len(inferred) // 200])
    yield next(t for t, p in proofs if p and any("_:" in str(a) for a in axioms_of(p)))
    yield from islice((q.triple for q in graph.quads(IRI(BASE + LONDON))), 4)


def entities(graph: Graph) -> Iterator[str]:
    """Paths of an instance of every class, of classes, properties, graphs and clauses."""
    kinds = {t.object for t in graph.triples(p=RDF.type) if isinstance(t.object, IRI)}
    for kind in sorted(kinds, key=str):
        subjects = (t.subject for t in graph.triples(p=RDF.type, o=kind))
        first = next((s for s in subjects if isinstance(s, IRI) and s.value.startswith(BASE)), None)
        if first:
            yield first.value.removeprefix(BASE)
    yield from ("id/body/capital-region-committee", "id/recommendation/3")
    yield from (LONDON, "graph/registry", "graph/shapes", "def/UrbanRegion", "def/hasMember")


def paths(graph: Graph, explain: GenerationExplainer) -> dict[str, list[tuple[str, str]]]:
    """For every route addresses and what is accepted there."""
    named = sorted(set(entities(graph)))
    stated = [fact(triple) for triple in dict.fromkeys(facts(graph, explain))]
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
