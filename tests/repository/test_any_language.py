"""docs/how-to/any-language.md: its files are written and its commands run, in their order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from commands import run
from paths import ROOT

PAGE = ROOT / "docs" / "how-to" / "any-language.md"
_BLOCK = re.compile(r"^```(\w+)(?: > (\S+))?\n(.*?)^```$", re.M | re.S)


def test_the_page_is_run_from_top_to_bottom(tmp_path: Path) -> None:
    """Each command succeeds and prints what the page shows."""
    folder, ran = tmp_path, 0
    for _, name, body in _BLOCK.findall(PAGE.read_text("utf-8")):
        if name:
            (folder / name).write_text(body, "utf-8")
            continue
        for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            program, *words = shlex.split(command)
            ran += 1
            if program == "cd":
                folder = folder / words[0]
                continue
            done = run(*words, cwd=folder)
            assert (program, done.returncode) == ("cgkg", 0), (command, done.stderr)
            assert not shown.strip() or done.stdout == shown, command
    assert ran == 5
