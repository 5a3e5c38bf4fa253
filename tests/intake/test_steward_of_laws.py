"""A steward's way with two public documents: from the file to a served graph, by a sheet.

`stewards/` has for each an ontology and forty statements of twenty-five clauses, with gists and
names of ours. The words that a steward copies are told there by their characters, and are read from
the document when the test runs: none of its sentences is in this repository.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from commands import run
from paths import SHARED
from servers import query, serving

from cgkg.project.folder import Project
from cgkg.project.sources import Sources, load
from cgkg.rdf.io import parse_file
from cgkg.validation.coverage import read_excuses

STEWARDS = Path(__file__).parent / "stewards"
COLUMNS = ("quote", "subject", "property", "value", "gist", "subject_class", "value_class")
ASKED = (
    "PREFIX cg: <https://w3id.org/cgkg/def/>"
    " SELECT (COUNT(*) AS ?n) { GRAPH ?c { ?s ?p ?o } ?c a cg:TextSpan }"
)
# Before there were sheets: characters typed and copied a statement, and steps a clause.
TYPED, COPIED, STEPS = 65, 37, 12


@dataclass
class Steward:
    """One who has a document and a folder; what is typed and copied meanwhile is counted."""

    document: Path
    folder: Path
    typed: int = 0
    copied: int = 0
    steps: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, *words: str) -> str:
        """A command, which has to succeed."""
        self.typed += len(" ".join(("cgkg", *words)))
        self.steps += 1
        done = run(*words, cwd=self.folder if self.folder.is_dir() else self.folder.parent)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def write_sheet(self) -> None:
        """Words of the text are copied into the sheet, everything else is typed."""
        (path,) = (self.folder / "texts").glob("*.txt")
        text = path.read_text("utf-8")
        with (STEWARDS / f"{self.document.name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                quote = text[int(row["start"]) : int(row["end"])] if row["start"] else ""
                self.rows.append({"quote": quote} | {name: row[name] for name in COLUMNS[1:]})
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(self.rows)
        (self.folder.parent / "sheet.csv").write_text(out.getvalue(), "utf-8")
        self.steps += 1
        self.copied += sum(len(row["quote"]) for row in self.rows)
        self.typed += sum(len(row[name]) for row in self.rows for name in COLUMNS[1:])

    def extend(self) -> int:
        """Write the classes and properties, once for the project; how many characters these are."""
        terms = (STEWARDS / f"{self.document.name}.ttl").read_text("utf-8")
        with (self.folder / "ontology" / "starter.ttl").open("a", encoding="utf-8") as file:
            file.write(terms)
        self.steps += 1
        return len(terms)

    @property
    def sources(self) -> Sources:
        return load(Project.at(self.folder))


@pytest.fixture(
    params=[
        "source-code-policy.md",
        pytest.param("e-government-act.de.md", marks=pytest.mark.long),
    ]
)
def steward(request: pytest.FixtureRequest, tmp_path: Path) -> Steward:
    """A steward of a document beside the repository; the test skips where it is not at hand."""
    document = SHARED / "documents" / str(request.param)
    if not document.is_file():
        pytest.skip(f"the document is not at hand (../shared/documents/{document.name})")
    (tmp_path / document.name).write_bytes(document.read_bytes())
    return Steward(document, tmp_path / "law")


def columns(path: Path, names: Iterable[str]) -> set[str]:
    """What stands in the columns of a table that are called so."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row[name] for row in csv.DictReader(file) for name in row if name in set(names)}


def accounted(sources: Sources, folder: Path) -> tuple[int, int]:
    """Sentences in which a clause stands or that are excused, counted here; and all."""
    (table,) = sources.tables.values()
    (excuses,) = (folder / "data" / "source").glob("*.excused.csv")
    cited = {
        each.number
        for each in table.sentences
        for span in sources.spans
        if span.start < each.end and each.start < span.end
    }
    return len(cited | read_excuses(excuses).keys()), len(table.sentences)


def test_from_a_file_to_a_served_graph_and_out_again(steward: Steward) -> None:
    """Forty statements of twenty-five clauses, without a finding; nothing is lost in an export."""
    steward("init", "law", "--document", steward.document.name)
    once = steward.extend()
    steward("fmt")
    steward.write_sheet()
    steward("import", "../sheet.csv")
    steward("check")
    steward("build")
    assert steward("query", "queries/examples/1-what-clauses-say.rq").endswith("(40 solutions)\n")

    sources = steward.sources
    assert len(sources.spans) == 25
    assert sum(len(sources.graphs[span.iri]) for span in sources.spans) == 40
    less_is_typed_than_before(steward, once)
    coverage_is_honest(steward, sources)
    exports_lose_nothing(steward, sources)
    with serving(steward.folder) as server:
        assert server.ask(query(ASKED, format="csv")).text.split() == ["n", "40"]
        first = sources.graphs[sources.spans[0].iri][0].subject
        page = server.ask(str(first)[1:-1].replace(sources.project.base, "/"))
        assert steward.rows[0]["subject"] in page.text
        assert steward.rows[0]["gist"] in page.text


def less_is_typed_than_before(steward: Steward, once: int) -> None:
    """All commands and cells are counted, and apart from them the ontology."""
    assert len(steward.rows) == 40
    assert steward.typed / 40 < TYPED
    assert steward.copied / 40 < COPIED
    assert (steward.typed + once) / 40 < 2 * TYPED
    assert steward.steps < STEPS  # for all clauses together


def coverage_is_honest(steward: Steward, sources: Sources) -> None:
    """What no clause stands in is not accounted for, and the command fails because of it."""
    done = run("coverage", cwd=steward.folder)
    said = done.stdout.splitlines()[-1]
    number, total = accounted(sources, steward.folder)
    assert said.startswith(f"{number} of {total} sentences accounted for")
    assert done.returncode == 1


def exports_lose_nothing(steward: Steward, sources: Sources) -> None:
    """A sheet of it changes nothing; a release has every statement, label and gist."""
    assert steward("export", "--sheet", "../again.csv") == ""
    assert steward("import", "../again.csv", "--replace", "--dry-run") == ""
    steward("export", "--out", "../release")
    release = steward.folder.parent / "release"
    language = sources.project.languages[0]
    labels = {row[name] for row in steward.rows for name in ("subject", "value")}
    labels = {label for label in labels if not label.isdigit()}
    gists = {row["gist"] for row in steward.rows if row["gist"]}
    tables = [columns(path, _texts(path, language)) for path in release.glob("*.csv")]
    assert labels <= set().union(*tables)
    assert gists <= set().union(*tables)
    stated = {(span.iri, t) for span in sources.spans for t in sources.graphs[span.iri]}
    quads = parse_file(release / "dataset.nq")
    held = {(quad.graph_name, quad.triple) for quad in quads}
    assert stated <= held


def _texts(path: Path, language: str) -> Sequence[str]:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    return [name for name in header if name.endswith(f"_{language}") or name == language]
