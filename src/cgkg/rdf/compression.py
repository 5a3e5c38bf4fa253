"""Compressed files: read as what they hold, whatever the compression that their names end in."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from cgkg.errors import SourceError
from cgkg.opening import open_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 16  # bytes of a file read at a time


class _Stream(Protocol):
    """Decompresses one stream of a file; a file may hold several, one after the other."""

    @property
    def eof(self) -> bool:
        """Whether the stream is at its end."""

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end."""

    def decompress(self, data: bytes, /) -> bytes:
        """The next part of the content."""


# Python can be built without bz2 and lzma, so these are imported for files that need them.


def _bzip2() -> _Stream:
    from bz2 import BZ2Decompressor

    return BZ2Decompressor()


def _xz() -> _Stream:
    from lzma import LZMADecompressor

    return LZMADecompressor()


def _zstd() -> _Stream:
    from zstandard import ZstdDecompressor

    return ZstdDecompressor().decompressobj()


COMPRESSIONS: Mapping[str, tuple[str, Callable[[], _Stream]]] = {
    ".gz": ("gzip", lambda: zlib.decompressobj(wbits=31)),
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

    Raises:
        SourceError: the file cannot be opened; or, while it is read, it is damaged or ends early.
    """
    try:
        file = open_regular(path)
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    if without_compression(path) == path:
        return file
    return cast("BinaryIO", io.BufferedReader(_Decompressed(path, file)))


def read_decompressed(path: Path) -> bytes:
    """The content of a file; raises as `open_decompressed`."""
    with open_decompressed(path) as file:
        return file.read()


class _Decompressed(io.RawIOBase):
    """The content of a compressed file as it is read."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._name, self._begin = COMPRESSIONS[path.suffix.lower()]
        self._stream: _Stream | None = self._begun()
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: WriteableBuffer) -> int:
        while not self._held:
            part = self._file.read(_BLOCK)
            if not part and self._stream:
                raise self._damaged("it ends early")
            if not part:
                return 0
            self._held = memoryview(self._decompress(part))
        place = memoryview(target)
        size = min(len(place), len(self._held))
        place[:size], self._held = self._held[:size], self._held[size:]
        return size

    def _decompress(self, part: bytes) -> bytes:
        found = []
        while part:
            if self._stream is None:
                part = part.lstrip(b"\0")  # what tapes and blocks are filled up with
                if not part:
                    break
                self._stream = self._begun()
            try:
                found.append(self._stream.decompress(part))
            except Exception as error:  # each library has errors of its own
                raise self._damaged(str(error)) from None
            part = b""
            if self._stream.eof:
                part, self._stream = self._stream.unused_data, None
        return b"".join(found)

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

    def close(self) -> None:
        self._file.close()
        super().close()
