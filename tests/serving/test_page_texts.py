"""The documents that pages show: read again only where a file changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import TEXT, Small

from cgkg.errors import ConfigError
from cgkg.project import texts as opening
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.serving.texts import PageTexts


def test_files_that_stay_as_they_are_are_not_read_again(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is another is; and what is found is what a first look finds."""
    text, description = small.write("texts/elbe.txt", TEXT), small.folder / "data/source/elbe.ttl"
    texts = PageTexts()
    first = texts.open(small.project, None)
    expected = open_texts(small.project)
    assert first is not None
    assert expected is not None
    assert first.texts.keys() == expected.texts.keys()
    with monkeypatch.context() as patch:
        patch.setattr(opening, "parse_file", None)
        assert texts.open(small.project, None) is first
    text.write_text(f"{TEXT} More.", "utf-8")
    assert texts.open(small.project, None) is None  # it is an edited copy
    text.write_text(TEXT, "utf-8")
    again = texts.open(small.project, None)
    assert again is not None
    assert again.texts.keys() == first.texts.keys()
    description.write_text(description.read_text("utf-8").replace("fileDigest", "note"), "utf-8")
    assert texts.open(small.project, None) is None


def test_a_bare_folder_has_no_documents(tmp_path: Path) -> None:
    """And a file that is given is one too many."""
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
    project, texts = Project.at(tmp_path), PageTexts()
    assert texts.open(project, None) is None
    with pytest.raises(ConfigError, match="cites no source document"):
        texts.open(project, tmp_path / "a.ttl")
