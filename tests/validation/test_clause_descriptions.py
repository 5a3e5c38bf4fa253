"""What is said of clauses, and figures with a decimal comma."""

from __future__ import annotations

from projects import PREFIXES, Small, span

from cgkg.authoring.fixing import find_fixes
from cgkg.pipeline import check
from cgkg.validation.report import Finding

SAID = "id:river\\/elbe :flowsThrough id:place\\/dresden ."
MODES = PREFIXES + "".join(
    f'mode:{name} a cg:AssertionMode ; skos:prefLabel "{name}"@en , "{name}"@zh .\n'
    for name in ("stated", "paraphrased", "interpreted")
)


def found(small: Small, code: str) -> list[Finding]:
    return [each for each in check(small.project).report.findings if each.code == code]


def test_an_empty_gist_is_told_with_its_line(small: Small) -> None:
    """So is one of blanks."""
    small.facts(span("Hamburg", SAID).replace('"gist"@en', '" "@en'))
    (told,) = found(small, "gist")
    assert (told.severity, told.line) == ("violation", PREFIXES.count("\n") + 3)
    assert "your own words" in told.hint["en"]


def test_a_mode_that_nothing_describes_is_told(small: Small) -> None:
    """With those there are; a near miss can be put right."""
    small.facts(span("Hamburg", SAID, mode="sttated"))
    assert found(small, "mode") == []  # the project describes no modes at all
    small.write("data/concepts/modes.ttl", MODES)
    (told,) = found(small, "mode")
    assert told.severity == "violation"
    assert "mode:paraphrased" in told.hint["en"]
    (change,) = find_fixes(small.project).changes
    assert "cg:assertionMode mode:stated" in change.after


def test_a_decimal_comma_makes_two_values(small: Small) -> None:
    """Only between figures, without a blank, outside of texts."""
    body = 'id:river\\/elbe :lengthKm 1094,5 , 6 ; skos:note "0,2" . # 0,3\n'
    small.facts(span("1,094 km", body))
    (told,) = found(small, "two-values")
    assert (told.severity, told.line) == ("warning", PREFIXES.count("\n") + 1)
    assert told.message["en"] == "1094,5 are two values, 1094 and 5"
    assert "write 1094.5" in told.hint["en"]
