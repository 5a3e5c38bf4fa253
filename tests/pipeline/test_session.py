"""A project that is kept is, after any edit, what a build from nothing makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from copies import copy_project, edit_gist, remove_statement
from edits import Author, make_project
from paths import ROOT
from projects import FILES, PREFIXES, Small, span

from cgkg.authoring.starter import create
from cgkg.errors import CgkgError, ConfigError, SourceError
from cgkg.pipeline import check, merge_checked, read_manifest
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Quad
from cgkg.session import Session, Update
from cgkg.store.dataset import DatasetLines
from cgkg.store.generations import as_json
from cgkg.store.lines import LineChange
from cgkg.validation.coverage import cover


@dataclass(frozen=True)
class Whole:
    """What a build from nothing makes."""

    name: str
    findings: list[dict[str, Any]]
    conforms: bool
    lines: DatasetLines
    manifest: dict[str, Any]
    coverage: bytes


def build_whole(folder: Path) -> Whole:
    project = Project.at(folder)
    checked = check(project, text=open_texts(project))
    name = project.fingerprint()
    return Whole(
        name,
        checked.report.as_dict()["findings"],
        checked.report.conforms,
        merge_checked(checked),
        read_manifest(checked, name),
        as_json(cover(checked.sources).as_dict(), indented=False),
    )


class Follower:
    """Follows the differences that a session tells, from one good state to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = Session(folder)
        self.dataset: list[bytes] | None = None
        self.asserted: list[bytes] = []

    def agree(self, what: str) -> str:
        """Update, and compare with a build from nothing; says how that went."""
        try:
            whole = build_whole(self.folder)
        except CgkgError as error:
            with pytest.raises(type(error)):
                self.session.update()
            return "error"
        update = self.session.update()
        assert update.name == whole.name, what
        assert update.report.as_dict()["findings"] == whole.findings, what
        if not whole.conforms:
            assert (update.dataset, update.asserted, update.published) == (None, None, None)
            return "violation"
        assert update.published is not None
        assert update.published.manifest == whole.manifest, what
        assert update.published.coverage == whole.coverage, what
        self._follow(update, whole, what)
        return "good"

    def _follow(self, update: Update, whole: Whole, what: str) -> None:
        if self.dataset is None or update.dataset is None or update.asserted is None:
            assert update.dataset is None, what
            lines = self.session.lines()
            self.dataset, self.asserted = lines.lines, lines.asserted
        else:
            for change, held in ((update.dataset, self.dataset), (update.asserted, self.asserted)):
                assert set(change.removed) <= set(held), what
                assert not set(change.added) & set(held), what
                for part in (change.removed, change.added):
                    assert part == sorted(set(part))
                held[:] = sorted({*held, *change.added} - {*change.removed})
        assert self.dataset == whole.lines.lines, what
        assert self.asserted == whole.lines.asserted, what


def follow(folder: Path, seed: int, edits: int) -> list[str]:
    """A random sequence of edits; how the states were."""
    project = make_project(folder)
    follower, author = Follower(folder), Author(project, seed)
    states = [follower.agree("the beginning")]
    for _ in range(edits):
        what = author.edit(good=states[-1] == "good")
        states.append(follower.agree(f"seed {seed}: {what}"))
    return states


@pytest.mark.parametrize("seed", range(4))
def test_random_edits(tmp_path: Path, seed: int) -> None:
    """Report, lines, manifest and coverage are, after each edit, those of a whole build."""
    states = follow(tmp_path, seed, 12)
    assert states[0] == "good"
    assert states.count("good") > 2


def small_gist(small: Small, words: str) -> None:
    path = small.folder / "data" / "1.trig"
    text = path.read_text("utf-8")
    path.write_text(re.sub('"[^"]*"@en', f'"{words}"@en', text, count=1), "utf-8")


def test_the_first_state_is_no_difference(small: Small) -> None:
    """There is nothing to compare it with: all its lines can be had instead."""
    session = Session(small.folder)
    with pytest.raises(RuntimeError):
        session.lines()
    update = session.update()
    assert update.changed
    assert update.published is not None
    assert (update.dataset, update.asserted) == (None, None)
    assert session.lines() == build_whole(small.folder).lines


def test_an_edit_is_told_as_the_lines_that_went_and_came(small: Small) -> None:
    """A gist is said in the graph of spans and in the default graph, of both files."""
    session = Session(small.folder)
    session.update()
    small_gist(small, "another")
    update = session.update()
    assert update.dataset == update.asserted
    assert update.dataset is not None
    for lines, words in ((update.dataset.removed, b"gist"), (update.dataset.added, b"another")):
        assert len(lines) == 2
        assert all(f'"{words.decode()}"@en'.encode() in line for line in lines)


def test_a_statement_that_another_clause_says_too_stays_in_the_default_graph(small: Small) -> None:
    """Only the line of the graph goes, since the default graph is a union."""
    twice = "id:river\\/elbe :flowsThrough id:place\\/hamburg ."
    one = span("Hamburg", twice)
    other = span("Elbe", twice)
    small.facts(one, other)
    session = Session(small.folder)
    assert session.update().report.conforms
    small.facts(one, other.replace(twice, "id:river\\/elbe :lengthKm 1094 ."))
    dataset = session.update().dataset
    assert dataset is not None
    assert len(dataset.removed) == 1
    assert b"/c/13-17>" in dataset.removed[0]


