"""What the graph says of an IRI, with evidence; also the small dataset that the page tests use."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from cgkg.document.sentences import digest
from cgkg.errors import ResourceNotFoundError
from cgkg.presentation.resource import describe, labels_of, nearest, statement
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.vocab import BASE, CG, DCTERMS, GRAPH, MODE, OWL, PROV, RDF, RDFS, SH, SKOS, XSD
from cgkg.store.graph import Graph

# Two sentences written for the tests; the second has a word that is also markup.
TEXT = "Alpha covers 120 square miles. Beta & Gamma <b>join</b> Alpha."
DOCUMENT = IRI(f"{BASE}source/tale")


def thing(path: str) -> IRI:
    return IRI(f"{BASE}id/{path}")


def clause(words: str) -> IRI:
    start = TEXT.index(words)
    return IRI(f"{DOCUMENT.value}/c/{start}-{start + len(words)}")


ALPHA, OMEGA = thing("region/alpha"), thing("region/omega")
BETA, GAMMA = thing("place/beta"), thing("place/gamma")
AREA = thing("value/alpha-area")
AREA_WORDS, JOIN_WORDS = "covers 120 square miles", "Beta & Gamma <b>join</b> Alpha"
JOIN, COVERS = clause(JOIN_WORDS), clause(AREA_WORDS)
SHARES = Triple(ALPHA, CG.sharesMemberWith, OMEGA)
MEMBER = Triple(ALPHA, CG.hasMember, BETA)
MEMBER_OF = Triple(BETA, CG.isMemberOf, ALPHA)
CHAIN, REST, GENERAL = BlankNode("chain"), BlankNode("rest"), BlankNode("general")


def labels(iri: IRI, en: str, zh: str) -> list[Triple]:
    pairs = ((en, "en"), (zh, "zh"))
    return [Triple(iri, SKOS.prefLabel, Literal(text, language=tag)) for text, tag in pairs]


def number(value: int | str, datatype: str = "integer") -> Literal:
    return Literal(str(value), datatype=XSD(datatype))


def span_description(iri: IRI, words: str, sentence: int, gist: tuple[str, str]) -> list[Triple]:
    start = TEXT.index(words)
    return [
        Triple(iri, RDF.type, CG.TextSpan),
        Triple(iri, PROV.wasQuotedFrom, DOCUMENT),
        Triple(iri, CG.charStart, number(start)),
        Triple(iri, CG.charEnd, number(start + len(words))),
        Triple(iri, CG.inSection, IRI(f"{DOCUMENT.value}/sec/1-1")),
        Triple(iri, CG.inSentence, IRI(f"{DOCUMENT.value}/s/000{sentence}")),
        Triple(iri, CG.inParagraph, number(1)),
        Triple(iri, CG.wordsDigest, Literal(digest(words))),
        Triple(iri, CG.assertionMode, MODE.stated),
        Triple(iri, CG.gist, Literal(gist[0], language="en")),
        Triple(iri, CG.gist, Literal(gist[1], language="zh")),
    ]


def descriptions() -> list[Triple]:
    end = TEXT.index(" Beta")
    sentence = IRI(f"{DOCUMENT.value}/s/0002")
    section = IRI(f"{DOCUMENT.value}/sec/1-1")
    return [
        Triple(DOCUMENT, RDF.type, CG.SourceDocument),
        *labels(DOCUMENT, "a tale", "故事"),
        Triple(DOCUMENT, DCTERMS.language, Literal("en")),
        Triple(section, RDF.type, CG.SourceSection),
        *labels(section, "1.1 Beginning", "1.1 开头"),
        Triple(sentence, RDF.type, CG.Sentence),
        Triple(sentence, CG.charStart, number(end + 1)),
        Triple(sentence, CG.charEnd, number(len(TEXT))),
        Triple(sentence, CG.wordsDigest, Literal(digest(TEXT[end + 1 :]))),
        *span_description(COVERS, AREA_WORDS, 1, ("The area.", "面积。")),
        *span_description(JOIN, JOIN_WORDS, 2, ("Two members.", "两个成员。")),
    ]


def ontology() -> list[Triple]:
    return [
        Triple(CG.hasMember, RDF.type, OWL.ObjectProperty),
        Triple(CG.hasMember, RDFS.label, Literal("has member", language="en")),
        Triple(CG.hasMember, RDFS.label, Literal("包括成员", language="zh")),
        Triple(CG.isMemberOf, OWL.inverseOf, CG.hasMember),
        Triple(CG.isMemberOf, RDFS.label, Literal("is member of", language="en")),
        Triple(CG.sharesMemberWith, RDF.type, OWL.SymmetricProperty),
        Triple(CG.sharesMemberWith, RDFS.label, Literal("shares a member with", language="en")),
        Triple(CG.sharesMemberWith, OWL.propertyChainAxiom, CHAIN),
        Triple(CHAIN, RDF.first, CG.hasMember),
        Triple(CHAIN, RDF.rest, REST),
        Triple(REST, RDF.first, CG.isMemberOf),
        Triple(REST, RDF.rest, RDF.nil),
        Triple(GENERAL, RDF.type, OWL.Restriction),
        Triple(GENERAL, OWL.onProperty, CG.hasMember),
        Triple(GENERAL, OWL.someValuesFrom, CG.City),
        Triple(GENERAL, RDFS.subClassOf, CG.UrbanRegion),
        Triple(CG.UrbanRegion, RDF.type, OWL.Class),
        Triple(CG.UrbanRegion, RDFS.label, Literal("urban region", language="en")),
    ]


def registry() -> list[Triple]:
    return [
        Triple(ALPHA, RDF.type, CG.CityCluster),
        *labels(ALPHA, "Alpha <script>alert(1)</script>", "阿尔法"),
        Triple(ALPHA, SKOS.altLabel, Literal("First", language="en")),
        Triple(OMEGA, RDF.type, CG.CityCluster),
        *labels(OMEGA, "Omega", "欧米伽"),
        *labels(BETA, "Beta", "贝塔"),
        *labels(GAMMA, "Gamma", "伽马"),
        Triple(AREA, RDF.type, CG.IndicatorValue),
        *labels(AREA, "area of Alpha", "阿尔法面积"),
    ]


def layers() -> dict[IRI, list[Triple]]:
    """The small dataset by named graph."""
    value = [
        Triple(AREA, CG.aboutPlace, ALPHA),
        Triple(AREA, CG.hasIndicator, IRI(f"{BASE}concept/indicator/area")),
        Triple(AREA, CG.numericValue, number("13400.0", "decimal")),
        Triple(AREA, CG.hasUnit, IRI("http://qudt.org/vocab/unit/KiloM2")),
        Triple(AREA, CG.hasApproximation, IRI(f"{BASE}concept/approximation/about")),
        Triple(AREA, CG.wording, Literal("120 square miles", language="en")),
    ]
    inferred = [
        SHARES,
        Triple(OMEGA, CG.sharesMemberWith, ALPHA),
        MEMBER_OF,
        Triple(ALPHA, RDF.type, CG.UrbanRegion),
        # Also asserted, so nobody may call it inferred.
        MEMBER,
    ]
    return {
        GRAPH.ontology: ontology(),
        GRAPH.registry: registry(),
        GRAPH.spans: descriptions(),
        GRAPH.concepts: labels(IRI(f"{BASE}concept/indicator/area"), "area", "面积"),
        GRAPH.background: [Triple(OMEGA, CG.hasMember, BETA)],
        COVERS: value,
        JOIN: [MEMBER, Triple(ALPHA, CG.hasMember, GAMMA)],
        GRAPH.inferred: inferred,
    }


def dataset(shapes: Iterable[Triple] = ()) -> list[Quad]:
    """All named graphs, and everything but the shapes once in the default graph."""
    graphs = layers()
    merged = dict.fromkeys(t for part in graphs.values() for t in part)
    graphs[GRAPH.shapes] = list(shapes)
    named = [Quad(t.subject, t.predicate, t.object, g) for g, p in graphs.items() for t in p]
    return named + [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in merged]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.of(dataset())


def test_asserted_statement_has_its_span(graph: Graph) -> None:
    """An asserted triple comes with the span that states it, described."""
    found = {each.triple: each for each in describe(graph, ALPHA).outgoing}[MEMBER]
    (span,) = found.spans
    assert span.iri == JOIN
    assert (span.section, span.paragraph, span.mode) == ("1.1", 1, MODE.stated)
    assert span.gist == {"en": "Two members.", "zh": "两个成员。"}


def test_inferred_only_when_nobody_asserts_it(graph: Graph) -> None:
    """A triple of the inferred graph counts as inferred only if no other graph holds it."""
    found = {each.triple: each.inferred for each in describe(graph, ALPHA).outgoing}
    assert found[SHARES] is True
    assert found[MEMBER] is False


def test_graph_that_is_no_span(graph: Graph) -> None:
    """A triple of a graph that is no span names that graph and has no span."""
    found = statement(graph, Triple(OMEGA, CG.hasMember, BETA))
    assert found is not None
    assert (found.spans, found.graphs, found.inferred) == ((), (GRAPH.background,), False)


def test_incoming_and_uses(graph: Graph) -> None:
    """Statements that point to the IRI, and those that use it as a property, are told apart."""
    assert MEMBER in {each.triple for each in describe(graph, BETA).incoming}
    found = describe(graph, CG.hasMember)
    assert MEMBER in {each.triple for each in found.uses}
    assert MEMBER not in {each.triple for each in (*found.outgoing, *found.incoming)}


def test_names_cover_everything_mentioned(graph: Graph) -> None:
    """One description carries the labels of everything it mentions."""
    names = describe(graph, ALPHA).names
    assert names[BETA] == {"en": "Beta", "zh": "贝塔"}
    assert names[CG.hasMember]["zh"] == "包括成员"


def test_span_has_content(graph: Graph) -> None:
    """A span's description holds the span and what the span states."""
    found = describe(graph, JOIN)
    assert found.span is not None
    assert found.span.iri == JOIN
    assert {each.triple.object for each in found.content} == {BETA, GAMMA}


