"""Documents of each format as blocks: what is a heading, an item, a cell, a note."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import docx, paragraph, pdf

from cgkg.document.blocks import number_sections
from cgkg.document.reading.formats import read_document
from cgkg.document.reading.passages import CanonicalText, joined


def read(name: str, content: str | bytes, **options: bool) -> CanonicalText:
    given = content.encode() if isinstance(content, str) else content
    reading = read_document(Path(name), given, **options)  # type: ignore[arg-type]  # wrapped only
    for block in reading.blocks:
        words = reading.text[block.start : block.end]
        assert words == words.strip() != ""
        assert "\n" not in words
    return reading


def kinds(reading: CanonicalText) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, reading.text[b.start : b.end]) for b in reading.blocks]


# Markdown

MARKDOWN = """---
title: A policy
---
# Policy

Intro line one
and two.[^1] See<sup>3</sup> H<sup>+</sup>.

1. Cut emissions by 40 percent by 2030.
2. Plant trees.
   - oaks

> Quoted.

| a | b |
|---|---|
| c | d. E |

Term
:   What it means.

---
layout: page
---

## 2. Scope

A very long paragraph line that goes on and ends as a sentence does with a full stop here.
---

    code here

[^1]: The note.
"""


def test_markdown_says_what_each_block_is() -> None:
    """Front matter wherever it stands; numbers of notes are no words; a list is no heading."""
    assert kinds(read("x.md", MARKDOWN)) == [
        ("front matter", 0, "title: A policy"),
        ("heading", 1, "Policy"),
        ("para", 0, "Intro line one and two. See H+."),
        ("item", 1, "Cut emissions by 40 percent by 2030."),
        ("item", 1, "Plant trees."),
        ("item", 2, "oaks"),
        ("quote", 0, "Quoted."),
        ("th", 0, "a"),
        ("th", 0, "b"),
        ("td", 0, "c"),
        ("td", 0, "d. E"),
        ("dt", 0, "Term"),
        ("dd", 0, "What it means."),
        ("front matter", 0, "layout: page"),
        ("heading", 2, "2. Scope"),
        (
            "para",
            0,
            "A very long paragraph line that goes on and ends as a sentence does with a full stop"
            " here.",
        ),
        ("code", 0, "code here"),
        ("footnote", 0, "The note."),
    ]


def test_the_lines_of_the_original_are_told() -> None:
    """And the marks of items, which the text has not."""
    blocks = read("x.md", MARKDOWN).blocks
    assert [(b.origin, b.mark) for b in blocks[1:6]] == [
        ("L4", ""), ("L6-7", ""), ("L9", "1."), ("L10", "2."), ("L11", "\u2022"),
    ]  # fmt: skip


def test_front_matter_may_be_toml() -> None:
    """At the beginning of the file; places after it are those of its lines."""
    text = '+++\ntitle = "A plan"\n+++\n# Plan\n\n---\nlayout: page\n---\n\n+++\nWords.\n+++\n'
    reading = read("x.md", text)
    assert [(b.kind, b.origin) for b in reading.blocks] == [
        ("front matter", "L2"), ("heading", "L4"), ("front matter", "L7"), ("para", "L10-12"),
    ]  # fmt: skip


def test_attributes_of_markdown_are_no_words() -> None:
    """Behind a heading, or alone in a paragraph."""
    text = "## Aims {#aims}\n\n{: .no_toc}\n\nIt costs {amount}\n"
    assert [words for _, _, words in kinds(read("x.md", text))] == [
        "Aims",
        "It costs {amount}",
    ]


def test_html_in_markdown_is_read_as_html() -> None:
    """Also where it is set in, which Markdown takes for code."""
    text = '<ul>\n\n<li id="fn1"><sup>1</sup> Note one.</li>\n\n\t<li>Two.</li>\n</ul>\n'
    assert kinds(read("x.md", f"# T\n\n{text}"))[1:] == [
        ("footnote", 0, "Note one."),
        ("item", 0, "Two."),
    ]


def test_markdown_without_headings_has_proposals_only() -> None:
    """What looks like one is not taken for one."""
    assert kinds(read("x.md", "1 Scope\n\nChapter 1 Scope\n\nIt applies to all.\n"))[1][0] == (
        "heading?"
    )


# HTML

HTML = """<html lang="de"><head><title>T</title><style>x{}</style></head><body>
<nav><a href="/">Start</a></nav><header>Amt</header>
<main><header><h1>Plan</h1></header>
<p>Ein <b>Satz</b>.<br>Noch
einer.</p><ol start="3"><li>drei<ul><li>tief</li></ul></li><li><p>vier</p></li></ol>
<table><tr><th>Jahr</th><td>2030</td></tr></table>
<h3>Mehr<sup><a href="#n">1</a></sup></h3><div>lose<p>Absatz</p>Rest</div>
<script>var x = "<p>nein</p>";</script>
<aside role="doc-footnote">Die Note. \u21a9</aside></main>
<footer>Impressum</footer></body></html>"""


def test_html_says_what_each_block_is() -> None:
    """Navigation is apart; scripts and styles are nothing; levels may be left out."""
    reading = read("x.html", HTML)
    assert reading.language == "de"
    assert kinds(reading) == [
        ("navigation", 0, "Start"),
        ("navigation", 0, "Amt"),
        ("heading", 1, "Plan"),
        ("para", 0, "Ein Satz. Noch einer."),
        ("item", 1, "drei"),
        ("item", 2, "tief"),
        ("item", 1, "vier"),
        ("th", 0, "Jahr"),
        ("td", 0, "2030"),
        ("heading", 3, "Mehr"),
        ("para", 0, "lose"),
        ("para", 0, "Absatz"),
        ("para", 0, "Rest"),
        ("footnote", 0, "Die Note."),
        ("navigation", 0, "Impressum"),
    ]
    assert [b.mark for b in reading.blocks if b.kind == "item"] == ["3.", "\u2022", "4."]


def test_items_of_html_are_marked_as_the_page_shows_them() -> None:
    """Letters and Roman numbers are those of the list that the item is in."""
    page = '<ol type="A"><li>a<li>b<ol type="i" start="4"><li>c<li>d</ol><li>e<li value="9">f</ol>'
    marks = [block.mark for block in read("x.html", page).blocks]
    assert marks == ["A.", "B.", "iv.", "v.", "C.", "I."]


def test_a_break_ends_a_line_and_two_end_a_paragraph() -> None:
    """However they are written; in a heading none does."""
    page = "<h1>Plan<br/><br/>2030</h1><p>One goes<br/>on.<br>Two.<br />\n<br/>Three.</p>"
    assert [words for _, _, words in kinds(read("x.html", page))] == [
        "Plan 2030",
        "One goes on. Two.",
        "Three.",
    ]


def test_lines_of_a_page_that_begin_as_items_are_blocks() -> None:
    """Where two of a paragraph do; a number at the beginning of one line is a number."""
    page = "<p>We shall:<br>2. Plant trees<br>3. Cut<br>emissions</p><p>It ends on<br>5. May</p>"
    assert [words for _, _, words in kinds(read("x.html", page))] == [
        "We shall:",
        "2. Plant trees",
        "3. Cut emissions",
        "It ends on 5. May",
    ]


@pytest.mark.parametrize("name", ["x.html", "x.md"])
def test_powers_are_words_and_numbers_of_notes_are_not(name: str) -> None:
    """Raised figures at a unit or a ten that lead nowhere; what stands raised for ever is kept."""
    said = "5 km<sup>2</sup>, 10<sup>6</sup> m<sup>-2</sup>. A note<sup>3</sup>, a link at m"
    text = f"{said}<sup><a href='#n'>4</a></sup>, a rest<sup>5 that goes on"
    assert [words for _, _, words in kinds(read(name, text))] == [
        "5 km\u00b2, 10\u2076 m\u207b\u00b2. A note, a link at m, a rest5 that goes on"
    ]


def test_what_a_page_hides_is_apart() -> None:
    """And a sign that leads to a heading is no part of it."""
    page = (
        '<h2>Aims<a href="#a">\u00b6</a></h2><p hidden>not shown</p>'
        '<div style="display: none">nor this</div><p>shown</p>'
    )
    assert [kind for kind, _, _ in kinds(read("x.html", page))] == [
        "heading", "navigation", "navigation", "para",
    ]  # fmt: skip
    assert kinds(read("x.html", page))[0][2] == "Aims"


def test_bold_paragraphs_of_html_without_headings_are_proposed() -> None:
    """As office programs write them; a bold sentence is none."""
    page = "<p><b>Scope</b></p><p>It applies.</p><p><b>It is so.</b></p>"
    assert [kind for kind, _, _ in kinds(read("x.htm", page))] == ["heading?", "para", "para"]


@pytest.mark.parametrize(
    "page", ["<div>" * 20_000 + "x", "</p>" * 20_000 + "x", "<p>x<sup>", "x<!-- open", "<b>x</i>"]
)
def test_broken_html_is_read(page: str) -> None:
    """As far as it has words."""
    assert "x" in read("x.html", page).text


# Word

BODY = (
    paragraph("Le plan", "T")
    + paragraph("Sommaire 3", "TOC1")
    + paragraph("But", "H1")
    + paragraph("Une phrase. Une autre.")
    + paragraph("D\u00e9tail", "Own")
    + paragraph("un", more='<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>')
    + "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>"
    + paragraph("An")
    + "</w:tc></w:tr><w:tr><w:tc>"
    + paragraph("2030")
    + "</w:tc></w:tr></w:tbl>"
    + "<w:p><w:r><w:t>gard\u00e9</w:t></w:r><w:del><w:r><w:delText>parti</w:delText></w:r></w:del>"
    "<w:ins><w:r><w:t> ajout\u00e9</w:t></w:r></w:ins></w:p>"
)


def test_a_word_document_says_what_each_block_is() -> None:
    """By styles and what they are based on; a contents page is its own kind."""
    note = f'<w:footnote w:id="2">{paragraph("La note.")}</w:footnote>'
    apart = f'<w:footnote w:id="0" w:type="separator">{paragraph("x")}</w:footnote>'
    reading = read("x.docx", docx(BODY, notes=apart + note))
    assert reading.language == "fr-FR"
    assert kinds(reading) == [
        ("heading", 0, "Le plan"),
        ("contents", 0, "Sommaire 3"),
        ("heading", 1, "But"),
        ("para", 0, "Une phrase. Une autre."),
        ("heading", 2, "D\u00e9tail"),
        ("item", 2, "un"),
        ("th", 0, "An"),
        ("td", 0, "2030"),
        ("para", 0, "gard\u00e9 ajout\u00e9"),
        ("footnote", 0, "La note."),
    ]
    assert [b.origin for b in reading.blocks][2:4] == ["\u00b63 H1", "\u00b64"]


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr>{words}</w:r>"


def test_a_word_document_has_the_words_that_are_shown() -> None:
    """Hidden words are told of; formulas, symbols and powers are words like others."""
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    body = (
        "<w:p>"
        + run("<w:t>10 km</w:t>")
        + run("<w:t>2</w:t>", '<w:vertAlign w:val="superscript"/>')
        + run("<w:t> secret</w:t>", "<w:vanish/>")
        + run("<w:t> shown </w:t>", '<w:vanish w:val="0"/>')
        + run('<w:sym w:font="Symbol" w:char="F0B3"/><w:sym w:font="Wingdings" w:char="F0FC"/>')
        + f'<m:oMath xmlns:m="{math}"><m:r><m:t>E=mc</m:t></m:r></m:oMath>'
        + run(f"<w:txbxContent>{paragraph('A box.')}</w:txbxContent><w:t>On.</w:t>")
        + "</w:p>"
    )
    reading = read("x.docx", docx(body))
    assert reading.text == "10 km\u00b2 shown \u2265\ufffdE=mc A box. On.\n"
    assert reading.notes == ("words that are set hidden are left out",)
    assert read("x.docx", docx(BODY)).notes == ()


def test_changes_in_a_word_document_are_taken_as_accepted() -> None:
    """Rows, and the end of a paragraph; places are still those of all paragraphs."""
    deleted = '<w:rPr><w:del w:id="1" w:author="x"/></w:rPr>'
    row = '<w:tr><w:trPr><w:del w:id="2" w:author="x"/></w:trPr><w:tc>' + paragraph("gone")
    body = (
        paragraph("One ", more=deleted)
        + paragraph("sentence.")
        + f"<w:tbl>{row}</w:tc></w:tr><w:tr><w:tc>{paragraph('kept')}</w:tc></w:tr></w:tbl>"
        + paragraph("no item", more='<w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    reading = read("x.docx", docx(body))
    assert kinds(reading) == [
        ("para", 0, "One sentence."),
        ("td", 0, "kept"),
        ("para", 0, "no item"),
    ]
    assert [b.origin for b in reading.blocks] == ["\u00b61", "\u00b64", "\u00b65"]


def test_a_table_in_a_cell_is_read_once() -> None:
    """In the order of the document."""
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('inner')}</w:tc></w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{paragraph('outer')}{inner}</w:tc></w:tr></w:tbl>"
    assert [words for _, _, words in kinds(read("x.docx", docx(body)))] == ["outer", "inner"]


def test_the_title_of_a_word_document_opens_no_section() -> None:
    """The headings below it are numbered from 1."""
    reading = read("x.docx", docx(BODY))
    numbered = number_sections(reading.blocks, reading.text)
    assert [b.section for b in numbered if b.kind == "heading"] == ["0", "1", "1.1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (docx(BODY)[:400], "no .docx"),
        (docx("<w:p>"), "no XML"),
        (docx(BODY, head='<!DOCTYPE x [<!ENTITY a "aa">]>'), "declares a document type"),
        (b"PK\x03\x04 other", "zip file and no .docx"),
        (b"plain words", "whatever its name says"),
    ],
)
def test_what_is_no_word_document_is_refused(content: bytes, said: str) -> None:
    """In one sentence."""
    with pytest.raises(ValueError, match=said):
        read("x.docx", content)


# PDF

PAGES = [
    ["The Plan 2030", "Contents", "Aims ......... 2", "1"],
    ["The Plan 2030", "Aims", "The city shall cut emissions by", "forty percent by 2030.", "2"],
    ["The Plan 2030", "It shall plant trees.", "3"],
]


def test_a_pdf_has_pages_headings_by_its_outline_and_running_heads() -> None:
    """What stands on most pages is navigation, lines of dots are contents."""
    reading = read("x.pdf", pdf(PAGES, {"Aims": 1}))
    found = kinds(reading)
    assert ("heading", 1, "Aims") in found
    assert ("contents", 0, "Aims ......... 2") in found
    assert found.count(("navigation", 0, "The Plan 2030")) == 3
    assert any(words.startswith("The city shall cut emissions by") for _, _, words in found)
    assert {b.origin for b in reading.blocks} == {"p1", "p2", "p3"}


def test_a_sentence_that_goes_on_over_a_page_is_one() -> None:
    """The lines at the foot and head, which stand between, are not part of it."""
    pages = [
        ["The Plan", "The city shall cut emissions by forty percent of what it gave off in"],
        ["The Plan", "the year 1990. It begins."],
        ["The Plan", "The end."],
    ]
    reading = read("x.pdf", pdf(pages))
    assert ("p1-2", "para") in {(b.origin, b.kind) for b in reading.blocks}
    assert "in the year 1990. It begins.\n" in reading.text
    assert reading.text.count("The Plan\n") == 3


def test_two_pages_have_running_heads_by_their_numbers_or_the_same_words() -> None:
    """And the number of a note, alone on its line behind a sentence, is no sentence."""
    pages = [
        [
            "The city plants trees.",
            "1",
            "It plants 500.",
            "District",
            "12",
            "29 Nov, 2:30",
            "a 1/2",
        ],
        ["It ends in 2030.", "District", "14", "It is done.", "29 Nov, 2:30", "a 2/2"],
    ]
    found = [(kind, words) for kind, _, words in kinds(read("x.pdf", pdf(pages)))]
    assert [words for kind, words in found if kind == "navigation"] == [
        "1", "29 Nov, 2:30", "a 1/2", "29 Nov, 2:30", "a 2/2",
    ]  # fmt: skip
    assert any("12" in words for kind, words in found if kind == "para")
    assert ("para", "The city plants trees.") in found


def test_a_pdf_without_text_is_refused() -> None:
    """As scanned pages are; and what only begins as one."""
    with pytest.raises(ValueError, match="scanned"):
        read("x.pdf", pdf([[]]))
    with pytest.raises(ValueError, match="cannot be read as PDF"):
        read("x.pdf", b"%PDF-1.4 nothing")


# Plain text

LAW = """                       Federal Act

