"""Seeded contradictions: for each slip an author can make, who catches it, against the real files.

Three can catch: a rule of the reasoner, a shape on what is asserted, a shape on the closure. The
table says which of them do; where no rule can (open world, or a limit of OWL 2 DL), a shape must.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from paths import ROOT
from projects import BUNDLED

from cgkg.project.folder import Project
from cgkg.project.sources import read_shapes
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple
from cgkg.rdf.vocab import CG
from cgkg.reasoning import Closure, close
from cgkg.validation.shacl import validate

HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in BUNDLED.items())

# What every case starts from; free of contradictions, as the first test shows.
SOUND = """
place:korea a cg:Country . place:usa a cg:Country .
place:seoul a cg:City , cg:FirstLevelArea ; cg:inCountry place:korea .
place:incheon a cg:City ; cg:inCountry place:korea .
reg:seoul a cg:CityCluster ; cg:hasMember place:seoul , place:incheon .
reg:tokyo a cg:MetropolitanArea .
body:committee a cg:Committee ; cg:hasSeat seat:chair .
seat:chair a cg:ChairSeat ; cg:occupiedBy office:premier .
office:premier a cg:NationalOffice . office:mayor a cg:LocalOffice ; cg:officeOf place:seoul .
ini:first a cg:Strategy ; cg:appliesTo place:seoul ; cg:startYear 2002 .
ini:second a cg:Strategy ; cg:directlySucceeds ini:first .
ini:third a cg:Strategy ; cg:directlySucceeds ini:second .
value:area a cg:IndicatorValue ; cg:aboutPlace reg:seoul ; cg:numericValue 11704.0 .
goal:lead a cg:Goal .
les:one a cg:Lesson . rcm:one a cg:Recommendation .
theme:smart-transport a cg:Theme . problem:congestion a cg:UrbanProblem .
"""


@dataclass(frozen=True)
class Slip:
    """A statement added to the sound data, and all who must catch it."""

    text: str
    rules: frozenset[str] = frozenset()
    asserted: frozenset[str] = frozenset()
    closure: frozenset[str] = field(default=frozenset())


def slip(text: str, *, rules: str = "", asserted: str = "", closure: str = "") -> Slip:
    return Slip(
        text, frozenset(rules.split()), frozenset(asserted.split()), frozenset(closure.split())
    )


SLIPS = {
    "disjoint types": slip(
        "place:seoul a cg:Country .",
        rules="cax-adc",
    ),
    "disjoint pair": slip(
        "les:one a cg:Recommendation .",
        rules="cax-dw",
    ),
    "range against disjointness": slip(
        "reg:tokyo cg:hasMember goal:lead .",
        rules="cax-adc",
        asserted="hasMember-value",
        closure="OneKind",
    ),
    "functional property, values known to differ": slip(
        "value:area cg:aboutPlace reg:tokyo . reg:tokyo owl:differentFrom reg:seoul .",
        rules="eq-diff1",
        asserted="aboutPlace-once",
        closure="NoInferredSameAs",
    ),
    "two regions of one value": slip(
        "value:area cg:aboutPlace reg:tokyo .",
        asserted="aboutPlace-once",
        closure="NoInferredSameAs",
    ),
    "asymmetric property both ways": slip(
        "ini:second cg:directlySucceeds ini:first . ini:first cg:directlySucceeds ini:second .",
        rules="prp-asyp",
        closure="Succession-acyclic",
    ),
    "irreflexive property on itself": slip(
        "ini:first cg:directlySucceeds ini:first .",
        # A pair of x with x also holds both ways.
        rules="prp-irp prp-asyp",
        closure="Succession-acyclic",
    ),
    "succession in a circle of three": slip(
        "ini:first cg:directlySucceeds ini:third .",
        closure="Succession-acyclic",
    ),
    "two values of a functional data property": slip(
        "value:area cg:numericValue 11705.0 .",
        rules="dt-diff",
        asserted="numericValue-once",
    ),
    "literal of the wrong datatype": slip(
        'ini:second cg:startYear "2007" .',
        rules="dt-not-type",
        asserted="startYear-value",
    ),
    "double for a decimal": slip(
        "value:area cg:lowerBound 1.17e4 .",
        rules="dt-not-type",
        asserted="lowerBound-value",
    ),
    "region typed as a city": slip(
        "reg:tokyo a cg:City .",
        rules="cax-adc",
    ),
    "theme where a problem was meant": slip(
        "ini:first cg:addressesProblem theme:smart-transport .",
        rules="cax-adc",
        asserted="addressesProblem-value",
    ),
    "lesson given a place": slip(
        "les:one cg:appliesTo place:seoul .",
        rules="cax-adc",
        asserted="appliesTo-subject",
        closure="OneKind",
    ),
    "office given a seat's role": slip(
        "body:committee cg:hasSeat office:mayor .",
        rules="cax-adc",
        asserted="hasSeat-value",
        closure="OneKind",
    ),
    "existing initiative recommended": slip(
        "rcm:one cg:recommends ini:first .",
        rules="cax-adc",
        asserted="recommends-value",
        closure="OneKind",
    ),
    "city given members": slip(
        "place:seoul cg:hasMember place:incheon .",
        rules="cax-adc",
        asserted="hasMember-subject",
    ),
    "two chairs of one body": slip(
        "body:committee cg:hasSeat seat:other . seat:other a cg:ChairSeat .",
        asserted="CoordinationBody-chair",
    ),
    "city in two countries": slip(
        "place:incheon cg:isPartOf place:seoul . place:seoul cg:inCountry place:usa .",
        closure="SubnationalArea-country",
    ),
    "one seat of two bodies": slip(
        "body:board a cg:Board ; cg:hasSeat seat:chair .",
        asserted="Seat-body",
        closure="NoInferredSameAs",
    ),
    "identity asserted": slip(
        "place:seoul owl:sameAs place:incheon .",
        asserted="NoSameAs",
        closure="NoInferredSameAs",
    ),
}


@cache
def triples_of(*paths: Path) -> tuple[Triple, ...]:
    return tuple(q.triple for path in paths for q in parse_file(path, blank_prefix=f"{path.stem}-"))


def ontology() -> tuple[Triple, ...]:
    return triples_of(*sorted((ROOT / "ontology").glob("*.ttl")))


@cache
def shapes(name: str) -> tuple[Triple, ...]:
    return read_shapes(Project.at(ROOT), name)


def data(folder: Path, text: str) -> list[Triple]:
    path = folder / "data.ttl"
    path.write_text(HEADER + SOUND + text, encoding="utf-8")
    return list(dict.fromkeys(quad.triple for quad in parse_file(path)))


def closed(facts: list[Triple]) -> Closure:
    return close(ontology(), facts)


def test_the_sound_data_is_sound(tmp_path: Path) -> None:
    """Without a slip no rule and no shape of the closure finds anything."""
    facts = data(tmp_path, "")
    closure = closed(facts)
    assert closure.inconsistencies == ()
    everything = [*facts, *published(closure)]
    assert validate(everything, ontology(), shapes("inferred")) == []


def published(closure: Closure) -> list[Triple]:
    """The new facts as the build publishes them: symmetric shortcuts without self-pairs."""
    shortcuts = {CG.base + name for name in ("sharesMemberWith", "sitsWith")}
    return [
        t for t in closure.inferred if t.predicate.value not in shortcuts or t.subject != t.object
    ]


@pytest.mark.parametrize("name", SLIPS)
def test_slip_is_caught(name: str, tmp_path: Path) -> None:
    """Each slip is caught by exactly the rules named, and by every shape named."""
    case = SLIPS[name]
    facts = data(tmp_path, case.text)
    closure = closed(facts)
    assert {item.rule for item in closure.inconsistencies} == case.rules
    if case.asserted:
        found = validate(facts, ontology(), shapes("required"))
        assert case.asserted <= {finding.code for finding in found}
    if case.closure:
        found = validate([*facts, *published(closure)], ontology(), shapes("inferred"))
        assert case.closure <= {finding.code for finding in found}


def test_each_slip_has_a_catcher() -> None:
    """No slip is left that neither a rule nor a shape catches."""
    assert all(case.rules | case.asserted | case.closure for case in SLIPS.values())
