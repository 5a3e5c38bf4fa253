"""The content of files: decompressed, taken out of archives, in UTF-8 without a byte order mark.

A member of a zip archive has a path of its own, `g.zip!folder/a.ttl`, and is read as a file is;
nothing is unpacked on disk.
"""

from __future__ import annotations

import codecs
import io
import os
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from cgkg.errors import SourceError
from cgkg.opening import open_regular

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from _typeshed import WriteableBuffer

ARCHIVE = ".zip"
"""What names of archives end in."""
EXPANDED = 1 << 28
"""Bytes that any compressed file may expand to; beyond, `RATIO` is the bound."""
RATIO = 200
"""How many times its own size a large compressed file may expand to."""
_BLOCK = 1 << 16  # bytes of a file read at a time
_PART = 1 << 20  # bytes decompressed at a time
_FEED = 1 << 10  # of zstd, which has no bound on what it makes of the bytes it is given
_SEPARATOR = "!"


class _Stream(Protocol):
    """Decompresses one stream of a file; a file may hold several, one after the other."""

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """A part of the content, of bounded size, and what of the data has still to be given."""

    @property
    def eof(self) -> bool:
        """Whether the stream is at its end."""

    @property
    def waiting(self) -> bool:
        """Whether there is more content to be had without giving data."""


class _Zlib:
    waiting = False

    def __init__(self) -> None:
        self._made = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._made.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        part = self._made.decompress(data, _PART)
        return part, self._made.unused_data if self._made.eof else self._made.unconsumed_tail


class _Buffering:
    """bzip2 and xz as Python has them: they keep the data that they have not used yet."""

    def __init__(self, made: Any) -> None:
        self._made = made

    @property
    def eof(self) -> bool:
        return bool(self._made.eof)

    @property
    def waiting(self) -> bool:
        return not self._made.eof and not self._made.needs_input

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        part = self._made.decompress(data, _PART)
        return part, self._made.unused_data if self._made.eof else b""


class _Zstd:
    waiting = False

    def __init__(self, made: Any) -> None:
        self._made = made

    @property
    def eof(self) -> bool:
        return bool(self._made.eof)

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        part = self._made.decompress(data[:_FEED])
        return part, (self._made.unused_data if self._made.eof else b"") + data[_FEED:]


# Python can be built without bz2 and lzma, so these are imported for files that need them.


def _bzip2() -> _Stream:
    from bz2 import BZ2Decompressor

    return _Buffering(BZ2Decompressor())


def _xz() -> _Stream:
    from lzma import LZMADecompressor

    return _Buffering(LZMADecompressor())


def _zstd() -> _Stream:
    from zstandard import ZstdDecompressor

    return _Zstd(ZstdDecompressor().decompressobj())


COMPRESSIONS: Mapping[str, tuple[str, Callable[[], _Stream]]] = {
    ".gz": ("gzip", _Zlib),
    ".bz2": ("bzip2", _bzip2),
    ".xz": ("xz", _xz),
    ".zst": ("zstd", _zstd),
}
"""What names of files end in, lower case: the compression's name, and what begins a stream."""


def without_compression(path: Path) -> Path:
    """The name of the file once it is decompressed: `a.nt` for `a.nt.gz`."""
    return path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path


def open_decompressed(path: Path) -> BinaryIO:
    """The content of a file, to be read from beginning to end and closed.

    A byte order mark is left out; content in UTF-16 or UTF-32 with one comes in UTF-8, unless it
    is XML in UTF-16 that declares its encoding.

    Args:
        path: a file, whose name may say a compression, or a member of an archive.

    Raises:
        SourceError: it cannot be opened, or is no regular file; or, while it is read, it is
            damaged, ends early, or expands to more than its size allows.
    """
    file = _open_member(path) if container_of(path) else _open_regular(path)
    try:
        if without_compression(path) != path:
            file = io.BufferedReader(cast("Any", _Decompressed(path, file)), _BLOCK)
        return _as_utf8(file, path)
    except BaseException:
        file.close()
        raise


def read_decompressed(path: Path) -> bytes:
    """The content of a file; raises as `open_decompressed`."""
    with open_decompressed(path) as file:
        return file.read()


