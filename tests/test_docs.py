"""What the documentation says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from cgkg.cli import main
from cgkg.store import Generation

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_first_screen_is_whole() -> None:
    """One sentence, two commands, one query with its answer, one picture, in thirty lines."""
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    for part in ("make serve", "make test", "$ cgkg query", "(5 solutions)", "![", ".svg"):
        assert part in first


def test_the_answer_shown_is_the_answer_given(clusters: Generation) -> None:
    """The README's query prints what the README shows."""
    store = str(clusters.folder.parents[1])
    query = str(ROOT / "queries" / "examples" / "1-shared-members.rq")
    done = CliRunner().invoke(main, ["query", query, "--project", str(ROOT), "--store", store])
    shown = re.search(r"1-shared-members\.rq\n(.*?)\n\n", (ROOT / "README.md").read_text(), re.S)
    assert shown
    assert [line[4:] for line in shown.group(1).splitlines()] == done.stdout.splitlines()


def test_every_command_is_in_the_readme() -> None:
    """A command without a line in the README fails here."""
    text = (ROOT / "README.md").read_text("utf-8")
    for name in main.commands:
        assert f"`cgkg {name}" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file here."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Paths in backticks that look like files of the project are there."""
    for name in re.findall(
        r"`((?:src|docs|data|tests|benchmarks)/[\w./-]+)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists() or (ROOT / name).parent.is_dir(), name
