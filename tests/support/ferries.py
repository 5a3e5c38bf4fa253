"""A project of another domain, written for the tests: ferries, who runs them, where they call."""

from __future__ import annotations

import hashlib
from pathlib import Path

from projects import BASE, PREFIXES, Small

from cgkg.document.sentences import digest
from cgkg.document.text import SourceText
from cgkg.rdf.terms import IRI

TEXT = (
    "1.Ferries\n"
    "Blue Line runs the Heron and the Otter. Red Line runs the Swan. "
    "The Heron carries bicycles. The Otter and the Swan carry cars. "
    "All three call at the Old Quay, which both lines use. The Swan also calls at the Mill. "
    "The Heron was launched on 4 May 1998. The Otter ran from 2001 until June 2010.\n"
)
_SHIPS = ("heron", "otter", "swan")
ONTOLOGY = (
    PREFIXES
    + """
<https://example.org/rivers/ontology> a owl:Ontology ;
    vann:preferredNamespaceUri "https://example.org/rivers/def/" .
:Ship a owl:Class ; rdfs:label "ship"@en , "船"@zh .
:Line a owl:Class ; rdfs:label "line"@en , "航运公司"@zh .
:Landing a owl:Class ; rdfs:label "landing"@en , "码头"@zh .
:runBy a owl:ObjectProperty ; rdfs:label "is run by"@en , "由…运营"@zh ; owl:inverseOf :runs .
:runs a owl:ObjectProperty ; rdfs:label "runs"@en , "运营"@zh .
:carries a owl:ObjectProperty ; rdfs:label "carries"@en , "运载"@zh .
:callsAt a owl:ObjectProperty ; rdfs:label "calls at"@en , "停靠"@zh .
:usedBy a owl:ObjectProperty ; rdfs:label "is used by"@en , "由…使用"@zh .
:meets a owl:ObjectProperty , owl:SymmetricProperty ; rdfs:label "meets"@en , "相遇"@zh .
:launched a owl:DatatypeProperty ; rdfs:label "launched"@en , "下水"@zh ; rdfs:range xsd:date .
:startYear a owl:DatatypeProperty ; rdfs:label "in service from"@en , "投入运营"@zh ;
    rdfs:range xsd:gYear .
:endMonth a owl:DatatypeProperty ; rdfs:label "in service until"@en , "停止运营"@zh ;
    rdfs:range xsd:gYearMonth .
skos:prefLabel a owl:AnnotationProperty .
skos:inScheme a owl:ObjectProperty .
skos:Concept a owl:Class . skos:ConceptScheme a owl:Class .
"""
)
CONCEPTS = (
    PREFIXES
    + f"""
<{BASE}load> a skos:ConceptScheme ; skos:prefLabel "loads"@en , "货类"@zh .
<{BASE}load/cars> a skos:Concept ; skos:inScheme <{BASE}load> ;
    skos:prefLabel "cars"@en , "汽车"@zh .
<{BASE}load/bicycles> a skos:Concept ; skos:inScheme <{BASE}load> ;
    skos:prefLabel "bicycles"@en , "自行车"@zh .
<{BASE}load/cattle> a skos:Concept ; skos:inScheme <{BASE}load> ;
    skos:prefLabel "cattle"@en , "牲畜"@zh .
"""
)
REGISTRY = """id,class,zh,en
ship/heron,Ship,苍鹭号,Heron
ship/otter,Ship,水獭号,Otter
ship/swan,Ship,天鹅号,Swan
line/blue,Line,蓝线,Blue Line
line/red,Line,红线,Red Line
landing/old-quay,Landing,老码头,Old Quay
landing/mill,Landing,磨坊,Mill
"""
CONFIG = f"""[project]
base = "{BASE}"
ontology = "ontology/ferries.ttl"
[project.name]
en = "Ferries"
zh = "渡轮"
[prefixes]
f = "{BASE}def/"
ship = "{BASE}id/ship/"
line = "{BASE}id/line/"
load = "{BASE}load/"
"""
SAID = f"""
[[browse]]
class = "f:Ship"
name.en = "ferries"
facets = ["f:carries"]
columns = ["f:runBy", "f:carries"]

[compare]
columns = "f:Line"
own = "f:runBy"
through = ["f:callsAt", "f:usedBy"]

[[compare.rows]]
property = "f:carries"
of = "{BASE}load"

[timeline]
class = "f:Ship"
lane = "f:runBy"

[[timeline.dates]]
at = "f:launched"
name.en = "launched"

[[timeline.dates]]
from = "f:startYear"
to = "f:endMonth"
name.en = "in service"

[search]
facets = ["f:runBy"]
"""


def _span(words: str, *triples: str) -> str:
    start = TEXT.index(words)
    name = f"c:{start}-{start + len(words)}"
    return (
        f"{name} {{ {' '.join(triples)} }}\n"
        f'{name} a cg:TextSpan ; cg:wordsDigest "{digest(words)}" ;\n'
        f'  cg:assertionMode mode:stated ; cg:gist "Gist."@en , "大意。"@zh .\n'
    )


def make_ferries(folder: Path, *, said: bool = True) -> Small:
    """The project, which says what its pages show, or with `said=False` leaves that to cgkg."""
    made = Small(folder)
    made.write("cgkg.toml", CONFIG + (SAID if said else ""))
    made.write("ontology/ferries.ttl", ONTOLOGY)
    made.write("data/concepts/loads.ttl", CONCEPTS)
    made.write("data/registry.csv", REGISTRY)
    made.facts(
        _span(
            "Blue Line runs the Heron and the Otter",
            *(f"id:ship\\/{each} :runBy id:line\\/blue ." for each in ("heron", "otter")),
        ),
        _span("Red Line runs the Swan", "id:line\\/red :runs id:ship\\/swan ."),
        _span("The Heron carries bicycles", f"id:ship\\/heron :carries <{BASE}load/bicycles> ."),
        _span(
            "The Otter and the Swan carry cars",
            *(f"id:ship\\/{each} :carries <{BASE}load/cars> ." for each in ("otter", "swan")),
        ),
        _span(
            "All three call at the Old Quay",
            *(f"id:ship\\/{each} :callsAt id:landing\\/old-quay ." for each in _SHIPS),
        ),
        _span(
            "both lines use",
            "id:landing\\/old-quay :usedBy id:line\\/blue , id:line\\/red .",
            "id:line\\/blue :meets id:line\\/red .",
        ),
        _span("The Swan also calls at the Mill", "id:ship\\/swan :callsAt id:landing\\/mill ."),
        _span(
            "The Heron was launched on 4 May 1998",
            'id:ship\\/heron :launched "1998-05-04"^^xsd:date .',
        ),
        _span(
            "from 2001 until June 2010",
            'id:ship\\/otter :startYear "2001"^^xsd:gYear ; :endMonth "2010-06"^^xsd:gYearMonth .',
        ),
    )
    made.write("shapes/required.ttl", PREFIXES)
    _document(made)
    return made


def _document(made: Small) -> None:
    path = made.write("document.txt", TEXT)
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    told = f'<{BASE}source/elbe> a cg:SourceDocument ; cg:fileDigest "{sha256}" .\n'
    made.write("data/source/elbe.ttl", PREFIXES + told)
    table = SourceText.load(path, sha256=sha256).table(IRI(f"{BASE}source/elbe"))
    made.write("data/source/elbe.sentences.csv", table.as_csv())