Section 1. Aims

(1) This Act applies to all of the public administration of the coun-
try and of the self-governing bodies that carry out its tasks, also in
the Länder-
Verwaltung.
(2) It ends in 2030. Until then it applies as it stands today in each of
the regions that are named in the annex, with small- and large-scale
projects alike, whatever has been agreed upon by them before.
This country of ours has no other law on it and none will be made for it.
"""


def test_wrapped_text_is_joined_to_paragraphs() -> None:
    """Items begin anew; a hyphen goes if the word stands elsewhere without it."""
    reading = read("x.txt", LAW)
    assert [words for _, _, words in kinds(reading)] == [
        "Federal Act",
        "Section 1. Aims",
        "(1) This Act applies to all of the public administration of the country and of the"
        " self-governing bodies that carry out its tasks, also in the L\u00e4nder-Verwaltung.",
        "(2) It ends in 2030. Until then it applies as it stands today in each of the regions that"
        " are named in the annex, with small- and large-scale projects alike, whatever has been"
        " agreed upon by them before. This country of ours has no other law on it and none will be"
        " made for it.",
    ]
    assert kinds(reading)[1][0] == "heading?"
    assert [b.origin for b in reading.blocks] == ["L1", "L3", "L5-8", "L9-12"]


def test_text_that_was_wrapped_by_hand_is_joined_as_well() -> None:
    """Lines end some columns early, and many begin an item, which says nothing of the width."""
    text = (
        "The harbour of the city was built in 1890 by Smith and Sons, and has\n"
        "been enlarged twice since then, with the help of the region and of\n"
        "a number of others who gave what they had. It will be larger by 2030.\n\n"
        "(a) Cut emissions by 40 percent by 2030.\n"
        "(b) Plant reed along the whole of the quay; the reed must\n"
        "    be native.\n"
        "1) Each ship shall report its fuel to the harbour master.\n"
        "2) The harbour master publishes a report each year.\n"
    )
    assert [words for _, _, words in kinds(read("x.txt", text))] == [
        "The harbour of the city was built in 1890 by Smith and Sons, and has been enlarged twice"
        " since then, with the help of the region and of a number of others who gave what they had."
        " It will be larger by 2030.",
        "(a) Cut emissions by 40 percent by 2030.",
        "(b) Plant reed along the whole of the quay; the reed must be native.",
        "1) Each ship shall report its fuel to the harbour master.",
        "2) The harbour master publishes a report each year.",
    ]


def test_wrapping_can_be_said() -> None:
    """Then lines stay lines, or are joined, whatever their lengths."""
    assert read("x.txt", LAW, wrapped=False).text == LAW
    assert read("x.txt", "one\ntwo", wrapped=True).text == "one two\n"


@pytest.mark.parametrize("text", ["One. Two.\nThree.", " \u3000Indented\u3000\n\n\nEnd  \n", "x"])
def test_clean_text_is_its_own_canonical_text(text: str) -> None:
    """Byte for byte, with blanks and without a last line end."""
    reading = read("x.txt", text)
    assert reading.same
    assert reading.text == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ufeffOne.\nTwo.", "byte order mark"),
        ("One.\r\nTwo.", "carriage returns"),
        ("One.\x0cTwo.", "form feeds"),
        ("One.\u2028Two.", "U\\+2028"),
        ("One.\x85Two.", "U\\+0085"),
    ],
)
def test_odd_text_is_written_anew_and_that_is_said(text: str, said: str) -> None:
    """The canonical text has plain lines and no mark."""
    reading = read("x.txt", text)
    assert reading.text == "One.\nTwo.\n"
    assert not reading.same
    assert any(re.search(said, note) for note in reading.notes)


HEADINGS = [
    ("Chapter 3 Transport", "It applies to all.", True),
    ("\u00a7 3 Zugang", "Es gilt.", True),
    ("1. Cut emissions by 40 percent by 2030.", "2. Plant trees.", False),
    ("1. Cut emissions", "2. Plant trees", False),
    ("1. Cut emissions by 40 percent by 2030.", "And so the text goes on for a while here.", False),
    ("1. Aims", "The aims are these and no others that one could think of.", True),
    ("1. the aims", "The aims are these and no others that one could think of.", False),
    ("INTRODUCTION", "It begins.", True),
    ("\u7b2c\u4e09\u7ae0 \u603b\u5219", "\u672c\u6cd5\u9002\u7528\u3002", True),
    ("\u4e8c\u3001\u6811\u7bf1", "\u5b66\u6821\u79cd\u4e0b\u957f\u6811\u7bf1\u3002", True),
    ("\u7b2c\u4e09\u6761 \u672c\u6cd5\u9002\u7528\u3002", "\u7b2c\u56db\u6761", False),
    ("A plan for all", "It begins.", False),
    ("Art. 1 Zweck", "Dieses Gesetz gilt f\u00fcr alle.", True),
    ("Art. 5 des Grundgesetzes gilt.", "Es gilt.", False),
    ("Erster Abschnitt", "Es gilt.", True),
    ("Art\u00edculo 1. Objeto.", "Esta ley protege los parques de la ciudad.", True),
    ("Art\u00edculo 1. Objeto.", "Art\u00edculo 2. Definiciones y otros asuntos de la ley.", False),
    ("Section 3 Trees are planted.", "It applies to all who live in the city.", False),
    ("2. Means", "2.1 At once", True),
    ("Erste Abteilung der Beh\u00f6rde ist zust\u00e4ndig.", "Es gilt.", False),
    ("\u9644\u3000\u5247", "\u672c\u6cd5\u9002\u7528\u3002", True),
    ("## \u00a7 1 Geltung", "Es gilt.", True),
    ("(5) Dieses Gesetz gilt nicht f\u00fcr", "1. die Verfolgung von allem und jedem", False),
    ("\u4e00\u3001\u603b\u5219", "\uff08\u4e00\uff09\u5e02", True),
]


@pytest.mark.parametrize(("line", "after", "proposed"), HEADINGS)
def test_headings_of_plain_text_are_proposed(line: str, after: str, proposed: bool) -> None:
    """By a word and a number, a number and a title, capitals; never taken for headings at once."""
    (kind, _, _), *_ = kinds(read("x.txt", f"{line}\n{after}\n"))
    assert kind == "heading?" if proposed else kind in ("para", "item")


def test_proposals_are_nested_by_how_they_are_numbered() -> None:
    """Whatever comes first is the outermost, whatever its marks."""
    lines = ["Chapter 1", "A. Aims", "It says a lot here.", "B. Means", "It says a lot here too.",
             "Chapter 2", "It ends with more."]  # fmt: skip
    found = kinds(read("x.txt", "\n".join(lines)))
    assert [level for kind, level, _ in found if kind == "heading?"] == [1, 2, 2, 1]


def test_the_title_of_a_numbered_heading_may_stand_below_it() -> None:
    """Or the rest of its title: both belong to it and open no section beside its own."""
    text = (
        "ACT ON CLIMATE\n\nCHAPTER I\nGENERAL RULES\n\nArticle 1\n"
        "Duties of the Council and of the\nDistricts\n\nThe Council acts.\n\nArticle 2\n\n"
        "This Act ends in 2030.\n\n"
        "Annex 1 (to Article 2)\n\nThe list of it.\n"
    )
    reading = read("x.txt", text)
    blocks = number_sections(reading.blocks, reading.text)
    assert [(b.level, b.section) for b in blocks if b.kind == "heading?"] == [
        (1, "0"), (2, "I"), (0, "I"), (3, "I.1"), (0, "I.1"), (0, "I.1"), (3, "I.2"), (2, "A1"),
    ]  # fmt: skip


def test_a_heading_that_is_wrapped_is_one() -> None:
    """It ends with no article, so that what follows belongs to it."""
    text = LAW.replace("Section 1. Aims", "Section 1. Aims of the\nPublic Administration")
    assert kinds(read("x.txt", text))[1][2] == "Section 1. Aims of the Public Administration"


def test_a_heading_below_a_list_is_no_item_of_it() -> None:
    """Its number does not follow that of the last item."""
    lines = ["1. Aims", "It says a lot here.", "1. Plant trees.", "2. Water trees.", "2. Means",
             "It says a lot here too."]  # fmt: skip
    found = kinds(read("x.txt", "\n".join(lines)))
    assert [words for kind, _, words in found if kind == "heading?"] == ["1. Aims", "2. Means"]


def test_a_place_for_contents_is_no_sentence() -> None:
    """As generators of pages have it in Markdown; the title below is still one."""
    reading = read("x.md", "[TOC]\n\n# Report\n\n## Costs\n\nMany.\n")
    assert kinds(reading)[0] == ("contents", 0, "[TOC]")
    numbered = number_sections(reading.blocks, reading.text)
    assert [b.section for b in numbered] == ["0", "0", "1", "1"]


def test_an_annex_is_no_part_of_the_last_section() -> None:
    """It stands beside the outermost parts; the title of all is none of these."""
    lines = ["A TITLE FOR ALL", "1. Aims", "It says a lot about it here.", "1.1 More",
             "It says more of it.", "Annex 1", "It ends here.", "Annex 2", "Rest."]  # fmt: skip
    reading = read("x.txt", "\n".join(lines))
    numbered = number_sections(reading.blocks, reading.text)
    assert [b.section for b in numbered if b.kind == "heading?"] == ["0", "1", "1.1", "A1", "A2"]


# Files that are none


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.txt", b"", "empty"),
        ("x.md", b" \n\t ", "empty"),
        ("x.html", b"<p> </p>", "no words"),
        ("x.txt", "gr\u00fcn".encode("latin-1"), "byte 2 .*Latin-1.*--encoding cp1252"),
        ("x.txt", "Это и в городе, и на реке".encode("cp1251"), "--encoding cp1251"),
        ("x.txt", "市は計画を立てることができる。".encode("cp932"), "--encoding cp932"),
        ("x.txt", "words".encode("utf-32"), "--encoding utf-32"),
        ("x.html", b'<meta charset="x-none"><p>caf\xe9', "no encoding 'x-none', as it declares"),
        ("x.txt", "words".encode("utf-16"), "UTF-16"),
        ("x.txt", "words".encode("utf-16-le"), "UTF-16"),
        ("x.txt", b"one\x00two three four", "NUL at character 3"),
        ("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "Word before 2007"),
        ("x.rtf", b"{\\rtf1 words}", "RTF"),
        ("x.odt", b"PK\x03\x04 content.xml", "zip file"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    name: str, content: bytes, said: str
) -> None:
    """With what it looks like, and what to do."""
    with pytest.raises(ValueError, match=said) as caught:
        read(name, content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_an_encoding_can_be_said(encoding: str) -> None:
    """The canonical text is UTF-8."""
    reading = read_document(Path("x.txt"), "gr\u00fcn".encode(encoding), encoding=encoding)
    assert reading.text.strip() == "gr\u00fcn"
    assert not reading.same
    with pytest.raises(ValueError, match="no encoding 'x-none'"):
        read_document(Path("x.txt"), b"words", encoding="x-none")


def test_a_page_of_html_may_declare_its_encoding() -> None:
    """As old pages do."""
    page = '<meta charset="iso-8859-1"><p>gr\u00fcn</p>'.encode("latin-1")
    assert read("x.html", page).text == "gr\u00fcn\n"


def test_a_declared_encoding_is_what_browsers_take_it_for() -> None:
    """Latin-1 is that of Windows, whose quotation marks are no control characters."""
    page = b'<?xml version="1.0" encoding="ISO-8859-1"?><html><p>\x93caf\xe9\x94'
    assert read("x.html", page).text == "\u201ccaf\u00e9\u201d\n"


def test_lines_are_joined_without_a_blank_between_wide_characters() -> None:
    """And with one before a part that is left out."""
    assert joined(["\u672c\u6cd5", "\u9002\u7528"]) == "\u672c\u6cd5\u9002\u7528"
    assert joined(["Straf-", "und Zivilsachen"]) == "Straf- und Zivilsachen"
    assert joined(["technisch-", "organisatorisch"]) == "technisch-organisatorisch"


def test_lines_of_dashes_are_no_words_and_underline_headings() -> None:
    """Their marks nest; the text stays as it is, and what is no word need not be accounted for."""
    text = "Licence\n=======\n\n1. Aims\n-------\nIt is free.\n* * *\nAnnex\n-----\nThe end.\n"
    reading = read("x.txt", text)
    assert reading.same
    assert kinds(reading) == [
        ("heading?", 1, "Licence"),
        ("heading?", 2, "1. Aims"),
        ("para", 0, "It is free."),
        ("heading?", 2, "Annex"),
        ("para", 0, "The end."),
    ]
    assert kinds(read("x.txt", text, wrapped=True)) == kinds(reading)


def test_a_short_line_amid_a_wrapped_paragraph_ends_none() -> None:
    """Though a long word with a capital would have fitted into it."""
    text = (
        "The text of this licence is wrapped, and its paragraphs go on over lines\n"
        "of about seventy columns, as mail and source code have had it for years,\n"
        "and so it gives access to copy the words of it\n"
        "Corresponding to the source, which is as long as this line or the others\n"
        "that one finds in it from its first word to the last word of the licence.\n"
        "\nMembers:\nAlice\nBob\nCarol\n"
    )
    assert [words for _, _, words in kinds(read("x.txt", text, wrapped=True))][1:] == [
        "Members:", "Alice", "Bob", "Carol",
    ]  # fmt: skip


WIDE_LINES = (
    "本市各级人民政府应当将气候变化适应工作纳入国民经济和社会发展规划，保障经费投入",
    "市发展和改革部门负责统筹协调全市气候变化适应工作，定期组织评估并向社会公布结果",
    "市气象主管机构负责气候变化监测、预测和评估，为各部门提供及时准确的气候信息服务",
    "建设单位应当采取措施，提高建筑物的隔热性能，并且使用节能的设备和环境友好的材料",
)


def test_paragraphs_of_wide_characters_are_not_taken_for_wrapped_lines() -> None:
    """Although they are much alike in length, and no line could have taken more words."""
    text = "".join(f"{line}。\n" for line in WIDE_LINES * 2)
    assert read("x.txt", text).same


def test_wrapped_lines_of_wide_characters_are_joined() -> None:
    """A line that is set in begins a paragraph, and so do an article and an item."""
    first, *others = WIDE_LINES
    lines = [f"\u3000\u3000{first[:-2]}", *others, first[:9]]
    lines += ["\u3000\u3000" + others[0][:-2], *others, "二，它结束。"]
    lines += [f"第二条　{first[:-5]}：", "（一）" + others[1][:-3], first]
    found = [words for _, _, words in kinds(read("x.txt", "\n".join(lines)))]
    assert [words[:5] for words in found] == [first[:5], others[0][:5], "第二条　本", "（一）市气"]


def test_words_that_are_joined_by_an_enumeration_comma_are_no_item() -> None:
    """Only a number before it is the mark of one."""
    text = "\u4eba\u53e3\u3001\u8d44\u6e90\u6709\u9650\u3002\n\u4e09\u3001\u5b8c\u3002"
    assert [kind for kind, _, _ in kinds(read("x.txt", text))] == ["para", "item"]
