"""Candidates wait beside the data until a person accepts them; then they are rows as any other."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from commands import run

from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.rdf.io import read_turtle
from cgkg.rdf.vocab import PROV

TEXT = """# Plan

## The quay

The Quay Garden lends its tools to Cedar School. The Tower Garden opens in 2027.

## The mill

Mill Lane School plans a shed. The Quay Garden lends its tools to Cedar School.
"""
LENDS = "The Quay Garden lends its tools to Cedar School"
OPENS = "The Tower Garden opens in 2027"


def extraction(name: str, quote: str, **attributes: Any) -> dict[str, Any]:
    return {"extraction_class": name, "extraction_text": quote, "char_interval": None,
            "attributes": attributes or None}  # fmt: skip


LENT = extraction(
    "lends_tools_to", LENDS, subject="Quay Garden", value="Mill Lane School", gist="It lends.",
    confidence=0.9,
)  # fmt: skip
OPENED = extraction(
    "begin", OPENS, subject="Tower Garden", value=2027, gist="It opens.", confidence="0.4"
)
SHED = extraction("Shed", "Mill Lane School")


@pytest.fixture
def town(made: Path, tmp_path: Path) -> Path:
    """A project with a document that nothing cites, and what a model extracted from it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "town"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder around that project, which nobody changes."""
    around = tmp_path_factory.mktemp("made")
    assert run("init", "town", "--lang", "en", cwd=around).returncode == 0
    folder = around / "town"
    (around / "plan.md").write_text(TEXT, "utf-8")
    assert run("document", "../plan.md", cwd=folder).returncode == 0
    text = (folder / "texts" / "plan.txt").read_text("utf-8")
    at = text.rindex(LENDS)
    second = LENT | {"char_interval": {"start_pos": at, "end_pos": at + len(LENDS)},
                     "alignment_status": "match_exact"}  # fmt: skip
    record = {"document_id": "plan.md", "text": text, "extractions": [second, OPENED, SHED]}
    (around / "model.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    return around


def add(town: Path, *options: str) -> str:
    done = run("candidates", "add", "../model.jsonl", "--model", "m-2", *options, cwd=town)
    assert done.returncode == 0
    return done.stderr


def table(town: Path, name: str = "model") -> list[dict[str, str]]:
    with (town / "candidates" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def edit(town: Path, change: Callable[[dict[str, str]], object], name: str = "model") -> None:
    """Change rows of a table as a person does in a spreadsheet."""
    rows = table(town, name)
    for row in rows:
        change(row)
    with (town / "candidates" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def mean(town: Path, **terms: str) -> None:
    """Say in the table of names what names mean."""

    def fill(row: dict[str, str]) -> None:
        row["term"] = terms.get(row["name"], row["term"])

    edit(town, fill, "names")


def state(town: Path) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in town.rglob("*") if path.is_file()}


def stated(town: Path) -> int:
    return sum(map(len, load(Project.at(town)).graphs.values()))


def test_what_is_added_waits_and_is_no_input_of_the_graph(town: Path) -> None:
    """Names that mean nothing are told with near ones; a second time nothing changes."""
    inputs = Project.at(town).inputs
    said = add(town, "--at", "2026-05-01")
    assert "3 candidates\n" in said
    assert "unknown property  begin\n" in said
    assert "unknown class  Shed" in said
    assert [row["status"] for row in table(town)] == ["waiting"] * 3
    assert {row["document"] for row in table(town)} == {"plan"}
    assert [(row["agent"], row["attributed_to"], row["generated_at"]) for row in table(town)] == [
        ("software", "m-2", "2026-05-01")
    ] * 3
    assert Project.at(town).inputs == inputs
    before = state(town)
    assert "0 candidates, 3 already there" in add(town)
    assert state(town) == before


def test_they_are_listed_by_filter(town: Path) -> None:
    """With how each would end; names of classes and properties are the tool's or the project's."""
    add(town)

    def listed(*options: str) -> list[str]:
        done = run("candidates", *options, cwd=town)
        assert done.returncode == 0
        return [line.split(" | ")[1] for line in done.stdout.splitlines() if " | " in line]

    assert listed() == ["lends_tools_to", "begin", "a"]
    assert listed("--section", "2") == ["lends_tools_to", "a"]  # both places but one are in it
    assert listed("--section", "1") == ["begin"]
    assert listed("--property", "lends tools to") == ["lends_tools_to"]
    assert listed("--property", "begin") == ["begin"]
    assert listed("--class", "Shed", "--document", "plan") == ["a"]
    assert listed("--confidence", "0.5") == ["lends_tools_to"]
    assert listed("--extractor", "M-2", "--file", "model") == ["lends_tools_to", "begin", "a"]
    assert listed("--extractor", "other") == listed("--status", "rejected") == []
    assert "unknown term: value: nothing is called 'Shed'" in run("candidates", cwd=town).stdout


def test_accepted_ones_are_statements_and_the_others_wait_with_the_reason(town: Path) -> None:
    """Corrected in the table they are accepted in their turn; what was, is not taken again."""
    add(town)
    mean(town, begin="start year", Shed="-")
    first = run("candidates", "accept", "--all", "--by", "Ada", cwd=town)
    assert first.returncode == 1
    assert "accepted  1, 2 wait" in first.stderr
    lent, opened, shed = table(town)
    assert (lent["status"], lent["decided_by"]) == ("accepted", "Ada")
    assert (opened["status"], shed["status"]) == ("waiting", "waiting")
    assert opened["message"].startswith("unknown term: subject: nothing is called 'Tower Garden'")
    assert shed["message"] == "unknown term: names.csv leaves it out"
    sources = load(Project.at(town))
    (span,) = [span for span in sources.spans if span.document.value.endswith("/plan")]
    text = (town / "texts" / "plan.txt").read_text("utf-8")
    assert span.start == text.rindex(LENDS)  # not the first place of these words
    assert span.iri.value == lent["clause"]
    garden = {"subject": "Quay Garden", "value": "2019"}  # the year that it has in the graph
    edit(town, lambda row: row.update(garden) if row["property"] == "begin" else None)
    assert run("candidates", "accept", "--property", "begin", cwd=town).returncode == 0
    assert stated(town) == 5 + 2
    before = state(town)
    again = run("candidates", "accept", "--property", "begin", cwd=town)
    assert "accepted  0" in again.stderr
    assert state(town) == before


def test_a_row_that_breaks_a_shape_waits_and_what_is_unknown_is_registered_on_request(
    town: Path,
) -> None:
    """With the class that the tool says."""
    record = extraction("School", "Cedar School", plans="a", gist="A school.")
    (town.parent / "model.jsonl").write_text(json.dumps({"text": "", "extractions": [record]}))
    add(town)
    mean(town, plans="-")
    wrong_class = {"property": "a", "value": "Garden", "section": "1"}
    edit(town, lambda row: row.update(wrong_class, subject="Mill Lane School"))
    wrong = run("candidates", "accept", "--all", cwd=town)
    assert wrong.returncode == 1
    assert table(town)[0]["message"].startswith("contradicts a shape")
    edit(town, lambda row: row.update(value="School", subject="Cedar School"))
    assert run("candidates", "accept", "--all", cwd=town).returncode == 1
    done = run("candidates", "accept", "--all", "--register", cwd=town)
    assert done.returncode == 0, done.stdout
    assert "school/cedar-school" in (town / "data" / "registry.csv").read_text("utf-8")


def test_a_property_may_be_turned_around(town: Path) -> None:
    """A relation of the tool from the value to the subject, by `^` before the term."""
    add(town)
    edit(town, lambda row: row.update(
        property="borrows from", subject="Mill Lane School", value="Quay Garden"
    ) if row["property"] == "lends_tools_to" else None)  # fmt: skip
    path = town / "candidates" / "names.csv"
    path.write_text("kind;name;term;mine\nproperty;borrows from;^lends tools to;!\n", "utf-8")
    assert "unknown property  begin" in add(town)  # told again, and the table keeps its columns
    assert path.read_text("utf-8-sig").splitlines()[:2] == [
        "kind,name,term,mine,near", "property,borrows from,^lends tools to,!,",
    ]  # fmt: skip
    done = run("candidates", "accept", "--confidence", "0.9", cwd=town)
    assert done.returncode == 0, done.stdout
    assert "my:lendsToolsTo school:mill-lane" in (town / "data" / "plan.trig").read_text("utf-8")


def test_rejected_ones_are_kept_and_not_added_again(town: Path) -> None:
    """With who said so, when, and why; provenance is RDF without words of the document."""
    add(town, "--at", "2026-05-01T10:00:00Z")
    words = ("--by", "Ada", "--why", "no such shed")
    assert run("candidates", "reject", "--class", "Shed", *words, cwd=town).returncode == 0
    row = table(town)[2]
    assert (row["status"], row["decided_by"], row["comment"]) == (
        "rejected", "Ada", "no such shed",
    )  # fmt: skip
    assert "0 candidates, 3 already there" in add(town)
    assert run("candidates", "reject", row["id"], cwd=town).returncode == 1  # it waits no more
    told = run("candidates", "prov", cwd=town).stdout
    triples, _ = read_turtle(told, "urn:x")
    used = {t.predicate for t in triples}
    assert {PROV.wasAttributedTo, PROV.generatedAtTime, PROV.used, PROV.endedAtTime} <= used
    assert sum(t.object == PROV.Entity for t in triples) == 3
    assert "Tower Garden" not in told


def test_nothing_is_accepted_by_a_slip(town: Path) -> None:
    """Without a filter, or an edited text: nothing is written; nor is it by a dry run."""
    add(town)
    assert run("candidates", "accept", cwd=town).returncode == 2
    late = run("candidates", "add", "../model.jsonl", "--at", "yesterday", cwd=town)
    assert (late.returncode, "--at is a date" in late.stderr) == (2, True)
    assert run("candidates", "reject", cwd=town).returncode == 2
    before = state(town)
    dry = run("candidates", "accept", "--confidence", "0.9", "--dry-run", cwd=town)
    assert "+++ b/" in dry.stdout
    assert run("candidates", "accept", "c000000000", cwd=town).returncode == 1
    assert state(town) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", "id,status,subject,property,value\nc1,done,a,b,c\n", "status 'done' is none"),
        ("x.csv", "id,status,subject,property,value\n,,a,b,c\n", "the candidate has no id"),
        ("x.csv", "id,quote\n", "its header lacks subject, property, value"),
        ("names.csv", "kind,name,term\nproperty,x,lends tols to\n", "no property 'lends tols to'"),
        ("names.csv", "kind,name,term\nverb,x,y\n", "kind 'verb' is none"),
    ],
)
def test_a_table_with_a_mistake_is_told_so(name: str, content: str, said: str, town: Path) -> None:
    """In one sentence, with the file."""
    (town / "candidates").mkdir()
    (town / "candidates" / name).write_text(content, "utf-8")
    done = run("candidates", cwd=town)
    assert done.returncode == 1
    assert said in done.stderr
    assert name in done.stderr
