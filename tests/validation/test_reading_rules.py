"""Rules of reading, [told] and [words] of cgkg.toml: each is seeded with a mistake and finds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from paths import ROOT
from projects import FILES, Small, span

from cgkg.errors import ConfigError
from cgkg.project.folder import Project
from cgkg.project.sources import Sources, load
from cgkg.project.texts import open_text
from cgkg.rdf.terms import IRI, Triple, parts
from cgkg.rdf.vocab import BASE, CG
from cgkg.validation.reading import check_reading
from cgkg.validation.report import Finding
from cgkg.validation.review import review_asserted

RIVER = "id:river\\/elbe"
THROUGH = f"{RIVER} :flowsThrough id:place\\/dresden ."
SENTENCE = span("The Elbe flows through Dresden", THROUGH)
TOLD = '[told]\nlisted = "r:sharesRiverWith"\nby = "r:flowsThrough"\n'
NEEDS = '[words.flow]\nof = "r:flowsThrough"\npattern = "flows"\n'
ASKS = '[words.length]\nasks = ["r:lengthKm"]\npattern = "km"\n'
SUMMARY = (
    '[words.reading]\nin = "gist"\nasks = ["cg:assertionMode"]\nvalue = "mode:interpreted"\n'
    'pattern = "read as"\n'
)
NAMES = '[words.labe]\nclass = "r:River"\nasks = ["r:lengthKm"]\npattern = "^Elb"\n'


def found(small: Small, rules: str, *blocks: str, words: bool = True) -> list[Finding]:
    """What the rules find in these blocks, with the document at hand or without."""
    names = {"r": "https://example.org/rivers/def/", "cg": CG.base, "mode": f"{BASE}concept/mode/"}
    declared = "".join(f'{name} = "{iri}"\n' for name, iri in names.items())
    small.write("cgkg.toml", f"{FILES['cgkg.toml']}[prefixes]\n{declared}{rules}")
    small.facts(*blocks)
    sources = load(small.project)
    text = open_text(sources.project, small.folder / "document.txt") if words else None
    report = review_asserted(sources, text=text, data_shapes=(), ontology_shapes=())
    own = {finding.code for finding in check_reading(sources, text)} | {"number-not-said"}
    return [finding for finding in report.findings if finding.code in own]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def listing(subject: str) -> str:
    """The block of the heading, which lists something."""
    return span("Rivers", f"{subject} :sharesRiverWith id:place\\/hamburg .")


class TestTold:
    def test_what_is_told_of_is_listed(self, small: Small) -> None:
        """A thing that a clause of the section tells of is not in the heading's list."""
        (finding,) = found(small, TOLD, listing("id:place\\/dresden"), SENTENCE, words=False)
        assert (finding.code, finding.severity) == ("told-not-listed", "warning")
        assert finding.path == small.folder / "data" / "1.trig"
        assert finding.line == 1 + next(
            number
            for number, line in enumerate(finding.path.read_text("utf-8").splitlines())
            if THROUGH in line
        )
        assert "sharesRiverWith" in finding.text()

    def test_what_is_listed_is_told_of(self, small: Small) -> None:
        """A thing in the heading's list that no clause of the section speaks of."""
        blocks = (
            listing(f"{RIVER} :sharesRiverWith id:place\\/hamburg . id:river\\/weser"),
            SENTENCE,
        )
        (finding,) = found(small, TOLD, *blocks, words=False)
        assert finding.code == "listed-not-told"
        assert str(finding.focus).endswith("weser>")

    def test_a_list_that_is_right_is_left_alone(self, small: Small) -> None:
        """Told of and listed; also where the statement that lists stands in a clause."""
        assert found(small, TOLD, listing(RIVER), SENTENCE) == []
        clause = span("Hamburg", f"{RIVER} :sharesRiverWith id:place\\/hamburg .")
        assert found(small, TOLD, listing("id:place\\/dresden"), SENTENCE, clause) == []

    def test_a_statement_may_stand_the_other_way_round(self, small: Small) -> None:
        """A clause or heading that has the inverse of what tells or lists says the same."""
        body = f"id:place\\/dresden :liesOn {RIVER} ."
        told = span("The Elbe flows through Dresden", body)
        (finding,) = found(small, TOLD, listing("id:place\\/dresden"), told)
        assert finding.code == "told-not-listed"
        rules = '[told]\nlisted = "r:liesOn"\nby = "r:sharesRiverWith"\n'
        assert codes(found(small, rules, span("Rivers", THROUGH), span("Hamburg", body))) == []
        assert codes(found(small, rules, span("Rivers", THROUGH))) == ["listed-not-told"]
        assert codes(found(small, NEEDS, span("Hamburg", body))) == ["words-lacking"]

    def test_values_of_a_class_tell_of_nothing(self, small: Small) -> None:
        """What is said of a thing in passing, by the class of the value, needs no listing."""
        rules = f'{TOLD}except = "r:Place"\n'
        assert found(small, rules, listing("id:place\\/dresden"), SENTENCE) == []

    def test_without_a_rule_nothing_is_asked(self, small: Small) -> None:
        """A project that does not list at its headings is not told to."""
        assert found(small, "", listing("id:place\\/dresden"), SENTENCE) == []


