"""The words in a release: none, unless the project says that a document allows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import TEXT, Small

from cgkg.errors import ConfigError
from cgkg.export.release import Release, export
from cgkg.export.verify import verify
from cgkg.pipeline import build, check
from cgkg.project.texts import open_texts

QUOTED = ["The Elbe flows through Dresden", "Hamburg", "1,094 km"]


@pytest.fixture
def small_with_text(small: Small) -> Small:
    small.write("texts/elbe.txt", TEXT)
    return small


def allow(small: Small, words: str) -> None:
    path = small.folder / "cgkg.toml"
    said = f'\n[documents.elbe]\nwords = "{words}"\ncopyright = "CC BY 4.0, the Elbe"\n'
    path.write_text(path.read_text("utf-8") + said, "utf-8")


def released(small: Small, folder: Path) -> Release:
    generation, _ = build(small.project, folder / "store")
    return export(generation, folder / "release", open_texts(small.project))


def rows(release: Release) -> Iterator[dict[str, str]]:
    text = (release.folder / "words.csv").read_bytes().decode("utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


@pytest.mark.parametrize("words", ["", "never"])
def test_a_release_carries_no_words_by_default(
    small_with_text: Small, tmp_path: Path, words: str
) -> None:
    """Though the text is at hand; no file of it has them."""
    if words:
        allow(small_with_text, words)
    release = released(small_with_text, tmp_path)
    held = [path.read_bytes() for path in release.folder.iterdir()]
    assert not any(b"flows through Dresden" in body for body in held)
    assert verify(release.folder) == []


def test_a_document_may_allow_the_words_that_are_cited(
    small_with_text: Small, tmp_path: Path
) -> None:
    """With the note on copyright beside them; the release is proved with them."""
    allow(small_with_text, "quoted")
    release = released(small_with_text, tmp_path)
    assert [row["words"] for row in rows(release)] == QUOTED
    assert {row["copyright"] for row in rows(release)} == {"CC BY 4.0, the Elbe"}
    readme = (release.folder / "README.md").read_text("utf-8")
    assert "`words.csv`" in readme
    assert "words of the source document are not in it" not in readme
    assert verify(release.folder, small_with_text.project) == []


def test_a_document_may_allow_all_words(small_with_text: Small, tmp_path: Path) -> None:
    """Those of every sentence."""
    allow(small_with_text, "all")
    release = released(small_with_text, tmp_path)
    found = {row["words"] for row in rows(release)}
    assert found >= {*QUOTED, "1.Rivers", "It is 1,094 km long."}
    assert verify(release.folder) == []


def test_without_the_text_there_are_no_words(small: Small, tmp_path: Path) -> None:
    """What is allowed is not what is at hand."""
    allow(small, "all")
    release = released(small, tmp_path)
    assert not (release.folder / "words.csv").exists()
    assert verify(release.folder) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Hamburg", "Bremen", "row 2 has other words"),
        (",44,", ",45,", "row 2 has words that the document does not allow"),
        ("document,start", "paper,start", "is not of the form"),
    ],
)
def test_words_that_are_not_those_cited_are_found(
    small_with_text: Small, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Each row is held against the digest in the dataset."""
    allow(small_with_text, "quoted")
    release = released(small_with_text, tmp_path)
    path = release.folder / "words.csv"
    body = path.read_bytes().decode("utf-8")
    assert old in body
    path.write_bytes(body.replace(old, new).encode("utf-8"))
    assert any(
        problem.file == "words.csv" and said in problem.what for problem in verify(release.folder)
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[documents.elbe]\nwords = "some"\n', "one of never, quoted, all"),
        ("[documents.elbe]\nword = 1\n", "documents.elbe.word is unknown"),
        ("[documents]\nelbe = 1\n", "no table"),
    ],
)
def test_what_is_said_of_a_document_must_be_right(small: Small, lines: str, said: str) -> None:
    """Else nothing is built."""
    path = small.folder / "cgkg.toml"
    path.write_text(path.read_text("utf-8") + lines, "utf-8")
    with pytest.raises(ConfigError) as caught:
        _ = small.project
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_a_document_that_is_none_is_a_finding(small: Small) -> None:
    """A name that was mistyped allows nothing in silence."""
    path = small.folder / "cgkg.toml"
    path.write_text(path.read_text("utf-8") + '[documents.elb]\nwords = "all"\n', "utf-8")
    (finding,) = check(small.project).report.violations
    assert finding.message["en"] == "there is no document elb"
