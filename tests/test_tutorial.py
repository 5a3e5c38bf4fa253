"""docs/tutorial/your-own-document.md: every command is run, every file written, in its order.

A block `console` holds commands after `$ ` and what they print; `(exit code N)` where it is not 0.
A block with `> FILE` or `>> FILE` behind its language is that file, or is added to it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from cgkg.evidence import digest

PAGE = ROOT / "docs" / "tutorial" / "your-own-document.md"
_BLOCK = re.compile(r"^```(\w+)(?: (>>?) (\S+))?\n(.*?)^```$", re.M | re.S)
_EXIT = re.compile(r"\(exit code (\d)\)\n")


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with what the page shows beneath it."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def test_the_page_is_run_from_top_to_bottom(tmp_path: Path) -> None:
    """Each command ends as the page says and prints what the page shows."""
    folder, ran = tmp_path, 0
    for language, arrow, name, body in _BLOCK.findall(PAGE.read_text("utf-8")):
        if language != "console":
            assert name, f"a block of {language} without a file"
            with (folder / name).open("a" if arrow == ">>" else "w", encoding="utf-8") as file:
                file.write(body)
            continue
        for command, shown in commands(body):
            words = shlex.split(command)
            ran += 1
            if words[0] == "cd":
                folder = folder / words[1]
                continue
            start = [sys.executable, "-m", "cgkg"] if words[0] == "cgkg" else [words[0]]
            done = subprocess.run(
                [*start, *words[1:]], cwd=folder, capture_output=True, text=True, check=False
            )
            code = _EXIT.search(shown)
            assert done.returncode == (int(code[1]) if code else 0), (
                command,
                done.stdout,
                done.stderr,
            )
            if shown.strip():
                assert done.stdout == _EXIT.sub("", shown).rstrip("\n") + "\n", command
    assert ran == 19


@pytest.mark.parametrize("words", ["The long hedge was planted by Mill Lane School in 2021"])
def test_the_digests_shown_are_those_of_the_words(words: str) -> None:
    """The page's digests were not made up."""
    assert digest(words) in PAGE.read_text("utf-8")