class TestWords:
    def test_a_statement_needs_its_words(self, small: Small) -> None:
        """The clause of a statement has none of the words that the project asks for."""
        (finding,) = found(small, NEEDS, SENTENCE, span("Hamburg", THROUGH))
        assert (finding.code, finding.severity) == ("words-lacking", "warning")
        assert finding.graph == IRI("https://example.org/rivers/source/elbe/c/44-51")

    def test_a_reading_needs_no_words(self, small: Small) -> None:
        """An interpreted clause says more than its words: that is what the mode is for."""
        assert found(small, NEEDS, span("Hamburg", THROUGH, mode="interpreted")) == []

    def test_words_need_the_document(self, small: Small) -> None:
        """Without the document at hand nothing is said about words."""
        assert found(small, NEEDS + ASKS, span("Hamburg", THROUGH), words=False) == []

    def test_a_rule_can_be_about_one_value(self, small: Small) -> None:
        """Only statements with the value need the words."""
        rules = f'{NEEDS}value = "https://example.org/rivers/id/place/hamburg"\n'
        assert found(small, rules, span("Hamburg", THROUGH)) == []

    def test_words_ask_for_a_statement(self, small: Small) -> None:
        """Words of a clause that says nothing of what they are about."""
        (finding,) = found(small, ASKS, span("1,094 km", THROUGH))
        assert (finding.code, finding.severity) == ("words-asking", "warning")
        assert "[words.length]" in finding.message["en"]

    def test_the_statement_asked_for_is_found(self, small: Small) -> None:
        """In the clause's graph, or of the clause itself."""
        assert found(small, ASKS, span("1,094 km", f"{RIVER} :lengthKm 1094 .")) == []
        rules = ASKS.replace("r:lengthKm", "cg:gist").replace("words.length", "words.other")
        assert found(small, rules, span("1,094 km", f"{RIVER} :lengthKm 1094 .")) == []

    def test_a_gist_asks_for_a_mode(self, small: Small) -> None:
        """A summary that says "read as" is of an interpreted clause; the document is not needed."""
        told = SENTENCE.replace('"gist"', '"read as a river"')
        (finding,) = found(small, SUMMARY, told, words=False)
        assert finding.code == "words-asking"

    def test_an_interpreted_clause_answers(self, small: Small) -> None:
        """With the mode that the summary asks for, there is nothing to say."""
        read = span("Hamburg", THROUGH, mode="interpreted").replace('"gist"', '"read as a river"')
        assert found(small, SUMMARY, read) == []

    def test_a_name_asks_for_a_statement(self, small: Small) -> None:
        """An instance whose name has the words, and of which nothing says what they are about."""
        (finding,) = found(small, NAMES, SENTENCE, words=False)
        assert finding.code == "words-asking"
        assert str(finding.focus).endswith("elbe>")

    def test_a_name_that_is_answered_is_left_alone(self, small: Small) -> None:
        """A statement anywhere answers."""
        assert found(small, NAMES, span("1,094 km", f"{RIVER} :lengthKm 1094 .")) == []