def test_what_is_asserted_and_follows_stays_when_it_is_asserted_no_more(small: Small) -> None:
    """Its line in the default graph goes from the asserted part alone."""
    said = "id:place\\/dresden :liesOn id:river\\/elbe ."
    blocks = [span("The Elbe flows through Dresden", small_fact()), span("Dresden", said)]
    small.facts(*blocks)
    session = Session(small.folder)
    assert session.update().report.conforms
    small.facts(blocks[0], blocks[1].replace(said, small_fact()))
    update = session.update()
    assert update.dataset is not None
    assert update.asserted is not None
    line = b"<https://example.org/rivers/def/liesOn> <https://example.org/rivers/id/river/elbe> .\n"
    assert [each for each in update.asserted.removed if each.endswith(line)]
    assert not [each for each in update.dataset.removed if each.endswith(line)]


def small_fact() -> str:
    return "id:river\\/elbe :flowsThrough id:place\\/dresden ."


def test_an_edit_that_fails_leaves_the_last_good_state(small: Small) -> None:
    """A violation and a file that cannot be read come between; the difference spans them."""
    session = Session(small.folder)
    session.update()
    good = (small.folder / "data" / "1.trig").read_text("utf-8")
    small.facts(span("Hamburg", "id:river\\/weser :flowsThrough id:place\\/hamburg ."))
    update = session.update()
    assert not update.report.conforms
    assert (update.dataset, update.published) == (None, None)
    small.write("data/1.trig", good[: len(good) // 2])
    for _ in range(2):
        with pytest.raises(SourceError, match=r"1\.trig"):
            session.update()
    small.write("cgkg.toml", "[project")
    with pytest.raises(ConfigError):
        session.update()
    small.write("cgkg.toml", FILES["cgkg.toml"])
    small.write("data/1.trig", good)
    small_gist(small, "mended")
    dataset = session.update().dataset
    assert dataset is not None
    assert (len(dataset.removed), len(dataset.added)) == (2, 2)


def test_without_a_change_nothing_is_done(small: Small) -> None:
    """The report is the same, the difference empty, also after a file was written anew."""
    session = Session(small.folder)
    first = session.update()
    path = small.folder / "data" / "1.trig"
    path.write_text(path.read_text("utf-8"), "utf-8")
    update = session.update()
    assert not update.changed
    assert update.report is first.report
    assert update.published is first.published
    assert update.dataset == LineChange([], [])


def test_only_what_changed_is_read(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two files of facts the one that was edited is parsed, and no other file at all."""
    small.write("data/2.trig", PREFIXES + span("Elbe", small_fact()))
    session = Session(small.folder)
    session.update()
    read: list[str] = []

    def parse(path: Path, **options: Any) -> list[Quad]:
        read.append(path.name)
        return parse_file(path, **options)

    for module in ("sources", "imports", "texts"):
        monkeypatch.setattr(f"cgkg.project.{module}.parse_file", parse)
    small_gist(small, "another")
    session.update()
    assert read == ["1.trig"]


def test_what_a_document_says_of_its_language_changes_what_its_numbers_are(small: Small) -> None:
    """A clause that nobody touched is read anew: 1,094 is little more than one in German."""
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 1094 ."))
    document = "<https://example.org/rivers/source/elbe>"
    found = []
    session = Session(small.folder, source=small.folder / "document.txt")
    for language in ("en", "de", "en"):
        small.write(
            "data/source/language.ttl",
            f'{document} <http://purl.org/dc/terms/language> "{language}" .\n',
        )
        findings = session.update().report.findings
        found.append("number-not-said" in [finding.code for finding in findings])
    assert found == [False, True, False]


def test_what_goes_wrong_within_an_update_ends_no_session(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next update begins anew, and says so: it has no difference."""
    session = Session(small.folder)
    session.update()
    small_gist(small, "another")
    with monkeypatch.context() as patched:
        patched.setattr("cgkg.session.manifest", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            session.update()
    update = session.update()
    assert update.published is not None
    assert update.dataset is None
    assert session.lines() == build_whole(small.folder).lines
    small_gist(small, "a third")
    assert session.update().dataset is not None


def test_a_bare_folder_has_no_session(tmp_path: Path) -> None:
    """It has neither ontology nor shapes: the error says so."""
    (tmp_path / "a.ttl").write_text("<a:b> <a:c> <a:d> .", "utf-8")
    with pytest.raises(ConfigError):
        Session(tmp_path).update()


def test_a_new_project_may_be_kept(tmp_path: Path) -> None:
    """What `cgkg init` makes, edited by hand."""
    create(tmp_path / "mine", base="https://example.org/mine/")
    follower = Follower(tmp_path / "mine")
    assert follower.agree("the beginning") == "good"
    path = min((tmp_path / "mine" / "data").glob("*.trig"))
    path.write_text(re.sub('"@en', ' indeed"@en', path.read_text("utf-8"), count=1), "utf-8")
    assert follower.agree("a gist") == "good"


@pytest.mark.long
def test_our_graph_may_be_kept(tmp_path: Path) -> None:
    """Statements and gists of the document, one after the other."""
    copy_project(ROOT, tmp_path / "ours", 1, shapes=True)
    follower = Follower(tmp_path / "ours")
    assert follower.agree("the beginning") == "good"
    for edit in (edit_gist, remove_statement) * 3:
        edit(tmp_path / "ours")
        assert follower.agree(edit.__name__) == "good"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_long_sequences_of_random_edits(tmp_path: Path, seed: int) -> None:
    """The same, many edits long."""
    states = follow(tmp_path, seed, 60)
    assert min(states.count("good"), 60 - states.count("good")) > 5