def test_text_of_an_earlier_property_wins(graph: Graph) -> None:
    """skos:prefLabel goes before rdfs:label, and an IRI without labels is left out."""
    both = IRI("https://example.org/both")
    held = Graph.of(
        Quad(both, p, Literal(text, language="en"), DefaultGraph())
        for p, text in ((RDFS.label, "a"), (SKOS.prefLabel, "b"))
    )
    assert labels_of(held, (both, IRI("https://example.org/none"))) == {both: {"en": "b"}}


def test_limit_says_how_many_it_leaves_out(graph: Graph) -> None:
    """A limit per property never cuts in silence: what is left out is counted."""
    found = describe(graph, ALPHA, limit=1)
    members = [each for each in found.outgoing if each.triple.predicate == CG.hasMember]
    assert len(members) == 1
    counts = {(each.where, each.predicate): each.count for each in found.omitted}
    assert counts["outgoing", CG.hasMember] == 1


def test_shapes_do_not_describe_the_data() -> None:
    """Shapes that mention a term are not shown with it, but a shape itself is described."""
    shape = IRI(f"{BASE}shape/members")
    held = Graph.of(dataset([Triple(shape, SH.path, CG.hasMember)]))
    assert all(each.triple.subject != shape for each in describe(held, CG.hasMember).incoming)
    assert describe(held, shape).outgoing


def test_unknown_iri_names_the_nearest(graph: Graph) -> None:
    """An unknown IRI is an error with the most similar names of the graph."""
    with pytest.raises(ResourceNotFoundError) as error:
        describe(graph, thing("region/alfa"))
    assert error.value.nearest[0] == ALPHA.value


def test_nearest_finds_the_name_in_another_folder(graph: Graph) -> None:
    """The right name under the wrong kind is found."""
    assert BETA in nearest(graph, thing("region/beta"))


def test_statement_that_does_not_hold(graph: Graph) -> None:
    """A triple that is neither stated nor inferred is None."""
    assert statement(graph, Triple(BETA, CG.hasMember, ALPHA)) is None
