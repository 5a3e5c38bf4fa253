"""A project as it was in a git revision; the repository is only read."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgkg.errors import ConfigError


@contextmanager
def check_out(revision: str, folder: Path) -> Iterator[Path]:
    """The project folder as it was in a revision, in a copy that is removed afterwards.

    The copy is of the whole repository, as imports may lead out of the project's folder. Around it
    stands, by links, what stands around the repository now: that has no revisions.

    Raises:
        ConfigError: there is no git, no repository or no such revision.
    """
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", revision + "^{commit}")
    top = Path(_git(folder, "rev-parse", "--show-toplevel"))
    inside = _git(folder, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory(prefix="cgkg-") as made:
        copy = _surround(top, Path(made))
        archive = _run_git(top, "archive", "--format=tar", commit)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            # Links may lead anywhere, as those of the working folder may; no file is put outside.
            tar.extractall(copy, filter="tar")
        yield copy / inside


def _surround(top: Path, made: Path) -> Path:
    """An empty folder for a copy of `top`, below folders that have the neighbours of that one."""
    copy = made / top.relative_to(top.anchor)
    copy.mkdir(parents=True)
    here = top
    while here != here.parent:
        for neighbour in _entries(here.parent):
            link = made / neighbour.relative_to(top.anchor)
            if neighbour != here:
                link.symlink_to(neighbour)
        here = here.parent
    return copy


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it cannot be looked into
        return []


def _git(folder: Path, *arguments: str) -> str:
    """What git says on one line."""
    return _run_git(folder, *arguments).decode("utf-8", "surrogateescape").removesuffix("\n")


def _run_git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed", hint="compare folders instead") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ConfigError(
            f"git, in {folder}: {said[-1] if said else 'failed'}",
            hint="REV: names a revision of the project's own repository",
        ) from None
    return done.stdout
