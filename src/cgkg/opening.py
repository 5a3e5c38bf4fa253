"""Files opened as what they are meant to be: regular, of a size to be read whole, inside a folder.

A pipe that nobody writes to would never open and a device never end, so that neither is waited for.
What is wrong with a file is an OSError, whose `strerror` is a sentence for people.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import tomllib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

LARGEST = 256 << 20
"""Bytes of a file that is read whole, unless said otherwise."""
LARGEST_SETTINGS = 1 << 17
"""Bytes of a file of settings, such as cgkg.toml."""

_LINK = "it is a symbolic link, which is not followed"
_HOW = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_regular(path: Path) -> BufferedReader:
    """The file at a path, which may be a link, open for reading.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    return _regular(path, path, None, 0)


def read_regular(path: Path, limit: int = LARGEST) -> bytes:
    """All of a file that `open_regular` opens.

    Raises:
        OSError: as `open_regular`; or the file is larger than `limit` bytes.
    """
    with open_regular(path) as file:
        return _all(file, path, limit)


def regular_text(path: Path, limit: int = LARGEST) -> str:
    """All of a text in UTF-8, its lines ended by LF.

    Raises:
        OSError: as `read_regular`.
        UnicodeDecodeError: it is not UTF-8.
    """
    text = read_regular(path, limit).decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_text(path: Path, text: str) -> None:
    """Write the text in UTF-8 as all that the file holds; it may be there already.

    Raises:
        OSError: it cannot be written, or is a link, behind which another file would be lost.
    """
    how = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, how, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, _LINK, str(path)) from None
        raise
    with os.fdopen(handle, "wb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _no_file(path)
        file.truncate()
        file.write(text.encode("utf-8"))


def open_inside(folder: Path, name: str) -> BufferedReader:
    """A file in or below a folder, which may itself be a link, open for reading.

    Args:
        folder: where it must be.
        name: its path in there; none of its parts may be a link.

    Raises:
        OSError: it cannot be opened, is no regular file, or a link leads to it.
    """
    *above, last = Path(name).parts
    if Path(name).is_absolute() or ".." in above or last == "..":
        raise OSError(errno.EINVAL, f"{name!r} is no name inside the folder", str(folder))
    with contextlib.ExitStack() as opened:
        place = opened.enter_context(folder_at(folder))
        for number, part in enumerate(above, 1):
            place = opened.enter_context(folder_in(place, part, folder.joinpath(*above[:number])))
        return _regular(last, folder / name, place, os.O_NOFOLLOW)


def read_inside(folder: Path, name: str, limit: int = LARGEST) -> bytes:
    """All of a file that `open_inside` opens.

    Raises:
        OSError: as `open_inside`; or the file is larger than `limit` bytes.
    """
    with open_inside(folder, name) as file:
        return _all(file, folder / name, limit)


@contextlib.contextmanager
def folder_at(path: Path) -> Iterator[int]:
    """The descriptor of the folder at a path, which may be a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def folder_in(descriptor: int, name: str, path: Path) -> Iterator[int]:
    """The descriptor of a folder in an open one.

    Args:
        descriptor: the open folder.
        name: one name in there.
        path: what an error calls it.

    Raises:
        OSError: it is no folder, or a link to one.
    """
    try:
        below = os.open(name, _FOLDER, dir_fd=descriptor)
    except OSError as error:
        raise _explained(error, name, path, descriptor) from None
    try:
        yield below
    finally:
        os.close(below)


def parse_json(content: bytes) -> Any:
    """What JSON in UTF-8 says.

    Raises:
        ValueError: it is none, or is nested too deeply.
    """
    try:
        return json.loads(content.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file of settings.

    Raises:
        OSError: as `read_regular`.
        ValueError: it is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(read_regular(path, LARGEST_SETTINGS).decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _regular(name: str | Path, path: Path, descriptor: int | None, how: int) -> BufferedReader:
    try:
        handle = os.open(name, _HOW | how, dir_fd=descriptor)
    except OSError as error:
        raise _explained(error, name, path, descriptor) from None
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise _no_file(path)


def _all(file: BufferedReader, path: Path, limit: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    # Files that the system makes up have no size, and a file may grow meanwhile.
    content = file.read(limit + 1) if size <= limit else b""
    if size > limit or len(content) > limit:
        said = f"{limit >> 20:,} MiB" if limit >> 20 else f"{limit:,} bytes"
        raise OSError(errno.EFBIG, f"it is larger than {said}, the most that is read", str(path))
    return content


def _explained(error: OSError, name: str | Path, path: Path, descriptor: int | None) -> OSError:
    if error.errno == errno.ENXIO:  # a socket
        return _no_file(path)
    if descriptor is not None and error.errno in (errno.ELOOP, errno.ENOTDIR):
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(os.lstat(name, dir_fd=descriptor).st_mode):
                return OSError(errno.ELOOP, _LINK, str(path))
    error.filename = str(path)
    return error


def _no_file(path: Path) -> OSError:
    what = "it is no regular file: a pipe, a socket or a device"
    return OSError(errno.EINVAL, what, str(path))
