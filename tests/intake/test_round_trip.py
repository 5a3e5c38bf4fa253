"""A graph taken into a sheet and back: what was not edited there does not change."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from commands import run
from paths import ROOT
from projects import TEXT, Small, span

from cgkg.document.spans import Span
from cgkg.project.folder import Project
from cgkg.project.sources import load


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in this repository."""
    folder = tmp_path_factory.mktemp("shipped") / "copy"
    folder.mkdir()
    shutil.copy(ROOT / "cgkg.toml", folder)
    for name in ("data", "ontology", "shapes", "mappings"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def files(folder: Path) -> Mapping[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("sheet", "words", "said"),
    [("all.csv", (), "with words"), ("all.xlsx", ("--no-words",), "without words")],
)
def test_the_graph_that_ships_comes_back_without_a_change(
    sheet: str, words: tuple[str, ...], said: str, shipped: Path, document: Path, tmp_path: Path
) -> None:
    """Every statement of a clause is a row, and no byte of any file changes.

    Without words, clauses are told by their places, and such a sheet may be given away.
    """
    before = files(shipped)
    at = ("--project", str(shipped), "--source", str(document))
    assert said in run("export", "--sheet", sheet, *words, *at, cwd=tmp_path).stderr
    done = run("import", sheet, "--replace", *at, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    stated = sum(len(part) for name, part in load(Project.at(shipped)).graphs.items()
                 if Span.parse(name))  # fmt: skip
    assert f"{stated} already there" in done.stderr
    assert files(shipped) == before


def test_the_sheet_alone_makes_the_same_graph(small: Small) -> None:
    """Without its files of facts a project gets every statement, digest, mode and gist again."""
    small.write("texts/elbe.txt", TEXT)
    before = load(small.project)
    assert run("export", "--sheet", "s.csv", cwd=small.folder).returncode == 0
    (small.folder / "data" / "1.trig").unlink()
    assert run("import", "s.csv", cwd=small.folder).returncode == 0
    after = load(small.project)
    assert after.graphs == before.graphs
    assert set(after.descriptions) == set(before.descriptions)
    assert [path.name for path in after.project.fact_files] == ["elbe.trig"]


def test_an_edit_in_the_sheet_changes_that_and_nothing_else(small: Small) -> None:
    """A value, a gist, a row less and a row more: a difference of these lines."""
    small.write("texts/elbe.txt", TEXT)
    assert run("export", "--sheet", "s.csv", cwd=small.folder).returncode == 0
    sheet = small.folder / "s.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["quote"] for row in rows] == [
        "The Elbe flows through Dresden", "Hamburg", "1,094 km"
    ]  # fmt: skip
    rows[0]["gist_en"] = "It passes Dresden."
    rows[1]["value"] = "Dresden"
    rows[2]["value"] = "1095"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    before = (small.folder / "data" / "1.trig").read_text("utf-8").splitlines()
    done = run("import", "s.csv", "--replace", cwd=small.folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("removed") == 2
    after = (small.folder / "data" / "1.trig").read_text("utf-8").splitlines()
    fresh = [line.strip() for line in after if line not in before]
    assert [line for line in fresh if "gist" in line] == [
        next(line.strip() for line in after if "It passes Dresden." in line)
    ]
    assert sum("1095" in line for line in fresh) == 1
    assert not any("1094" in line or "hamburg" in line for line in after)


def test_what_no_row_can_say_is_counted(small: Small) -> None:
    """Nodes without a name, and graphs that are of no clause."""
    small.facts(
        span("Hamburg", 'id:river\\/elbe :flowsThrough [ a :Place ; skos:prefLabel "某地"@zh ] .'),
        "<https://example.org/rivers/graph/x> { id:river\\/elbe :lengthKm 1 }",
        "c:36-43 skos:note 'x' .",
    )
    done = run("export", "--sheet", "s.csv", cwd=small.folder)
    assert "3 statements with a node that has no name" in done.stderr
    assert "1 statements about clauses, beside mode and gist" in done.stderr
    assert "1 statements in graphs that are of no clause" in done.stderr


@pytest.mark.parametrize("more", [["--out", "x"], ["--merged", "x"], ["--store", "x"]])
def test_a_sheet_is_written_alone(more: list[str], small: Small) -> None:
    """It is of the files, not of what was built."""
    done = run("export", "--sheet", "s.csv", *more, cwd=small.folder)
    assert done.returncode == 2
    assert run("export", "--no-words", cwd=small.folder).returncode == 2
