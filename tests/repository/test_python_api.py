"""docs/reference/python.md: its examples run in their order and show what they print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from paths import ROOT

import cgkg
from cgkg.cli.commands import main

PAGE = ROOT / "docs" / "reference" / "python.md"


def test_the_examples_give_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block, in one namespace, after the `cgkg init` that the page names."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text("utf-8")
    assert "After `cgkg init quay`" in text
    assert CliRunner().invoke(main, ["init", "quay"]).exit_code == 0
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.M | re.S)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, None, 0)
    said: list[str] = []
    done = doctest.DocTestRunner().run(examples, out=said.append)
    assert not done.failed, "".join(said)
    assert done.attempted > 20


def test_every_public_name_is_on_the_page() -> None:
    """What `cgkg.__all__` exports has a line in one of the page's tables."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    named = set(re.findall(r"`(\w+)`", " ".join(row.split(" | ")[0] for row in rows)))
    assert set(cgkg.__all__) <= named


def test_every_public_name_says_what_it_is() -> None:
    """What is exported has a docstring, and so have its public methods."""
    for name in cgkg.__all__:
        thing = getattr(cgkg, name)
        assert thing.__doc__, name
        for part, value in vars(thing).items() if isinstance(thing, type) else ():
            if not part.startswith("_") and (callable(value) or isinstance(value, property)):
                assert getattr(value, "__doc__", None), f"{name}.{part}"
