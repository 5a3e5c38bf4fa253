"""Findings of shapes in a project: with their cause, and those about the shapes themselves."""

from __future__ import annotations

import pytest
from projects import FILES, PREFIXES, Small

from cgkg.pipeline import check
from cgkg.rdf.vocab import SH
from cgkg.validation.report import Finding

SHAPES = "shapes/required.ttl"


def findings(small: Small, shapes: str, name: str = SHAPES) -> list[Finding]:
    """What is found with these shapes beside those of the project."""
    small.write(name, FILES.get(name, PREFIXES) + shapes)
    return list(check(small.project).report.findings)


def test_a_finding_tells_what_the_value_breaks(small: Small) -> None:
    """Of a nested shape the cause is told, in both languages, under one finding."""
    (found,) = findings(
        small,
        """:Outer a sh:NodeShape ; sh:targetClass :River ; sh:severity sh:Warning ;
            sh:node id:Inner ; sh:description "rivers are short"@en .
        id:Inner a sh:NodeShape ; sh:property [ sh:path :lengthKm ; sh:maxCount 0 ] .""",
    )
    assert (found.code, found.severity) == ("Outer", "warning")
    assert found.hint == {"en": "rivers are short"}
    (cause,) = found.causes
    assert cause.predicate is not None
    assert (cause.focus, cause.severity) == (found.focus, "violation")
    assert (cause.message["en"], cause.message["zh"]) == ("more values than 0", "值的个数多于 0")
    path = small.folder / "data" / "1.trig"
    lines = path.read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if ":lengthKm" in text)
    assert (cause.path, cause.line) == (path, line)


def test_the_cause_may_be_told_by_the_shape(small: Small) -> None:
    """Messages of nested shapes are told in the languages that they are in."""
    (found,) = findings(
        small,
        """:Outer a sh:NodeShape ; sh:targetClass :River ; sh:severity sh:Warning ; sh:node [
            sh:property [ sh:path :lengthKm ; sh:maxInclusive 1000 ; sh:message "too long"@en ] ] .
        """,
    )
    assert [each.message for each in found.causes] == [{"en": "too long"}]
    assert "too long" in found.text("zh")
    assert "too long" in found.line_text()


@pytest.mark.parametrize(
    ("shapes", "line", "said"),
    [
        (":S a sh:NodeShape ;\n  sh:class 'x' .", 2, "sh:class is an IRI"),
        (":S a sh:PropertyShape ;\n sh:path :lengthKm ;\n  sh:minCount 'x' .", 3, "whole number"),
        (":S a sh:NodeShape ;\n sh:or (\n  [ sh:path :lengthKm ;\n sh:pattern '[' ] ) .", 4, "'['"),
        (":S a sh:NodeShape ;\n sh:node :T .\n:T a sh:NodeShape ;\n sh:node :S .", 1, "recursive"),
    ],
)
def test_shapes_that_cannot_be_used_are_a_finding(
    shapes: str, line: int, said: str, small: Small
) -> None:
    """It says what is wrong, in which file and on which line; all else is checked as well."""
    small.write("data/registry.csv", FILES["data/registry.csv"].replace("Place,", "Plaec,"))
    found = findings(small, shapes)
    (broken,) = [each for each in found if each.code == "shapes" and each.severity == "violation"]
    assert said in broken.message["en"]
    assert broken.path == small.folder / SHAPES
    assert broken.line == (FILES[SHAPES].count("\n")) + line
    assert "unknown-term" in {each.code for each in found}


def test_a_name_that_shacl_does_not_have_is_a_finding(small: Small) -> None:
    """A misspelt parameter, with its line and the name that may be meant."""
    (found,) = findings(
        small, ":River a sh:NodeShape ;\n sh:property [ sh:path :lengthKm ;\n  sh:mincount 1 ] ."
    )
    assert (found.code, found.focus) == ("unknown-term", SH.mincount)
    assert found.line == FILES[SHAPES].count("\n") + 3
    assert found.hint["en"] == "did you mean sh:minCount?"


def test_what_asks_for_nothing_is_a_warning(small: Small) -> None:
    """A parameter that needs another one."""
    flags, unused = findings(small, ":S a sh:NodeShape ;\n sh:flags 'i' .", "shapes/inferred.ttl")
    assert (flags.severity, flags.path) == ("warning", small.folder / "shapes" / "inferred.ttl")
    assert flags.message["en"] == "sh:flags asks for nothing without sh:pattern"
    assert (unused.severity, unused.path) == ("info", flags.path)
    assert "no target" in unused.message["en"]


def test_shapes_of_the_closure_see_the_graphs(small: Small) -> None:
    """A query about graphs runs after reasoning, too; what is inferred is in none of them."""
    shapes = """:S a sh:NodeShape ; sh:targetClass :River ; sh:severity sh:Info ; sh:sparql [
        sh:prefixes :declared ; sh:message "in {?g}" ;
        sh:select "SELECT $this ?value ?g (:flowsThrough AS ?path)
            { GRAPH ?g { $this :flowsThrough ?value } }" ] .
    :declared sh:declare [ sh:prefix "" ; sh:namespace "https://example.org/rivers/def/" ] .
    """.replace('"SELECT', '"""SELECT').replace('} }" ]', '} }""" ]')
    found = [each for each in findings(small, shapes, "shapes/inferred.ttl") if each.code == "S"]
    assert len(found) == 2
    assert all(each.graph is not None and each.graph.value in each.message["en"] for each in found)


def test_who_validated_is_told_if_it_was_not_cgkg(small: Small) -> None:
    """Expressions of SHACL-AF are given to pySHACL, and a remark says so."""
    found = findings(
        small, ":S a sh:NodeShape ; sh:targetClass :River ; sh:expression [ sh:path :lengthKm ] ."
    )
    (note,) = [each for each in found if each.code == "validator"]
    assert note.severity == "info"
    assert "sh:expression" in note.message["en"]
