"""Quotations that stand for clauses in drafts."""

from __future__ import annotations

import pytest

from cgkg.document.drafts import drafts_of
from cgkg.document.quotes import Quotation


def quoted(text: str) -> list[tuple[str, Quotation]]:
    return [(draft.name, draft.quotation) for draft in drafts_of(text)]


def test_a_document_and_words_stand_for_a_clause() -> None:
    """As the name of a graph, as a subject, as an object; strings as Turtle has them."""
    text = (
        'garden:"It looks after" { a:b a:c a:d . }\n'
        'garden:"It looks after" a:c a:d .\n'
        "GRAPH plan.de:'''von \"hier\"\nbis\\u0020da''' { a:b a:c a:d }\n"
        'a:b a:statedIn garden:"x\\"y" , garden:"z" .\n'
    )
    assert quoted(text) == [
        ("garden", Quotation("It looks after")),
        ("garden", Quotation("It looks after")),
        ("plan.de", Quotation('von "hier"\nbis da')),
        ("garden", Quotation('x"y')),
        ("garden", Quotation("z")),
    ]
    drafts = list(drafts_of(text))
    assert [draft.opens for draft in drafts] == [True, False, True, False, False]
    assert [draft.subject for draft in drafts] == [False, True, False, False, False]
    assert [draft.line for draft in drafts] == [1, 2, 3, 5, 5]


def test_brackets_say_which_of_several_places() -> None:
    """By section, by the words before and behind, or by position."""
    text = 'g:"x" (section 2.1, after "a, (b)" , before \'c\') { }\ng:"x"(start 12) { }\n'
    assert quoted(text) == [
        ("g", Quotation("x", prefix="a, (b)", suffix="c", section="2.1")),
        ("g", Quotation("x", start=12)),
    ]
    (wrong,) = drafts_of('g:"x" (line 3) { }')
    assert "(line 3)" in wrong.mistake


@pytest.mark.parametrize(
    "text",
    [
        'a:b c:"value" .',
        'a:b c:d [ c:"value" ] .',
        'a:b c:d ( c:"value" ) .',
        'a:b c:d "garden:\\"x\\"" .',
        '# garden:"x" {\na:b c:d a:e .',
        'a:b c:d a:e ; c:"value" .',
    ],
)
def test_what_is_turtle_is_no_draft(text: str) -> None:
    """A prefix alone is a name, and a string may follow it: as a value, or in a list."""
    assert quoted(text) == []