def _open_regular(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None


class _Filled(io.RawIOBase):
    """Content made in parts; reads give as much as is asked for, unless it ends."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: WriteableBuffer) -> int:
        place = memoryview(target).cast("B")
        filled = 0
        while filled < len(place):
            if not self._held:
                part = self._next()
                if not part:
                    break
                self._held = memoryview(part)
            size = min(len(place) - filled, len(self._held))
            place[filled : filled + size], self._held = self._held[:size], self._held[size:]
            filled += size
        return filled

    def _next(self) -> bytes:
        """The next part; nothing at the end."""
        raise NotImplementedError

    def close(self) -> None:
        self._file.close()
        super().close()


class _Decompressed(_Filled):
    """The content of a compressed file as it is read."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        super().__init__(path, file)
        self._name, self._begin = COMPRESSIONS[path.suffix.lower()]
        self._stream: _Stream | None = self._begun()
        self._given = b""
        self._taken = self._made = 0

    def _next(self) -> bytes:
        while True:
            waiting = self._stream is not None and self._stream.waiting
            if not self._given and not waiting:
                self._given = self._file.read(_BLOCK)
                self._taken += len(self._given)
                if not self._given and self._stream:
                    raise self._damaged("it ends early")
                if not self._given:
                    return b""
            part = self._step()
            if part:
                self._made += len(part)
                check_expansion(self._path, self._made, self._taken)
                return part

    def _step(self) -> bytes:
        if self._stream is None:
            self._given = self._given.lstrip(b"\0")  # what tapes and blocks are filled up with
            if not self._given:
                return b""
            self._stream = self._begun()
        try:
            part, self._given = self._stream.step(self._given)
        except Exception as error:  # each library has errors of its own
            raise self._damaged(str(error)) from None
        if self._stream.eof:
            self._stream = None
        return part

    def _begun(self) -> _Stream:
        try:
            return self._begin()
        except ImportError as error:
            raise SourceError(
                f"this Python cannot read {self._name} files: {error}",
                path=self._path,
                hint="decompress it",
            ) from None

    def _damaged(self, what: str) -> SourceError:
        return SourceError(
            f"not a whole {self._name} file: {what}",
            path=self._path,
            hint="compress it anew, or fetch it again",
        )


def check_expansion(path: Path, made: int, taken: int) -> None:
    """Refuse a small file that expands without end.

    Args:
        path: the file.
        made: how many bytes its content has so far.
        taken: from how many bytes they were made.

    Raises:
        SourceError: they are too many.
    """
    if made > EXPANDED and made > RATIO * taken:
        raise SourceError(
            f"it expands to more than {EXPANDED >> 20:,} MiB, over {RATIO} times its size",
            path=path,
            hint="decompress it, if that is what it should hold",
        )


# -- archives --------------------------------------------------------------------------------------


def is_archive(path: Path) -> bool:
    """Whether the file's name is that of a zip archive."""
    return path.suffix.lower() == ARCHIVE


def member_path(archive: Path, name: str) -> Path:
    """The path of an archive's member: `g.zip!a.ttl`."""
    return Path(f"{archive}{_SEPARATOR}{name}")


def container_of(path: Path) -> Path | None:
    """The archive that a path is inside of, or None for a file of its own."""
    at = str(path).lower().find(ARCHIVE + _SEPARATOR)
    if at < 0 or path.exists():
        return None
    archive = Path(str(path)[: at + len(ARCHIVE)])
    return archive if archive.is_file() else None


def archive_members(archive: Path) -> list[tuple[str, str]]:
    """Name of every file in the archive, and why it cannot be read, which is empty if it can.

    Raises:
        SourceError: it is no whole zip archive.
    """
    unread = dict[str, str]()
    for info in _archive(archive).infolist():
        name = info.filename
        if info.is_dir():
            continue
        odd = name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/"))
        reason = "it is encrypted" if info.flag_bits & 1 else ""
        unread[name] = "its name is no path inside the archive" if odd else reason
    return list(unread.items())


def _archive(path: Path) -> ZipFile:
    with _open_regular(path) as file:
        said = os.fstat(file.fileno())
    return _opened_archive(path, said.st_ino, said.st_mtime_ns, said.st_size)


@lru_cache(maxsize=2)  # a table of contents is read once for all members
def _opened_archive(path: Path, *state: int) -> ZipFile:
    from zipfile import BadZipFile, ZipFile

    try:
        return ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged_archive(path, error) from None


def _damaged_archive(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"not a whole zip archive: {error}", path=path, hint="pack it anew, or fetch it again"
    )


def _open_member(path: Path) -> BinaryIO:
    container = container_of(path)
    assert container is not None, path
    archive = _archive(container)
    try:
        info = archive.getinfo(str(path)[len(str(container)) + 1 :])
        file = cast("BinaryIO", archive.open(info))
    except KeyError:
        raise SourceError("there is no such file in the archive", path=path) from None
    except Exception as error:  # unknown methods, passwords, damage: each has its own
        raise _damaged_archive(path, error) from None
    return io.BufferedReader(cast("Any", _Member(path, file, info)), _BLOCK)


class _Member(_Filled):
    """A file of an archive as it is read."""

    def __init__(self, path: Path, file: BinaryIO, info: ZipInfo) -> None:
        super().__init__(path, file)
        self._size, self._made = info.compress_size, 0

    def _next(self) -> bytes:
        try:
            part = self._file.read(_PART)
        except Exception as error:  # of zlib, bz2, lzma and zipfile
            raise _damaged_archive(self._path, error) from None
        self._made += len(part)
        check_expansion(self._path, self._made, self._size)
        return part


# -- encodings -------------------------------------------------------------------------------------

_MARKS = {  # UTF-32 before UTF-16, whose mark its own begins with
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF8: "utf-8",
}
_NOT_OF_EXPAT = ("utf-32-le", "utf-32-be")


def _as_utf8(file: BinaryIO, path: Path) -> BinaryIO:
    head = cast("io.BufferedReader", file).peek(64)[:64]
    for mark, encoding in _MARKS.items():
        if not head.startswith(mark):
            continue
        if encoding == "utf-8":
            file.read(len(mark))
        elif encoding in _NOT_OF_EXPAT or not head[len(mark) :].startswith(
            "<?xml".encode(encoding)
        ):
            file.read(len(mark))
            return io.BufferedReader(cast("Any", _Recoded(path, file, encoding)), _BLOCK)
        break
    return file


class _Recoded(_Filled):
    """Text of another encoding in UTF-8."""

    def __init__(self, path: Path, file: BinaryIO, encoding: str) -> None:
        super().__init__(path, file)
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def _next(self) -> bytes:
        while True:
            part = self._file.read(_BLOCK)
            try:
                text = self._decoder.decode(part, final=not part).encode()
            except UnicodeError as error:
                raise SourceError(
                    f"it begins with the mark of {self._encoding.upper()}, and is not: {error}",
                    path=self._path,
                    hint="save it as UTF-8",
                ) from None
            if text or not part:
                return text
