"""Reading tables as editors and spreadsheets write them."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from projects import FILES, Small

from cgkg.errors import SourceError
from cgkg.project.sources import load
from cgkg.tables import read_table
from cgkg.validation.coverage import cover

COLUMNS = ("id", "note")
TABLE = 'id,note\na,one\nb,"two\n2, or 3"\n\nc,"four ""4"""\n'
CELLS = [("a", "one"), ("b", "two\n2, or 3"), ("c", 'four "4"')]


def table(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_table(path, COLUMNS, optional=("more",))
    assert caught.value.path == path
    return caught.value


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_table_may_come_from_any_program(
    tmp_path: Path, separator: str, end: str, mark: bytes
) -> None:
    """Byte order mark, ends of lines and separators are those of the program that saved it."""
    text = "".join(
        f'{a}{separator}"{b}"{end}'.replace("\n2", f"{end}2")
        for a, b in [("id", "note"), ("a", "one"), ("b", "two\n2, or 3"), ("c", 'four ""4""')]
    )
    found = read_table(table(tmp_path, mark + text.encode()), COLUMNS)
    cells = [(row["id"], row["note"].replace("\r\n", "\n")) for row in found.rows]
    assert cells == CELLS
    assert [row.line for row in found.rows] == [2, 3, 5]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """A row's line is the one it begins on, after quoted line ends, blank and comment lines."""
    found = read_table(table(tmp_path, "# said before\n#more:\n" + TABLE), COLUMNS)
    assert [row.line for row in found.rows] == [4, 5, 8]
    assert found.comments == ("# said before", "#more:")
    found = read_table(table(tmp_path, "id,note\na,x\u2028y\x0cz\x85\n,\nb,\n"), COLUMNS)
    assert [(row.line, row["note"]) for row in found.rows] == [(2, "x\u2028y\x0cz\x85"), (4, "")]


def test_columns_are_known_by_their_names(tmp_path: Path) -> None:
    """Their order is free; those that may be missing are empty then; others need leave."""
    path = table(tmp_path, "note,id\none,a\n")
    (row,) = read_table(path, COLUMNS, optional=("more",)).rows
    assert (row["id"], row["note"], row["more"]) == ("a", "one", "")
    path = table(tmp_path, "note,id,else\none,a,x\n")
    (row,) = read_table(path, COLUMNS, others=True).rows
    assert row["else"] == "x"


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("", 1, "there is no header row"),
        ("#a\n#b\n", 2, "there is no header row"),
        ("a,b\n", 1, "expected the columns id, note; the header lacks id, note"),
        ("id\n", 1, "the header lacks note"),
        ("id,note,\n", 1, "the header also has one without a name"),
        ("id,note,note\n", 1, "the header repeats note"),
        (TABLE + "d\n", 7, "expected 2 cells, found 1"),
        (TABLE + "d,e,f\n", 7, "expected 2 cells, found 3"),
        (TABLE + 'd,"e" f\n', 7, "expected after"),
        (TABLE + 'd,"e\nf\n', 7, "unexpected end of data"),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path: Path, content: str, line: int, says: str) -> None:
    """Header, cells and quotes: the error says what was expected, and where it is not so."""
    error = refused(table(tmp_path, content))
    assert says in error.what
    assert error.line == line


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "byte order mark"])
def test_another_encoding_is_named_with_its_place(tmp_path: Path, mark: bytes) -> None:
    """Line and column are those of the first character that is not UTF-8."""
    error = refused(table(tmp_path, mark + "id,note\n甲,a".encode() + b"\xd6\xd0\n"))
    assert (error.what, error.line, error.column) == ("not UTF-8", 2, 4)
    assert "UTF-8" in error.hint
    assert "No such file" in refused(tmp_path / "none.csv").what


def test_a_number_is_digits(tmp_path: Path) -> None:
    """White space around is none of it; anything else is an error with column and line."""
    rows = read_table(table(tmp_path, "id,note\n 12 ,a\n-1,b\n\u0661,c\n1_0,d\n,e\n"), COLUMNS).rows
    assert rows[0].number("id") == 12
    for row in rows[1:]:
        with pytest.raises(SourceError, match=r"id: .* is not a number") as caught:
            row.number("id")
        assert caught.value.line == row.line


def test_every_table_of_a_project_may_be_saved_by_a_spreadsheet(small: Small) -> None:
    """With a byte order mark, CRLF and semicolons a project says what it said before."""
    small.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    small.write("data/source/elbe.mentions.csv", "sentence,start,end,kind,text\n3,64,69,number,9\n")
    before = load(small.project)
    covered = list(cover(before).lines())
    for path in sorted((small.folder / "data").rglob("*.csv")):
        text = path.read_text("utf-8")
        assert '"' not in text  # so that separators can be replaced
        assert ";" not in text
        path.write_bytes(codecs.BOM_UTF8 + text.replace(",", ";").replace("\n", "\r\n").encode())
    after = load(small.project)
    assert (after.registry, after.sentences) == (before.registry, before.sentences)
    assert after.tables == before.tables
    assert list(cover(after).lines()) == covered
    last = before.registry[-1]
    place = after.locator.of(last)
    assert place == before.locator.of(last)
    assert place is not None
    assert place.line == len(FILES["data/registry.csv"].splitlines())
