"""What a folder of RDF holds: the files that are read, and everything else with the reason.

Left out without a word are what cgkg writes itself: stores of built graphs, and build/ in the
folder as long as it holds nothing else.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from cgkg.errors import SourceError, shown
from cgkg.rdf.compression import archive_members, is_archive, member_path, without_compression
from cgkg.rdf.io import head_of, is_rdf, may_be_rdf
from cgkg.rdf.sniffing import FOREIGN_NAMES, content_format, foreign_syntax, what_to_do

_OURS = {"store", "release"}  # what build/ holds that is no data
_NO_FILES = {
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


class NotRead(NamedTuple):
    """Something in a folder that a build does not read: its path there, for people, and why."""

    name: str
    reason: str


def survey(
    folder: Path, *, known: Collection[Path] = ()
) -> tuple[tuple[Path, ...], tuple[NotRead, ...]]:
    """The RDF files in a folder and below, sorted by path; and what is not read.

    Names that end as those of RDF files do are read, also in a zip archive; of .xml and .json files
    those that hold RDF/XML and JSON-LD. Hidden files and folders are not, nor what is no file, nor
    a link to a folder: it may lead anywhere, also in a circle.

    Args:
        folder: where to look.
        known: files that are read for another purpose.

    Raises:
        SourceError: a file whose content decides cannot be read.
    """
    files, others = list[Path](), list[NotRead]()
    for path, reason in _walk(folder):
        if path in known and not reason:
            continue
        for one, why in [(path, reason)] if reason else _look_into(path):
            if why:
                others.append(NotRead(shown(one.relative_to(folder)), why))
            else:
                files.append(one)
    files.sort(key=lambda path: path.relative_to(folder).parts)
    return tuple(files), tuple(sorted(others))


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file, with an empty reason; and what is not looked into, with the reason."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as scanned:
                entries = list(scanned)
        except OSError as error:
            yield here, f"it cannot be looked into: {error.strerror}"
            continue
        for entry in entries:
            path = here / entry.name
            reason, is_folder = _judge(entry)
            if reason or not is_folder:
                yield path, reason
            elif here == folder and entry.name == "build":
                if set(os.listdir(path)) - _OURS:
                    yield path, "the folder that cgkg builds in"
            elif not (path / "generations").is_dir():
                waiting.append(path)


def _judge(entry: os.DirEntry[str]) -> tuple[str, bool]:
    """Why an entry is not looked into, or nothing; and whether it is a folder."""
    if entry.name.startswith("."):
        return "hidden", False
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        broken = error.errno == errno.ENOENT and entry.is_symlink()
        said = "a link to nothing" if broken else error.strerror or str(error)
        return ("links in a circle" if error.errno == errno.ELOOP else said), False
    if stat.S_ISDIR(mode):
        linked = "a link to a folder; name that folder itself, or move it here"
        return (linked if entry.is_symlink() else ""), True
    return next((what for test, what in _NO_FILES.items() if test(mode)), ""), False


def _look_into(path: Path) -> Iterator[tuple[Path, str]]:
    """The file, or the members of an archive, each with the reason not to read it, if any."""
    if not is_archive(path):
        yield path, _reason(path)
        return
    try:
        members = archive_members(path)
    except SourceError:
        yield path, ""  # the build says what is wrong with it
        return
    for name, reason in members:
        member = member_path(path, name)
        if reason:
            yield member, reason
        elif any(part.startswith(".") for part in name.split("/")):
            yield member, "hidden"
        else:
            yield member, "an archive in an archive" if is_archive(member) else _reason(member)


def _reason(path: Path) -> str:
    """Why the file is not read; nothing if it is."""
    if is_rdf(path):
        return ""
    decided = may_be_rdf(path)
    ending = without_compression(path).suffix.lower()
    if not decided and ending not in FOREIGN_NAMES:
        return "its name ends in none that RDF files have"
    try:
        head = head_of(path)
    except SourceError as error:
        return error.what
    foreign = foreign_syntax(head)
    if foreign:
        return f"{foreign}: {what_to_do(foreign)}"
    if decided and content_format(head):
        return ""
    return f"no RDF by its content, which decides for {ending}"


def survey_file(path: Path) -> list[Path]:
    """The file itself, or the RDF files in an archive.

    Raises:
        SourceError: it is an archive that is damaged, or that has none.
    """
    if not is_archive(path):
        return [path]
    archive_members(path)
    readable = [one for one, reason in _look_into(path) if not reason]
    if not readable:
        raise SourceError("there are no RDF files in the archive", path=path)
    return readable
