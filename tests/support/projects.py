"""A small project of three sentences, written for the tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from paths import ROOT

from cgkg.document.sentences import digest
from cgkg.document.text import SourceText
from cgkg.project.folder import Project
from cgkg.rdf.terms import IRI

BASE = "https://example.org/rivers/"

TEXT = "1.Rivers\nThe Elbe flows through Dresden and Hamburg. It is 1,094 km long.\n"

# Escapes: typed as themselves, these marks have been made ASCII by tools that tidy text.
_WIDE = str.maketrans(",;:!?()", "\uff0c\uff1b\uff1a\uff01\uff1f\uff08\uff09")


def wide(text: str) -> str:
    """The text with full-width marks, as Chinese is set."""
    return text.translate(_WIDE)


# The prefixes of the project in this repository.
BUNDLED = Project.at(ROOT).prefixes

PREFIXES = """@prefix : <https://example.org/rivers/def/> .
@prefix cg: <https://w3id.org/cgkg/def/> .
@prefix id: <https://example.org/rivers/id/> .
@prefix c: <https://example.org/rivers/source/elbe/c/> .
@prefix mode: <https://w3id.org/cgkg/concept/mode/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix vann: <http://purl.org/vocab/vann/> .
"""

FILES = {
    "cgkg.toml": f'[project]\nbase = "{BASE}"\nontology = "ontology/rivers.ttl"\n'
    '[project.name]\nen = "Rivers"\nzh = "河流"\n',
    "ontology/rivers.ttl": PREFIXES
    + """<https://example.org/rivers/ontology> a owl:Ontology ;
    vann:preferredNamespaceUri "https://example.org/rivers/def/" ;
    owl:imports <https://example.org/rivers/ontology/base> .
:River a owl:Class ; rdfs:label "river"@en , "河流"@zh .
:flowsThrough a owl:ObjectProperty ; rdfs:label "flows through"@en , "流经"@zh ;
    rdfs:domain :River ; rdfs:range :Place ; owl:inverseOf :liesOn .
:liesOn a owl:ObjectProperty ; rdfs:label "lies on"@en , "位于河畔"@zh .
:sharesRiverWith a owl:ObjectProperty ; rdfs:label "shares a river with"@en , "同处一河"@zh ;
    cg:omitsSelfPairs true ; owl:propertyChainAxiom ( :liesOn :flowsThrough ) .
:lengthKm a owl:DatatypeProperty ; rdfs:label "length in km"@en , "长度（公里）"@zh ;
    rdfs:domain :River ; rdfs:range xsd:integer .
cg:omitsSelfPairs a owl:AnnotationProperty .
skos:prefLabel a owl:AnnotationProperty .
:River owl:disjointWith :Place .
""",
    "ontology/base.ttl": PREFIXES
    + """<https://example.org/rivers/ontology/base> a owl:Ontology .
:Place a owl:Class ; rdfs:label "place"@en , "地点"@zh .
""",
    "ontology/catalog-v001.xml": """<?xml version="1.0" encoding="UTF-8"?>
<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <uri name="https://example.org/rivers/ontology/base" uri="base.ttl"/>
</catalog>
""",
    "data/registry.csv": "id,class,zh,en,alt_zh,alt_en,note_zh,note_en\n"
    "river/elbe,River,易北河,Elbe,,Labe,,\n"
    "place/dresden,Place,德累斯顿,Dresden,,,,\n"
    "place/hamburg,Place,汉堡,Hamburg,,,,\n",
    "shapes/required.ttl": PREFIXES
    + """:PlaceShape a sh:NodeShape ; sh:targetClass :River , :Place ;
    sh:property [ sh:path skos:prefLabel ; sh:qualifiedValueShape [ sh:languageIn ( "zh" ) ] ;
        sh:qualifiedMinCount 1 ;
        sh:message "every individual needs a Chinese label"@en , "每个实体需有中文名"@zh ] .
""",
}


def span(words: str, body: str, *, mode: str = "stated", occurrence: int = 0) -> str:
    """A block of a .trig file for these words of `TEXT`."""
    start = [i for i in range(len(TEXT)) if TEXT.startswith(words, i)][occurrence]
    name = f"c:{start}-{start + len(words)}"
    return (
        f"{name} {{ {body} }}\n{name} a cg:TextSpan ; cg:assertionMode mode:{mode} ;\n"
        f'    cg:wordsDigest "{digest(words)}" ; cg:gist "gist"@en , "要旨"@zh .\n'
    )


@dataclass
class Small:
    """A project folder to change and build."""

    folder: Path

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        return path

    def facts(self, *blocks: str) -> Path:
        """Make data/1.trig hold these blocks."""
        return self.write("data/1.trig", PREFIXES + "\n".join(blocks))

    @property
    def project(self) -> Project:
        return Project.at(self.folder)


def make_small(folder: Path) -> Small:
    """A valid small project, with its document beside it in document.txt."""
    made = Small(folder)
    for name, content in FILES.items():
        made.write(name, content)
    made.facts(
        span(
            "The Elbe flows through Dresden", "id:river\\/elbe :flowsThrough id:place\\/dresden ."
        ),
        span("Hamburg", "id:river\\/elbe :flowsThrough id:place\\/hamburg .", mode="paraphrased"),
        span("1,094 km", "id:river\\/elbe :lengthKm 1094 ."),
    )
    made.write("document.txt", TEXT)
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    made.write(
        "data/source/elbe.ttl",
        PREFIXES + f'<{BASE}source/elbe> a cg:SourceDocument ; cg:fileDigest "{sha256}" .\n',
    )
    text = SourceText.load(made.folder / "document.txt", sha256=sha256)
    table = text.table(IRI(f"{BASE}source/elbe"))
    made.write("data/source/elbe.sentences.csv", table.as_csv())
    return made
