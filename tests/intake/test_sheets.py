"""Sheets as spreadsheets write them are read, and what is written comes back as it was."""

from __future__ import annotations

import csv
import datetime
import sys
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgkg.errors import ConfigError, SourceError
from cgkg.intake.reviewing import outcome_lines, write_review
from cgkg.intake.rows import RowOutcome, RowStatus, in_column, place_of
from cgkg.intake.sheets import read_sheet, write_sheet
from cgkg.messages import M_, retell

HEADER = "quote;subject;property;value"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_separator_and_encoding_of_a_spreadsheet(
    separator: str, encoding: str, tmp_path: Path
) -> None:
    """Only an encoding that no mark tells has to be named."""
    text = f'{HEADER}\r\n"B\u00e4che; Fl\u00fcsse\nund Seen";Elbe;l\u00e4nge;1\r\n'.replace(
        ";", separator
    )
    path = written(tmp_path / "s.csv", text.encode(encoding))
    (row,) = read_sheet(path, encoding="cp1252" if encoding == "cp1252" else None).rows
    quote = f"B\u00e4che{separator} Fl\u00fcsse\nund Seen"
    assert (row.quote, row.property, row.number) == (quote, "l\u00e4nge", 2)


def test_headers_in_any_case_and_order_and_unknown_ones_are_said(tmp_path: Path) -> None:
    """Rows are numbered as a spreadsheet does; rows without a cell are none."""
    path = written(
        tmp_path / "s.csv", "sep=;\nVALUE;Colour;Subject;property;GIST_en\n;;;;\n1;red;a;b;g\n"
    )
    sheet = read_sheet(path)
    (row,) = sheet.rows
    assert sheet.unknown == ("Colour",)
    assert (row.value, row.subject, row.gists, row.number) == ("1", "a", {"en": "g"}, 4)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"PK\x03\x04mimetype", "neither CSV nor .xlsx"),
        (b"name,colour\nx,red\n", "its header lacks subject, property, value"),
        (b"subject,property,value,value\n", "it has the column value twice"),
        (b"subject,property,value\na,b,c,d\n", "it has 4 cells, and the header 3"),
        (b"subject,property,value,start\na,b,c,far\n", "start: 'far' is not a number"),
        (b'subject,property,value\n"a,b,c\n', "unexpected end"),
        (b"subject,property,value\n\xe4,b,c\n", "not UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused_in_one_sentence(
    content: bytes, said: str, tmp_path: Path
) -> None:
    """With the file, and what is expected."""
    path = written(tmp_path / "s.csv", content)
    with pytest.raises(SourceError, match=said) as error:
        read_sheet(path)
    assert str(path) in error.value.message


def test_a_sheet_of_another_kind_is_not_written(tmp_path: Path) -> None:
    """What is called .ods and is none would be opened by nothing."""
    with pytest.raises(ConfigError, match=r"a sheet is .csv or .xlsx"):
        write_sheet(tmp_path / "s.ods", ["subject"], [])


def test_an_encoding_that_there_is_not(tmp_path: Path) -> None:
    """It is the option that is wrong, not the file."""
    with pytest.raises(ConfigError, match="no encoding"):
        read_sheet(written(tmp_path / "s.csv", f"{HEADER}\n"), encoding="utf-99")


def test_numbers_and_dates_of_a_workbook_are_no_spellings(tmp_path: Path) -> None:
    """They come as programs write them; the table with the header is found."""
    book = openpyxl.Workbook()
    book.active.append(["notes"])
    table = book.create_sheet("facts")
    table.append(["Subject", "Property", "Value"])
    for value in (1094.0, 0.2, datetime.datetime(2019, 5, 3), True, "1.094", None):
        table.append(["Elbe", "length", value])
    book.save(tmp_path / "s.xlsx")
    rows = read_sheet(tmp_path / "s.xlsx").rows
    assert [row.value for row in rows] == ["1094", "0.2", "2019-05-03", "true", "1.094", ""]
    assert [row.exact_value for row in rows] == [True, True, True, True, False, False]


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    """A CSV that is called .xlsx."""
    with pytest.raises(SourceError, match="no workbook"):
        read_sheet(written(tmp_path / "s.xlsx", f"{HEADER}\n"))


def test_without_the_extra_a_workbook_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSV needs nothing."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ConfigError, match="openpyxl") as error:
        read_sheet(written(tmp_path / "s.xlsx", "PK"))
    assert "cgkg[xlsx]" in error.value.hint


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))).map(str.strip)
RISKY = st.sampled_from(["=1+1", "'=1", "''=x", "-2", "-x", "+49", "@a", "\uff1dx", "'", "-1e5"])


@settings(max_examples=25, deadline=None)
@given(cells=st.lists(TEXTS | RISKY, min_size=3, max_size=3).filter(any))
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_cells_come_back_as_they_were(
    suffix: str, cells: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever they begin with."""
    path = tmp_path_factory.getbasetemp() / f"cells.{suffix}"
    write_sheet(path, ["subject", "property", "value"], [cells])
    (row,) = read_sheet(path).rows
    assert [row.subject, row.property, row.value] == cells


def test_no_cell_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    """In CSV an apostrophe stands before it; in a workbook it is text."""
    header, cells = ["subject", "property", "value"], ["=HYPERLINK(1)", "@SUM(1)", "-3"]
    write_sheet(tmp_path / "s.csv", header, [cells])
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["'=HYPERLINK(1)", "'@SUM(1)", "-3"]
    write_sheet(tmp_path / "s.xlsx", header, [cells])
    table = openpyxl.load_workbook(tmp_path / "s.xlsx").active
    assert [cell.data_type for cell in table[2]] == ["s", "s", "s"]


def test_a_row_is_named_by_the_line_it_begins_on_in_csv(tmp_path: Path) -> None:
    """A cell may go over lines; in a workbook it is the row that people see."""
    text = f'{HEADER}\n"one\ntwo";a;b;c\nthree;a;b;c\n'
    rows = read_sheet(written(tmp_path / "s.csv", text)).rows
    assert [retell(place_of(row), "en") for row in rows] == ["line 2", "line 4"]
    write_sheet(tmp_path / "s.xlsx", HEADER.split(";"), [["one\ntwo", *"abc"], ["three", *"abc"]])
    rows = read_sheet(tmp_path / "s.xlsx").rows
    assert [retell(place_of(row), "zh") for row in rows] == ["第 2 行", "第 3 行"]
    assert [retell(place_of(row), "en") for row in rows] == ["row 2", "row 3"]


def test_what_is_wrong_with_a_row_is_said_in_the_language_of_the_project(tmp_path: Path) -> None:
    """In the lines on the terminal and in the review, which names the column."""
    path = written(tmp_path / "s.csv", f"{HEADER}\nx;a;b;many\n")
    sheet = read_sheet(path)
    said = in_column("value", M_("{text} is no number", text="'many'"))
    outcomes = [RowOutcome(sheet.rows[0], RowStatus.UNKNOWN_TERM, said)]
    (line,) = outcome_lines(path, outcomes)
    assert line == f"{path}:2: unknown term: value: 'many' is no number"
    (line,) = outcome_lines(path, outcomes, "zh")
    assert line.endswith("value：'many' 不是数")
    write_review(tmp_path / "s.review.csv", sheet, outcomes, "zh")
    assert "value：'many' 不是数" in (tmp_path / "s.review.csv").read_text("utf-8")
