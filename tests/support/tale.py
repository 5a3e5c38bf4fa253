"""A dataset of two sentences, of which the pages tell; nothing of it is built or reasoned."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from projects import BUNDLED

from cgkg.document.sentences import digest
from cgkg.formats import Format
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.vocab import BASE, CG, DCTERMS, GRAPH, MODE, OWL, PROV, RDF, RDFS, SKOS, XSD
from cgkg.store.generations import Generation

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


def make_generation(folder: Path) -> Generation:
    """A generation of the small dataset."""
    content = serialize(dataset(), Format.N_QUADS)
    (folder / "dataset.nq").write_bytes(content)
    (folder / "asserted.nq").write_bytes(content)
    manifest = {
        "project": {
            "name": {"en": "Tale", "zh": "故事"},
            "about": {"en": "Two sentences."},
            "prefixes": dict(BUNDLED),
            "home": {"compare": CG.UrbanRegion.value, "title": {}, "columns": []},
        },
        "counts": {"facts": 1234, "inferred": 5},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Generation(folder)
