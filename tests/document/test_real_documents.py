"""Two public documents, a German act and an English policy, cut as a reader cuts them.

The tables in `read/` were made by reading the first 110 sentences of each: section, paragraph, what
the block is, the mark of an item, where the sentence stands, the digest of its words and the first
letters of the first of them, by which a person finds it again. They hold no sentence.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from paths import SHARED

from cgkg.authoring.check import inspect
from cgkg.authoring.documents import plan
from cgkg.authoring.starter import create
from cgkg.document.blocks import Block
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.rdf.terms import Literal
from cgkg.rdf.vocab import SKOS
from cgkg.validation.coverage import read_excuses

READ = Path(__file__).parent / "read"
DOCUMENTS = ("e-government-act.de.md", "source-code-policy.md")
_LETTERS = 6


@dataclass(frozen=True)
class Cut:
    """A sentence as it was cut, in the form of the tables."""

    section: str
    paragraph: int
    kind: str
    mark: str
    start: int
    end: int
    sha256: str
    letters: str


def cut(file: Path) -> list[Cut]:
    """The sentences of a document as `cgkg document` makes them."""
    (taken,) = plan(Project(file.parent, "https://example.org/x/", file.parent, {}, {}), file)
    blocks = {block.start: block for block in taken.blocks}
    here: Block = taken.blocks[0]
    found: list[Cut] = []
    for each in taken.table.sentences:
        here = blocks.get(each.start, here)
        words = taken.text[each.start : each.end].split()
        letters = "".join(word[0] for word in words[:_LETTERS])
        place = each.section, each.paragraph, here.kind, here.mark, each.start, each.end
        found.append(Cut(*place, each.sha256[:12], letters))
    return found


def read(name: str) -> list[Cut]:
    """The table that a reader made of the document."""
    with (READ / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Cut(r["section"], int(r["paragraph"]), r["kind"], r["mark"], int(r["start"]),
                int(r["end"]), r["sha256"], r["letters"])
            for r in csv.DictReader(file)
        ]  # fmt: skip


@pytest.fixture(params=DOCUMENTS)
def original(request: pytest.FixtureRequest) -> Path:
    """A document beside the repository; the test skips where it is not at hand."""
    path = SHARED / "documents" / str(request.param)
    if not path.is_file():
        pytest.skip(f"the document is not at hand (../shared/documents/{path.name})")
    return path


def test_sentences_and_sections_are_those_that_a_reader_sees(original: Path) -> None:
    """No sentence is cut amid, none runs on into the next, each is in its section."""
    wanted = read(original.name)
    assert len(wanted) == 110
    assert cut(original)[: len(wanted)] == wanted


SECTIONS = {
    "e-government-act.de.md": "0 1 2 3 4 4a 5 6 7 8 9 9a 9b 9c 10 11 12 12a 13 14 15 16 17 18 19",
    "source-code-policy.md": "0 1 1.1 2 4 4.A 4.B 4.1 5 5.1 5.2 5.3 6 6.1 7",
}


def test_the_sections_are_the_documents_own(original: Path) -> None:
    """Each with the number that it has in print; headings without one are counted."""
    numbers = list(dict.fromkeys(each.section for each in cut(original)))
    wanted = SECTIONS[original.name].split()
    assert numbers[: len(wanted)] == wanted


# Headings and front matter, of which nothing need be said; and what some sections are called.
BEGUN = {
    "e-government-act.de.md": (199, 30, "de", {"\u00a7 9a", "\u00a7 12a", "\u00a7 19", "0"}),
    "source-code-policy.md": (160, 46, "en", {"section 4.A", "section 5.3", "section 7"}),
}


def test_a_project_begins_with_it(original: Path, tmp_path: Path) -> None:
    """In its language, without a finding; each section has a name, whatever the catalogues hold."""
    sentences, excused, language, names = BEGUN[original.name]
    project = create(tmp_path / "x", document=original)
    assert project.languages == (language,)
    assert [finding.line_text() for finding in inspect(project).report.findings] == []
    sources = load(project)
    (table,) = sources.tables.values()
    assert len(table.sentences) == sentences
    (reasons,) = (tmp_path / "x" / "data" / "source").glob("*.excused.csv")
    assert len(read_excuses(reasons)) == excused
    labels = {
        triple.object.value
        for triple in sources.descriptions
        if triple.predicate == SKOS.prefLabel and isinstance(triple.object, Literal)
    }
    assert names <= labels
