"""The commands, run in the tests' own process: loading the libraries anew takes a second each.

That they run as processes, too, is for test_cli, test_starter and test_wheel to show.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from click.testing import CliRunner

from cgkg.cli.commands import main


def run(
    *words: str, cwd: Path | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """What `cgkg` with these words and this input says and ends with, in that folder."""
    with contextlib.chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(main, list(words), input=stdin, catch_exceptions=False)
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
