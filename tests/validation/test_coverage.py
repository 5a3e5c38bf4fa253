"""What the graph says of every sentence, and what it leaves out."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from paths import ROOT
from projects import Small, span, wide

from cgkg.cli.commands import main
from cgkg.document.numerals import values
from cgkg.document.text import SourceText
from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.project.texts import open_text
from cgkg.rdf.terms import IRI
from cgkg.validation.coverage import REASONS, cover, find_mentions

DOCUMENT = IRI("https://example.org/source/x")
KINDS = Project.at(ROOT).mentions


def found(text: str) -> list[tuple[str, str]]:
    source = SourceText(text)
    mentions = find_mentions(source, source.table(DOCUMENT), KINDS)
    return [(m.kind, m.text) for m in mentions if m.kind != "clause"]


def clauses(text: str) -> list[tuple[int, int, str]]:
    source = SourceText(text)
    found = find_mentions(source, source.table(DOCUMENT), KINDS)
    return [(m.start, m.end, m.text) for m in found if m.kind == "clause"]


def test_clauses_are_found_without_their_words() -> None:
    """A clause of seven characters or more is a place to be cited; a connective is not."""
    for text in ("此外,甲乙丙丁戊己庚。", wide("此外,甲乙丙丁戊己庚。")):
        assert clauses(text) == [(3, 10, "")]


@pytest.mark.parametrize("mark", ",;:!?\uff0c\uff1b\uff1a\uff01\uff1f\u3002")
def test_a_clause_ends_at_its_mark_in_either_form(mark: str) -> None:
    """Each mark ends a clause; what joins words, and brackets, do not."""
    text = f"甲乙\u3001丙丁\uff08戊\uff09己庚{mark}二三四五六七八\u3002"
    assert clauses(text) == [(0, 10, ""), (11, 18, "")]


def test_numbers_names_and_bodies_are_found() -> None:
    """Arabic and Chinese numerals, fractions, quoted and foreign names, bodies."""
    text = "面积1.34 万,占三分之一。“东京计划”用4G LTE与u-City。五大湖有三个主题,数以千计。"
    assert (
        found(wide(text))
        == found(text)
        == [
            ("number", "1.34 万"),
            ("number", "三分之一"),
            ("name", "东京计划"),
            ("name", "4G LTE"),
            ("name", "u-City"),
            ("number", "三个"[:1]),
            ("number", "数以千计"),
        ]
    )
    assert found("设立管理委员会。") == [("body", "委员会")]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("面积\uff11\uff12\uff0e\uff15\u3000万", "number", "\uff11\uff12\uff0e\uff15\u3000万"),
        ("占\uff11\uff0f\uff13", "number", "\uff11\uff0f\uff13"),
        ("占35\uff05", "number", "35\uff05"),
        ("\u300c东京\u300d好", "name", "东京"),
        ("\u300e东京\u300f好", "name", "东京"),
        ("\u2018东京\u2019好", "name", "东京"),
        ("\u3008东京\u3009好", "name", "东京"),
        ("\u300a论\u3008东京\u3009\u300b好", "name", "论\u3008东京\u3009"),
        ("用\uff34\uff36机", "name", "\uff34\uff36"),
    ],
)
def test_full_width_figures_and_other_quotes(text: str, kind: str, said: str) -> None:
    """Digits, signs and letters of full width; the quote marks that a sentence may close with."""
    assert found(text) == [(kind, said)]


@pytest.mark.parametrize(
    "heading", ["1.东京", "1\uff0e东京", "1\u3001东京", "(1)东京", "\uff081\uff09东京"]
)
def test_the_number_of_a_heading_counts_nothing(heading: str) -> None:
    """It is no number that a statement must hold."""
    assert found(f"{heading}\n有2处\u3002") == [("number", "2")]


@pytest.mark.parametrize(
    "name",
    ["Elbe(long)", "Elbe\uff08long\uff09", "\uff25\uff4c\uff42\uff45", "El\u00b7be", "El\u2014be"],
)
def test_a_name_is_known_in_either_form(small: Small, name: str) -> None:
    """Without what stands in brackets, and whatever marks and widths it is printed with."""
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    head = "sentence,start,end,kind,text\n"
    small.write("data/source/elbe.mentions.csv", f"{head}3,64,69,name,{name}\n")
    assert cover(load(small.project)).whole
    small.write("data/source/elbe.mentions.csv", f"{head}3,64,69,name,{name}x\n")
    assert not cover(load(small.project)).whole


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("1.34 万", "13400"),
        ("8.3亿", "830000000"),
        ("3.5%", "0.035"),
        ("一半", "0.5"),
        ("数以千计", "1000"),
        ("五", "5"),
        ("十二", "12"),
        ("70", "1970"),
        ("\uff11\uff0e\uff13\uff14\u3000万", "13400"),
        ("3\uff0e5\uff05", "0.035"),
        ("\uff11\uff0f\uff14", "0.25"),
    ],
)
def test_figures_have_values(figure: str, value: str) -> None:
    """A figure as printed is compared with the values the graph holds."""
    text = figure + "个" if figure in ("五", "十二") else figure
    assert Decimal(value) in set(values(text))


def test_a_sentence_is_cited_excused_or_a_gap(small: Small) -> None:
    """The small document has a heading and two sentences; each way of accounting is seen."""
    row = {r.sentence.number: r for r in cover(load(small.project)).rows}
    assert not row[1].accounted
    assert len(row[2].graphs) == 2
    assert len(row[3].graphs) == 1
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    assert cover(load(small.project)).whole


def test_an_excuse_has_a_reason_of_the_list(small: Small) -> None:
    """Another reason is an error with its line; an excuse for a cited sentence a complaint."""
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,boring\n")
    with pytest.raises(SourceError, match="boring") as caught:
        cover(load(small.project))
    assert caught.value.line == 2
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n2,overview\n")
    assert cover(load(small.project)).complaints == ("sentence 2 is excused although it is cited",)


def test_a_number_that_no_statement_holds_is_listed(small: Small) -> None:
    """Mentions are compared with values and names of the statements that cite the sentence."""
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    text = open_text(small.project, small.folder / "document.txt")
    assert text
    table = next(iter(load(small.project).tables.values()))
    assert next(m.text for m in find_mentions(text, table, {}) if m.text) == "Rivers"
    head = "sentence,start,end,kind,text\n"
    small.write("data/source/elbe.mentions.csv", head + '3,64,69,number,"1094"\n')
    assert cover(load(small.project)).whole
    small.write("data/source/elbe.mentions.csv", head + '3,64,69,number,"77"\n')
    result = cover(load(small.project))
    assert [m.text for row in result.rows for m in row.unmentioned] == ["77"]
    assert not result.whole


def test_the_command_exits_1_on_a_gap(small: Small) -> None:
    """`coverage --json` is for programs and says what is missing."""
    done = CliRunner().invoke(main, ["coverage", "--json", "--project", str(small.folder)])
    content = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (content["sentences"], content["accounted"]) == (3, 2)
    assert content["unaccounted"] == [1]
    assert content["unmentioned"] == []


def test_every_sentence_of_the_paper_is_accounted_for() -> None:
    """All 175 sentences, at most 15 % of them excused, and every number and name."""
    done = CliRunner().invoke(main, ["coverage", "--json", "--project", str(ROOT)])
    content = json.loads(done.stdout)
    assert content["unaccounted"] == []
    assert content["unmentioned"] == []
    assert content["complaints"] == []
    assert done.exit_code == 0
    assert content["sentences"] == 175
    assert content["excused"] <= 0.15 * 175
    assert content["mentions"] > 150
    assert {row["reason"] for row in content["rows"]} <= {"", *REASONS}


def test_the_mention_table_is_that_of_the_document(document: Path) -> None:
    """With the document at hand the table of mentions is checked, not believed."""
    project = Project.at(ROOT)
    assert cover(load(project), open_text(project, document)).complaints == ()


def test_the_small_document_needs_its_span(small: Small) -> None:
    """Without the span that cites it, a sentence is a gap."""
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 1094 ."))
    gaps = [r.sentence.number for r in cover(load(small.project)).rows if not r.accounted]
    assert gaps == [1, 2]
