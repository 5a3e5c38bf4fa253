"""A steward's way from a file to forty statements from twenty-five clauses, by a sheet.

The project is the one that `cgkg init` makes; the text is written here, and the sheet in
gardens.csv beside this. What is
typed into the sheet is counted: words of the text are copied, everything else is typed.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from commands import run

from cgkg.authoring.check import inspect
from cgkg.project.folder import Project
from cgkg.project.sources import Sources, load

TEXT = """# Gardens of the town

## The north

The Hill Garden opened in 2011. The Hill Friends look after it. Its tank holds 1,200 litres of rain.
It lends tools to Birch School, Mill Lane School and Harbour School.

The Orchard opened in 1998. The Orchard Circle looks after it, and has done so since then.
Its tank holds 12,500 litres of rain.
It lends tools to Birch School, Harbour School and Mill Lane School.

## The south

The Rose Yard opened in 2020. The Hill Friends look after it as well. Its tank holds 900 litres.
It lends tools to Harbour School, Birch School and Cedar School.

The Canal Plot opened in 2003. The Lock Keepers look after it. Its tank holds 3,000 litres of rain.
It lends tools to Cedar School, Birch School and Mill Lane School.

The Station Beds opened in 2016. The Lock Keepers and the Orchard Circle look after them.
Their tank holds 450 litres.
Tools of the Station Beds are lent to Harbour School, Birch School and Cedar School.

The Mill Garden opened in 2008. The Millers look after it. Its tank holds 2,050 litres of rain.
It lends tools to Mill Lane School, Birch School and Cedar School.

## The Quay Garden

The Quay Garden lends tools to Birch School, Cedar School and Elm School, too.
"""

SHEET = (Path(__file__).parent / "gardens.csv").read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A new project in one language, with the document taken in."""
    assert run("init", "town", "--lang", "en", cwd=tmp_path).returncode == 0
    folder = tmp_path / "town"
    (tmp_path / "gardens.md").write_text(TEXT, "utf-8")
    (tmp_path / "gardens.csv").write_text(SHEET, "utf-8")
    assert run("document", "../gardens.md", cwd=folder).returncode == 0
    return folder


def cited(project: Path) -> Sources:
    return load(Project.at(project))


def test_forty_statements_of_twenty_five_clauses_come_in_by_one_command(project: Path) -> None:
    """They are in the graph, each at its clause; checks say only that a recorded answer has grown.

    The question is which schools a group supports, and three more are now.
    """
    done = run("import", "../gardens.csv", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    sources = cited(project)
    spans = [span for span in sources.spans if span.document.value.endswith("/gardens")]
    assert len(spans) == 25
    assert sum(len(sources.graphs[span.iri]) for span in spans) == 40
    found = inspect(Project.at(project))
    assert [finding.code for finding in found.report.violations] == ["question-answer"]
    text = (project / "texts" / "gardens.txt").read_text("utf-8")
    words = {text[span.start : span.end] for span in spans}
    assert words == {row["quote"] for row in rows() if row["quote"]}


def test_less_is_typed_for_a_statement_than_in_blocks_of_a_file(project: Path) -> None:
    """There it was sixty-five characters typed and thirty-seven copied, in twelve steps a clause;
    here gists, classes and definitions of all that is new are counted as well.
    """
    assert run("import", "../gardens.csv", cwd=project).returncode == 0
    typed = sum(len(text) for row in rows() for name, text in row.items() if name != "quote")
    copied = sum(len(row["quote"]) for row in rows())
    assert typed / len(rows()) < 65
    assert copied / len(rows()) < 37


def test_a_second_time_nothing_changes(project: Path) -> None:
    """All files keep their bytes, and the command says that it is all there."""
    assert run("import", "../gardens.csv", cwd=project).returncode == 0
    before = {path: path.read_bytes() for path in (project / "data").rglob("*") if path.is_file()}
    again = run("import", "../gardens.csv", cwd=project)
    assert again.returncode == 0
    assert "40 already there" in again.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_a_slip_is_reviewed_corrected_and_imported(project: Path) -> None:
    """A misspelt school, another number and a slip in a quote; the rest is written meanwhile."""
    sheet = project.parent / "gardens.csv"
    slipped = SHEET.replace("Rose Yard;lends tools to;Harbour", "Rose Yard;lends tools to;Harbor")
    slipped = slipped.replace("Its tank holds 900 litres", "Its tank hold 900 liters")
    sheet.write_text(slipped.replace("tank in litres;450;", "tank in litres;a lot;"), "utf-8")
    first = run("import", "../gardens.csv", cwd=project)
    assert first.returncode == 1
    assert "37 ok" in first.stderr
    said = [line.split(": ", 2)[1] for line in first.stdout.splitlines()]
    assert said == ["proposal", "unknown term", "unknown term"]
    review = project.parent / "gardens.review.csv"
    with review.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    for row in table:
        if row["status"] == "proposal":
            assert row["proposal"] == "Its tank holds 900 litres"
            row["accept"] = "yes"
        if row["value"] == "Harbor School":
            assert row["proposal"] == "Harbour School"
            row["value"] = row["proposal"]
        row["value"] = row["value"].replace("a lot", "450")
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    second = run("import", "../gardens.review.csv", cwd=project)
    assert (second.returncode, second.stdout) == (0, "")
    assert "37 already there" in second.stderr
    assert sum(map(len, cited(project).graphs.values())) == 40 + 5


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(SHEET.splitlines(), delimiter=";"))
