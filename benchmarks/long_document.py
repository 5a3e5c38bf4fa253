"""A project of one long document, with the words at hand: made up, and every time the same."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from cgkg.authoring.starter import create
from cgkg.document.sentences import digest

SENTENCES, SPANS = 20_937, 4_455
_BASE = "https://example.org/plan/"
_TOWNS = 1_200
_IN_A_SECTION = 100
_PROPERTIES = """
my:Town a owl:Class ; rdfs:subClassOf my:Place ; rdfs:label "town"@en ;
    skos:definition "A place with a council."@en ; rdfs:isDefinedBy <{base}ontology> .
my:Place a owl:Class ; rdfs:label "place"@en ;
    skos:definition "Where people live."@en ; rdfs:isDefinedBy <{base}ontology> .
my:near a owl:ObjectProperty , owl:SymmetricProperty ; rdfs:subPropertyOf my:linkedWith ;
    rdfs:domain my:Town ; rdfs:range my:Town ; rdfs:label "near"@en ;
    skos:definition "Less than an hour away."@en ; rdfs:isDefinedBy <{base}ontology> .
my:linkedWith a owl:ObjectProperty ; rdfs:domain my:Place ; rdfs:range my:Place ;
    rdfs:label "linked with"@en ; skos:definition "Reached without a change."@en ;
    rdfs:isDefinedBy <{base}ontology> .
my:homes a owl:DatatypeProperty ; rdfs:domain my:Town ; rdfs:range xsd:integer ;
    rdfs:label "homes"@en ; skos:definition "How many are built."@en ;
    rdfs:isDefinedBy <{base}ontology> .
"""
_PREFIXES = """@prefix c: <{base}source/plan/c/> .
@prefix cg: <https://w3id.org/cgkg/def/> .
@prefix mode: <https://w3id.org/cgkg/concept/mode/> .
@prefix my: <{base}def/> .
@prefix town: <{base}id/town/> .
"""


def write_long_document(folder: Path, *, sentences: int = SENTENCES, spans: int = SPANS) -> None:
    """Write a project whose document has so many sentences, of 43 characters on average, headings
    among them; so many of them are spans, each with two statements and a gist.

    Args:
        folder: is made.
        sentences: how many, more than `spans` by a hundredth at least.
        spans: how many.
    """
    lines = list(islice(_lines(Random(1)), sentences))
    folder.parent.mkdir(parents=True, exist_ok=True)
    document = folder.parent / "plan.txt"
    document.write_text("".join(f"{words}\n" for words, _ in lines), "utf-8")
    create(folder, base=_BASE, name="plan", languages=["en"], document=document)
    document.unlink()
    with (folder / "ontology" / "starter.ttl").open("a", encoding="utf-8") as file:
        file.write(_PROPERTIES.format(base=_BASE))
    with (folder / "data" / "registry.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [f"town/{number}", "my:Town", f"Town {number}", "", "", f"Town {number} of the plan."]
            for number in range(_TOWNS)
        )
    blocks = "\n".join(islice(_blocks(lines, Random(2), spans / sentences * 1.02), spans))
    (folder / "data" / "1-plan.trig").write_text(_PREFIXES.format(base=_BASE) + blocks, "utf-8")


def _lines(random: Random) -> Iterator[tuple[str, str]]:
    """Sentences, each with what it says in Turtle; a heading says nothing."""
    section = 0
    while True:
        section += 1
        yield f"{section}. Programme number {section}", ""
        for _ in range(_IN_A_SECTION - 1):
            one, other = random.sample(range(_TOWNS), 2)
            homes = random.randrange(1, 9_000)
            yield (
                f"Town {one} near Town {other} gets {homes} new homes.",
                f"town:{one} my:near town:{other} ; my:homes {homes} .",
            )


def _blocks(lines: list[tuple[str, str]], random: Random, share: float) -> Iterator[str]:
    start = 0
    for words, said in lines:
        end = start + len(words)
        if said and random.random() < share:
            yield (
                f"c:{start}-{end} {{\n    {said}\n}}\n"
                f'c:{start}-{end} a cg:TextSpan ; cg:wordsDigest "{digest(words)}" ;\n'
                f"    cg:assertionMode mode:stated ;\n"
                f'    cg:gist "{words[:-1]} by the plan."@en .\n'
            )
        start = end + 1
