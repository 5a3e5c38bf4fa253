"""The graph of the five city clusters: what must hold of it as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ROOT

from cgkg.project.folder import Project
from cgkg.project.sources import Sources, load
from cgkg.project.texts import open_text
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Triple, parts
from cgkg.rdf.vocab import BASE, CG, GRAPH, OWL, RDF, RDFS, SKOS
from cgkg.reasoning import Closure, Proof, close
from cgkg.reasoning.stored import reclose
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.validation.review import review_asserted

REGIONS = ("tokyo", "new-york", "london", "great-lakes", "seoul")
SHARED = {"new-york", "washington", "philadelphia", "westchester", "albany"}
NOT_FACTS = {GRAPH.spans, GRAPH.ontology, GRAPH.shapes, GRAPH.inferred}


@pytest.fixture(scope="module")
def sources() -> Sources:
    return load(Project.at(ROOT))


@pytest.fixture(scope="module")
def closure(clusters: Generation) -> Closure:
    return reclose(clusters)


def region(name: str) -> IRI:
    return IRI(f"{BASE}id/region/{name}")


def test_the_five_clusters_are_there(graph: Graph) -> None:
    """Five urban regions, each with members and an area."""
    found = {s for s, _, _ in map(parts, graph.triples(p=RDF.type, o=CG.UrbanRegion))}
    assert found == {region(name) for name in REGIONS}
    for one in found:
        assert list(graph.triples(one, CG.hasMember))


def test_two_clusters_share_five_places(graph: Graph, asserted: Graph) -> None:
    """New York and the Great Lakes share members; that is inferred and in both directions."""
    pairs = {(t.subject, t.object) for t in graph.triples(p=CG.sharesMemberWith)}
    one, other = region("new-york"), region("great-lakes")
    assert pairs == {(one, other), (other, one)}
    assert not list(asserted.triples(p=CG.sharesMemberWith))
    members = [{parts(t)[2] for t in graph.triples(r, CG.hasMember)} for r in (one, other)]
    assert {m.value.rsplit("/", 1)[1] for m in members[0] & members[1]} >= SHARED


def test_nothing_is_said_to_sit_or_share_with_itself(graph: Graph) -> None:
    """Self-pairs of the properties marked to omit them are nowhere in the dataset."""
    marked = [t.subject for t in graph.triples(p=CG.omitsSelfPairs)]
    assert {CG.sharesMemberWith, CG.sitsWith} <= set(marked)
    for name in marked:
        assert isinstance(name, IRI)
        assert not [q for q in graph.quads(p=name) if q.subject == q.object]


@pytest.mark.long
def test_the_closure_is_that_of_the_reference(sources: Sources, closure: Closure) -> None:
    """owlrl infers the same facts from the same files, labels left out on both sides."""
    labels = {t.subject for t in sources.ontology if t.object == OWL.AnnotationProperty} | {
        RDFS.label
    }
    facts = [t for t in sources.facts if t.predicate not in labels]
    reference = close(sources.ontology, facts, engine="owlrl")
    assert not reference.inconsistencies
    ours = {t for t in closure.inferred if t.predicate not in labels}
    theirs = {t for t in reference.inferred if t.predicate not in labels}
    assert len(ours) > 1500
    assert ours == theirs


def test_it_is_consistent_and_wholly_understood(closure: Closure) -> None:
    """No contradiction, and no axiom that no rule handles."""
    assert closure.inconsistencies == ()
    assert closure.unsupported == ()


@pytest.mark.long
def test_every_inference_ends_in_asserted_facts(closure: Closure, asserted: Graph) -> None:
    """Each inferred triple has a proof whose leaves are asserted in some graph that says so."""
    held: dict[Triple, bool] = {}
    for triple in closure.inferred:
        proof = closure.explain(triple)
        assert proof, triple
        assert proof.rule
        for leaf in leaves(proof):
            if leaf not in held:
                held[leaf] = bool(set(asserted.graphs_with(leaf)) - NOT_FACTS)
            assert held[leaf], leaf


def leaves(proof: Proof) -> list[Triple]:
    if proof.rule is None:
        return [proof.triple]
    return [leaf for premise in proof.premises for leaf in leaves(premise)]


def test_every_asserted_fact_is_in_a_graph(asserted: Graph) -> None:
    """What the default graph of the asserted facts holds, some named graph says."""
    for triple in asserted.triples():
        assert asserted.graphs_with(triple), triple


def test_data_has_no_blank_nodes(asserted: Graph) -> None:
    """Only the ontology has blank nodes; a fact can always be cited."""
    for quad in asserted.quads():
        if quad.graph_name not in (GRAPH.ontology, DefaultGraph()):
            assert not isinstance(quad.subject, BlankNode), quad
            assert not isinstance(quad.object, BlankNode), quad


def test_every_span_is_that_of_the_document(sources: Sources, document: Path) -> None:
    """With the document at hand, every digest and every position is right."""
    text = open_text(sources.project, document)
    assert text
    report = review_asserted(sources, text=text, data_shapes=(), ontology_shapes=())
    assert not [f.text("en") for f in report.violations]
    assert len(sources.spans) >= 200


def test_wordings_are_the_words_at_their_span(sources: Sources, document: Path) -> None:
    """A short wording kept in the data stands inside the span that it is kept for."""
    text = open_text(sources.project, document)
    assert text
    checked = 0
    for span in sources.spans:
        for triple in sources.graphs.get(span.iri, ()):
            if triple.predicate == CG.wording:
                assert parts(triple)[2].value in text.words(span.start, span.end), span.iri
                checked += 1
    assert checked > 20


def test_every_entity_has_names_and_a_definition(sources: Sources) -> None:
    """Individuals, concepts and terms have label and definition in English and Chinese."""
    wanted = {(p, language) for p in ("label", "definition") for language in ("en", "zh")}
    said: dict[IRI, set[tuple[str, str]]] = {}
    kinds = {SKOS.prefLabel: "label", RDFS.label: "label", SKOS.definition: "definition"}
    for triple in (*sources.registry, *sources.concepts, *sources.ontology):
        s, p, o = parts(triple)
        if isinstance(s, IRI) and s.value.startswith(BASE) and "/ontology" not in s.value:
            said.setdefault(s, set())
            if p in kinds and isinstance(o, Literal):
                said[s].add((kinds[p], o.language or ""))
    assert len(said) > 1000
    assert not {s.value: wanted - found for s, found in said.items() if not wanted <= found}
