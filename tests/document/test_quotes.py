"""Quotations are found as they are, folded, or proposed; and in one place of several."""

from __future__ import annotations

import pytest

from cgkg.document.quotes import Quotation, QuotationFinder
from cgkg.document.text import SourceText
from cgkg.rdf.terms import IRI

TEXT = (
    "1.Water\n"
    "The council \u201cshall supply\u201d water \u2014 at low cost \u2014 to all. Prices are low.\n"
    "2.Land\n"
    "Prices are low. The council sells no land before 2030, and buys 1,500 hectares.\n"
    "城市群（２０２０年）覆盖三省，人口约６５００万。\n"
)


def found(words: str, **where: object) -> tuple[str, list[str]]:
    finder = QuotationFinder(TEXT)
    places = finder.find(Quotation(words, **where))  # type: ignore[arg-type]  # its fields
    return places.how, [finder.words(place) for place in places.places]


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ('council "shall  supply" water', "council \u201cshall supply\u201d water"),
        ("WATER - AT LOW COST - TO ALL", "water \u2014 at low cost \u2014 to all"),
        ("water \u2013 at low\ncost", "water \u2014 at low cost"),
        ("城市群(2020年)覆盖三省", "城市群（２０２０年）覆盖三省"),
        ("buys 1,500\u00a0hec\u00adtares", "buys 1,500 hectares"),
        ("council \u2026 to all",
         "council \u201cshall supply\u201d water \u2014 at low cost \u2014 to all"),
        ("sells [...] 1,500 hectares", "sells no land before 2030, and buys 1,500 hectares"),
    ],
)  # fmt: skip
def test_blanks_marks_case_and_width_do_not_count(words: str, stands: str) -> None:
    """What is found are always the words of the text."""
    assert found(words) == ("folded", [stands])


def test_what_is_left_out_does_not_reach_over_a_line() -> None:
    """Parts of a quotation are of one block."""
    assert found("Water ... Land") == ("none", [])


def test_a_whole_word_goes_before_a_part_of_one() -> None:
    """`low` stands alone, too; `lo` nowhere."""
    finder = QuotationFinder("Slow prices are low.")
    assert finder.find(Quotation("low")).places == ((16, 19),)
    assert len(finder.find(Quotation("lo")).places) == 2


@pytest.mark.parametrize(
    ("where", "start"),
    [
        ({"prefix": "to all. "}, 65),
        ({"suffix": ". the COUNCIL sells"}, 88),
        ({"section": "1.2"}, 88),
        ({"start": 88}, 88),
    ],
)
def test_what_surrounds_words_tells_which_they_are(where: dict[str, object], start: int) -> None:
    """Of two places one is left; without anything both are."""
    table = SourceText(TEXT).table(IRI("https://example.org/d"))
    finder = QuotationFinder(TEXT, table)
    assert len(finder.find(Quotation("Prices are low")).places) == 2
    told = finder.find(Quotation("Prices are low", **where))  # type: ignore[arg-type]  # its fields
    assert [place[0] for place in told.places] == [start]


def test_a_start_may_be_counted_as_browsers_do() -> None:
    """In UTF-16 a character beyond the first plane is two."""
    text = "\U0001f30a low. \U0001f30a low."
    finder = QuotationFinder(text)
    assert [finder.find(Quotation("low", start=n)).places for n in (9, 11)] == [((9, 12),)] * 2
    assert len(finder.find(Quotation("low")).places) == 2


def test_like_words_are_proposed_the_most_alike_first() -> None:
    """The words proposed are whole words of the text; a quotation of something else gets none."""
    finder = QuotationFinder(TEXT)
    proposed = finder.propose("The council sold no land before 2035 and bought hectares")
    assert finder.words(proposed[0][0]).startswith("The council sells no land before 2030")
    assert [alike for _, alike in proposed] == sorted((a for _, a in proposed), reverse=True)
    assert finder.propose("A quite different sentence about ships") == ()
    assert finder.propose("low") == ()


@pytest.mark.parametrize(
    ("quote", "proposed"),
    [
        ("The report is printed", "The report is published"),
        ("The report is published for us", "The report is published"),
        ("The city plants many treees", "The city plants many trees"),
    ],
)
def test_a_proposal_ends_where_the_quotation_does(quote: str, proposed: str) -> None:
    """Its last word may be another one; the clause is not cut short before it, nor goes on."""
    finder = QuotationFinder(
        "The city plants many trees each year. The report is published.\n", None
    )
    assert [finder.words(place) for place, _ in finder.propose(quote)] == [proposed]