class TestNumbers:
    @pytest.fixture
    def small(self, small: Small) -> Small:
        """A document that says its language."""
        said = '<https://example.org/rivers/source/elbe> <http://purl.org/dc/terms/language> "en" .'
        small.write("data/source/language.ttl", f"{said}\n")
        return small

    def test_a_number_is_in_the_words(self, small: Small) -> None:
        """A stated clause gives another number than its statement."""
        blocks = (span("1,094 km", f"{RIVER} :lengthKm 77 ."), span("Hamburg", THROUGH))
        (finding,) = found(small, "", *blocks)
        assert (finding.code, finding.severity) == ("number-not-said", "warning")
        assert "mode:paraphrased" in finding.hint["en"]

    @pytest.mark.parametrize(
        ("language", "right", "wrong"),
        [
            ("en", "1,094 km long", "1,049 km long"),
            ("de", "1.094 km lang", "1,094 km lang"),
            ("zh", "长1094公里", "长5万公里"),
        ],
    )
    def test_a_summary_gives_no_other_number(
        self, small: Small, language: str, right: str, wrong: str
    ) -> None:
        """A summary, as its language spells it, has a number that its clause does not give."""
        clause = span("1,094 km", f"{RIVER} :lengthKm 1094 .")
        clause = clause.replace(', "要旨"@zh', "")
        told = clause.replace('"gist"@en', f'"{right}"@{language}')
        assert "number-not-said" not in codes(found(small, "", told))
        told = clause.replace('"gist"@en', f'"{wrong}"@{language}')
        (finding,) = (f for f in found(small, "", told) if f.code == "number-not-said")
        assert finding.predicate == CG.gist

    @pytest.mark.parametrize(("language", "right"), [("en", {"1094"}), ("de", {"1.094"})])
    def test_the_language_decides_what_its_marks_mean(
        self, small: Small, language: str, right: set[str]
    ) -> None:
        """In German, 1,094 is little more than one."""
        path = small.folder / "data/source/language.ttl"
        path.write_text(path.read_text("utf-8").replace('"en"', f'"{language}"'), "utf-8")
        for length in ("1094", "1.094"):
            clause = span("1,094 km", f'{RIVER} :lengthKm "{length}" .')
            said = codes(found(small, "", clause))
            assert ("number-not-said" in said) is (length not in right)

    def test_words_that_may_say_it_are_no_finding(self, small: Small) -> None:
        """Numbers in words are not read, and never held against a clause."""
        path = small.folder / "data/source/language.ttl"
        path.write_text(path.read_text("utf-8").replace('"en"', '"tlh"'), "utf-8")
        assert found(small, "", span("Hamburg", f"{RIVER} :lengthKm 77 .")) == []

    def test_a_number_that_is_said_or_read_is_left_alone(self, small: Small) -> None:
        """The words have it, or the mode says that they need not."""
        blocks = (
            span("94 km", f"{RIVER} :lengthKm 94 ."),
            span("1,094 km", f"{RIVER} :lengthKm 77 .", mode="paraphrased"),
        )
        assert found(small, "", *blocks) == []

    def test_numbers_need_the_document(self, small: Small) -> None:
        """Without the words at hand nothing is said about them."""
        assert found(small, "", span("1,094 km", f"{RIVER} :lengthKm 77 ."), words=False) == []


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("[told]\n", "[told] needs listed"),
        ('[told]\nlisted = "r:a"\nby = "x:b"\n', "told.by: 'x:b' is no IRI"),
        ('[told]\nlisted = "r:a"\nby = "r:b"\nat = "r:c"\n', "told.at is unknown"),
        ("words = 1\n", "words is no table"),
        ('[words.a]\npattern = "("\nof = "r:b"\n', "words.a.pattern is no regular expression"),
        ('[words.a]\npattern = "b"\n', "words.a needs of or asks"),
        ('[words.a]\npattern = "b"\nof = "r:b"\nasks = ["r:c"]\n', "words.a needs of or asks"),
        ('[words.a]\npattern = "b"\nasks = "r:c"\n', "[words.a] needs asks, a list of names"),
        ('[words.a]\npattern = "b"\nof = "r:b"\nin = "name"\n', "words.a.in is none of"),
        ('[words.a]\npattern = "b"\nclass = "r:b"\nin = "gist"\n', "words.a.in is none of"),
        ('[words.a]\npattern = "b"\nclass = "r:b"\nof = "r:b"\n', "words.a needs of or asks"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(small: Small, rules: str, says: str) -> None:
    """The message names the file, the table and the key."""
    prefixes = '[prefixes]\nr = "https://example.org/r/"\n'
    before, after = (rules, "") if rules.startswith("words") else ("", prefixes + rules)
    small.write("cgkg.toml", before + FILES["cgkg.toml"] + after)
    with pytest.raises(ConfigError) as caught:
        _ = small.project
    assert says in str(caught.value)
    assert "cgkg.toml" in str(caught.value)


def test_rules_name_terms_of_the_ontology(small: Small) -> None:
    """A property or class that nothing declares is a violation, at cgkg.toml."""
    misspelt = NEEDS.replace("r:flowsThrough", "r:flowsTrough")
    prefix = '[prefixes]\nr = "https://example.org/rivers/def/"\n'
    config = small.write("cgkg.toml", f"{FILES['cgkg.toml']}{prefix}{misspelt}")
    sources = load(small.project)
    report = review_asserted(sources, text=None, data_shapes=(), ontology_shapes=())
    (finding,) = [f for f in report.violations if f.path == config]
    assert finding.code == "unknown-term"


# The project in this repository


@pytest.fixture(scope="module")
def clusters() -> Sources:
    return load(Project.at(ROOT))


def test_our_document_is_read_by_our_rules(clusters: Sources, document: Path) -> None:
    """No clause of the project breaks its rules of reading."""
    text = open_text(clusters.project, document)
    assert [finding.text("en") for finding in check_reading(clusters, text)] == []


@pytest.mark.parametrize("code", ["told-not-listed", "listed-not-told"])
def test_a_slip_in_our_lists_is_caught(clusters: Sources, code: str) -> None:
    """An initiative left out of a region's list, or put into another's, is named."""
    before = clusters.graphs
    heading = next(g for g, ts in before.items() if sum(_lists(t) for t in ts) > 10)
    first = next(t for t in before[heading] if _lists(t))
    held = tuple(t for t in before[heading] if t != first)
    if code == "listed-not-told":
        elsewhere = next(t for g, ts in before.items() for t in ts if g != heading and _lists(t))
        held = (*before[heading], Triple(parts(elsewhere)[0], CG.activeInRegion, first.object))
    changed = replace(clusters, graphs={**before, heading: held})
    (finding,) = check_reading(changed, None)
    assert finding.code == code


def _lists(triple: Triple) -> bool:
    return triple.predicate == CG.activeInRegion
