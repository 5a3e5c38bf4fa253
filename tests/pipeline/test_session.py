"""A project that is kept is, after any edit, what a build from nothing makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from edits import Author, make_project

from cgkg.errors import CgkgError
from cgkg.pipeline import check, merge_checked, read_manifest
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.session import Session, Update
from cgkg.store.dataset import DatasetLines
from cgkg.validation.coverage import cover

# A blank node without a label gets one at random whenever its file is read.
_RANDOM_LABEL = re.compile(r"_:[0-9a-f]{20,}")


@dataclass(frozen=True)
class Whole:
    """What a build from nothing makes."""

    name: str
    findings: list[str]
    conforms: bool
    lines: DatasetLines
    manifest: dict[str, Any]
    coverage: dict[str, Any]


def build_whole(folder: Path) -> Whole:
    project = Project.at(folder)
    checked = check(project, text=open_texts(project))
    name = project.fingerprint()
    return Whole(
        name,
        told(checked.report.as_dict()["findings"]),
        checked.report.conforms,
        merge_checked(checked),
        read_manifest(checked, name),
        cover(checked.sources).as_dict(),
    )


def told(findings: Iterable[dict[str, Any]]) -> list[str]:
    texts = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in findings]
    named = [_RANDOM_LABEL.sub("[]", text) for text in texts]
    return texts if named == texts else sorted(named)


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
        assert told(update.report.as_dict()["findings"]) == whole.findings, what
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


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_long_sequences_of_random_edits(tmp_path: Path, seed: int) -> None:
    """The same, many edits long."""
    states = follow(tmp_path, seed, 60)
    assert min(states.count("good"), 60 - states.count("good")) > 5
