"""The reference and the tutorial: fresh, complete, and every query on them answered."""

from __future__ import annotations

import csv
import html
import re
import sys
from pathlib import Path

import pytest
from paths import ROOT
from projects import BUNDLED

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, parts
from cgkg.rdf.vocab import CG, OWL, RDF, SKOS
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app
from cgkg.workers.threads import QueryPool

sys.path.insert(0, str(ROOT / "tools"))
import reference  # tools/ is no package
from reference_terms import ID, Vocabulary

PAGES = [
    *(ROOT / reference.REFERENCE).glob("ontology*.md"),
    ROOT / "docs/tutorial/first-queries.md",
]
BY_HAND = [ROOT / path for path in reference.BY_HAND]
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def words(graph: Graph) -> Vocabulary:
    return Vocabulary(graph, BUNDLED)


@pytest.fixture(scope="module")
def declared() -> set[str]:
    """Local names of the terms that the ontology's files declare."""
    quads = [quad for path in (ROOT / "ontology").glob("*.ttl") for quad in parse_file(path)]
    return {
        CG.local(s)
        for s, p, o in map(parts, quads)
        if p == RDF.type and o in KINDS and isinstance(s, IRI) and s in CG
    }


def page(name: str) -> str:
    return (ROOT / reference.REFERENCE / f"{name}.md").read_text("utf-8")


def test_the_pages_are_as_the_graph_has_them(clusters: Generation) -> None:
    """Writing the pages again changes nothing; if it does: python tools/reference.py."""
    for path, text in reference.pages(clusters, ROOT).items():
        assert (ROOT / path).read_text("utf-8") == text, f"{path}: run python tools/reference.py"


def test_every_term_has_its_entry(declared: set[str]) -> None:
    """Each class and property of the ontology is a heading of a reference page, once."""
    headings = re.findall(
        r"^### cg:(\S+)$", page("ontology-classes") + page("ontology-properties"), re.M
    )
    assert len(declared) > 200
    assert sorted(headings) == sorted(declared)


def test_every_entry_says_both_languages(declared: set[str]) -> None:
    """Labels and definitions of each entry are in English and in Chinese."""
    text = page("ontology-classes") + page("ontology-properties")
    entries = re.split(r"^### ", text, flags=re.M)[1:]
    assert len(entries) == len(declared)
    for entry in entries:
        label, definition = entry.split("\n\n")[1:3]
        assert re.fullmatch(r"\*\*[^*\u4e00-\u9fff]+\*\* / \*\*.*[\u4e00-\u9fff].*\*\*", label)
        assert re.match(r"[A-Z].*[a-z)].? .*[\u4e00-\u9fff]", definition), entry


def test_every_concept_and_individual_is_listed() -> None:
    """Each concept of the schemes and each row of the registry is on its page."""
    concepts = {
        quad.subject
        for path in (ROOT / "data" / "concepts").glob("*.ttl")
        for quad in parse_file(path)
        if quad.predicate == SKOS.inScheme
    }
    with (ROOT / "data" / "registry.csv").open(encoding="utf-8", newline="") as handle:
        individuals = {ID(row["id"]) for row in csv.DictReader(handle)}
    for name, things in (("ontology-concepts", concepts), ("ontology-individuals", individuals)):
        rows = len(re.findall(r"^\| (?:– )*`", page(name), re.M))
        assert rows == len(things) > 200


def test_the_query_of_every_term_has_an_answer(words: Vocabulary) -> None:
    """What an entry proposes to ask is answered, for every class and property in use."""
    asked = re.findall(r"^- Ask: `(.*)`$", page("ontology-classes"), re.M)
    asked += re.findall(r"^- Ask: `(.*)`$", page("ontology-properties"), re.M)
    used = sum(bool(each.example) for each in words.properties())
    assert len(asked) >= used > 100
    for query in asked:
        assert reference.holds(words, query), query


@pytest.mark.parametrize("path", BY_HAND, ids=lambda p: p.stem)
def test_every_query_shown_has_the_answer_shown(words: Vocabulary, path: Path) -> None:
    """Each query of a page is followed by its answer, which is not empty."""
    text = path.read_text("utf-8")
    queries = reference.queries_of(text)
    assert len(queries) >= 6
    for query in queries:
        shown = reference.answer(words, query)
        assert not shown.endswith("(0 solutions)\n"), query
        assert f"```sparql\n{query}```\n\n```text\n{shown}```\n" in text, query


def test_the_tutorial_declares_what_it_uses(graph: Graph) -> None:
    """The tutorial's queries run as they stand, without help from the reference's prefixes."""
    for query in reference.queries_of(BY_HAND[1].read_text("utf-8")):
        assert list(graph.query(query)), query


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_no_page_names_what_is_not_there(words: Vocabulary, declared: set[str], path: Path) -> None:
    """Every prefixed name on a page is a declared term or something the graph knows."""
    text = path.read_text("utf-8")
    assert set(re.findall(r"\bcg:([A-Za-z]\w*)", text)) <= declared
    for prefix, local in set(re.findall(r"\b([a-z]+):([\w.-]*\w)", text)):
        base = words.prefixes.get(prefix, "")
        if "cgkg/id/" in base or "cgkg/concept/" in base:
            assert next(words.graph.triples(IRI(base + local)), None), f"{prefix}:{local}"


def test_what_follows_is_only_there_with_reasoning(asserted: Graph) -> None:
    """The tutorial's last query has no answer among the asserted facts, as it says."""
    (query,) = (q for q in reference.queries_of(BY_HAND[1].read_text()) if "availableIn" in q)
    assert not list(asserted.query(query))


def test_the_proof_shown_is_that_of_the_page(clusters: Generation) -> None:
    """Every step and clause of the tutorial's proof is on the page /fact that it links to."""
    text = BY_HAND[1].read_text("utf-8")
    (address,) = re.findall(r"<http://127\.0\.0\.1:8000(/fact\?[^>]+)>", text)
    match = re.search(r"<!-- begin proof (.*?) -->\n```text\n(.*?)```", text, re.S)
    assert match
    assert match[1].split() == [part.partition("=")[2] for part in address[6:].split("&")]
    with QueryPool.start(clusters.dataset_file, clusters.asserted_file, workers=1) as pool:
        app = create_app(clusters, pool, Settings(explain=GenerationExplainer(clusters)))
        client = app.test_client()
        answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": "en"})
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())
    lines = [line.strip() for line in match[2].splitlines()]
    parts = [part for line in lines if " – " in line for part in line.split(" – ")]
    parts += [line.partition("paraphrased: ")[2] or line.partition("stated: ")[2]
              for line in lines if line.startswith("section")]  # fmt: skip
    parts += [rule for line in lines for rule in re.findall(r"\((prp-\w+)\)$", line)]
    assert len(parts) >= 3 * 3 + 2 + 1
    assert [part for part in parts if not part or part not in shown] == []
