"""Sorted lines of N-Quads in files, perhaps with a change beside them; and their digest.

The digest of a dataset takes its canonical lines (RDFC-1.0), sorted, and cuts them after each line
whose CRC-32 is a multiple of 1024. It is the SHA-256 of a list: for each part the SHA-256 of its
bytes, in hexadecimal digits, and a line feed. So it depends on the lines alone, and after a change
is known from the parts that the change touches.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from zlib import crc32

from cgkg.errors import StoreError

BASE, REMOVED, ADDED = ".base.nq", ".removed.nq", ".added.nq"
_WHOLE = ".nq"
_CUT = 0x3FF  # of a line's CRC-32: lines where these bits are 0 end a part
_BLOCK = 1 << 22  # bytes read and written at a time


@dataclass(frozen=True)
class LineChange:
    """What is removed from sorted lines and what is added: both sorted, each line once, none in
    both."""

    removed: Sequence[bytes] = ()
    added: Sequence[bytes] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)

    @property
    def size(self) -> int:
        """Bytes of all its lines."""
        return sum(map(len, self.removed)) + sum(map(len, self.added))

    def then(self, later: LineChange) -> LineChange:
        """Both changes in one, this one first."""
        removed, added = set(self.removed), set(self.added)
        lost, won = set(later.removed), set(later.added)
        return LineChange(
            sorted((removed - won) | (lost - added)), sorted((added - lost) | (won - removed))
        )

    def until(self, other: LineChange) -> LineChange:
        """What leads from this change to another one of the same lines."""
        return LineChange(self.added, self.removed).then(other)


@dataclass(frozen=True)
class StoredLines:
    """Lines in a file, with a change of them.

    Attributes:
        base: the file; sorted if there is a change.
        change: what the lines have otherwise than the file.
    """

    base: Path
    change: LineChange = LineChange()

    @classmethod
    def at(cls, path: Path) -> StoredLines:
        """The lines of a file, with the change beside it if its name says that there is one.

        Raises:
            StoreError: the change cannot be read.
        """
        if not path.name.endswith(BASE):
            return cls(path)
        stem = path.name.removesuffix(BASE)
        parts = (_read_lines(path.with_name(stem + end)) for end in (REMOVED, ADDED))
        return cls(path, LineChange(*parts))

    @cached_property
    def origin(self) -> tuple[int, int, int]:
        """The file itself, whatever its name: links to one file have the same, and no
        later file has that of one that was removed.

        Raises:
            StoreError: it is not there.
        """
        try:
            stat = self.base.stat()
        except OSError as error:
            raise _unreadable(self.base, error) from None
        return stat.st_dev, stat.st_ino, stat.st_mtime_ns

    def until(self, other: StoredLines) -> LineChange | None:
        """What leads from these lines to others; None if they are of another file."""
        return self.change.until(other.change) if self.origin == other.origin else None

    @property
    def size(self) -> int:
        """Bytes of all lines.

        Raises:
            StoreError: the file is not there.
        """
        try:
            size = self.base.stat().st_size
        except OSError as error:
            raise _unreadable(self.base, error) from None
        return size - sum(map(len, self.change.removed)) + sum(map(len, self.change.added))

    def blocks(self) -> Iterator[bytes]:
        """The lines in their order, many at a time.

        Raises:
            StoreError: the file cannot be read.
        """
        with _mapped(self.base) as data:
            place = 0
            for line, is_removed in self._events():
                at = _find(data, line, place)
                yield from _slices(data, place, at)
                if not is_removed:
                    yield line
                place = at + len(line) if is_removed else at
            yield from _slices(data, place, len(data))

    def _events(self) -> list[tuple[bytes, bool]]:
        removed = ((line, True) for line in self.change.removed)
        added = ((line, False) for line in self.change.added)
        return sorted((*removed, *added))

    def open(self) -> IO[bytes]:
        """The lines as a file to be read."""
        return io.BufferedReader(_Blocks(self.blocks()), _BLOCK)

    def read(self) -> bytes:
        """All lines; raises as `blocks`."""
        return b"".join(self.blocks())

    def write(self, path: Path) -> None:
        """Write a file of all lines; raises as `blocks`, and OSError."""
        with path.open("wb") as file:
            for block in self.blocks():
                file.write(block)

    def between(self, first: bytes, end: bytes | None) -> list[bytes]:
        """The lines from one on and before another, or to the end; raises as `blocks`."""
        with _mapped(self.base) as data:
            start = _find(data, first)
            stop = len(data) if end is None else _find(data, end)
            lines = data[start:stop].splitlines(keepends=True)

        lost = set(_within(self.change.removed, first, end))
        won = _within(self.change.added, first, end)
        return sorted((*(line for line in lines if line not in lost), *won))

    def starting(self, starts: Iterable[bytes]) -> list[bytes]:
        """The lines that begin with one of these; raises as `blocks`."""
        return [line for start in starts for line in self.between(start, start + b"\xff")]


# Parts and their digests


@dataclass(frozen=True)
class Parts:
    """The parts of sorted lines: of each the first line and the digest."""

    firsts: list[bytes]
    digests: list[str]

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Parts:
        """The parts of these lines."""
        parts = cls([], [])
        start = 0
        for end in _cuts(lines):
            parts.firsts.append(lines[start])
            parts.digests.append(hashlib.sha256(b"".join(lines[start:end])).hexdigest())
            start = end
        return parts

    @classmethod
    def read(cls, path: Path) -> Parts:
        """The parts that `write` wrote.

        Raises:
            StoreError: the file cannot be read, or is none of these.
        """
        pairs = [line.split(b" ", 1) for line in _read_lines(path)]
        if any(len(pair) != 2 or len(pair[0]) != 64 for pair in pairs):
            raise StoreError(f"{path}: it is no list of digests", hint="run cgkg build")
        return cls([pair[1] for pair in pairs], [pair[0].decode("ascii") for pair in pairs])

    def write(self, path: Path) -> None:
        """Write a file with a line for each part: its digest, a blank, its first line."""
        pairs = zip(self.digests, self.firsts, strict=True)
        path.write_bytes(b"".join(b"%s %s" % (digest.encode(), line) for digest, line in pairs))

    @property
    def digest(self) -> str:
        """The digest of all lines."""
        return hashlib.sha256("".join(f"{each}\n" for each in self.digests).encode()).hexdigest()

    def until(self, other: Parts, lines: StoredLines, others: Sequence[bytes]) -> LineChange:
        """What leads from lines to others, of which only the parts are looked at that differ.

        Args:
            other: the parts of the others.
            lines: those that these are the parts of.
            others: the other lines.

        Raises:
            StoreError: the lines cannot be read.
        """
        pairs = [set(zip(each.firsts, each.digests, strict=True)) for each in (self, other)]
        removed, added = set[bytes](), set[bytes]()
        for number, pair in enumerate(zip(self.firsts, self.digests, strict=True)):
            if pair not in pairs[1]:
                removed.update(lines.between(*self._bounds(number)))
        for number, pair in enumerate(zip(other.firsts, other.digests, strict=True)):
            if pair not in pairs[0]:
                added.update(_within(others, *other._bounds(number)))
        return LineChange(sorted(removed - added), sorted(added - removed))

    def _bounds(self, number: int) -> tuple[bytes, bytes | None]:
        """From which line on and before which one the lines of a part are."""
        end = self.firsts[number + 1] if number + 1 < len(self.firsts) else None
        return self.firsts[number], end

    def changed(self, lines: StoredLines, change: LineChange) -> Parts:
        """The parts of lines after a change.

        Args:
            lines: those that these are the parts of.
            change: of these lines.

        Raises:
            StoreError: the change is not one of these lines, or they cannot be read.
        """
        if not self.firsts:
            if change.removed:
                raise _other_lines(lines)
            return Parts.of(change.added)
        touched = {
            max(bisect_right(self.firsts, line) - 1, 0) for line in (*change.removed, *change.added)
        }
        result = Parts([], [])
        number, last = 0, len(self.firsts)
        while number < last:
            if number not in touched:
                result.firsts.append(self.firsts[number])
                result.digests.append(self.digests[number])
                number += 1
                continue
            held: list[bytes] = []
            # what is left of a part goes on in the next one if its last line is no cut any more
            while number in touched or (held and not _ends(held[-1]) and number < last):
                held += self._changed_part(lines, change, number)
                number += 1
            fresh = Parts.of(held)
            result.firsts.extend(fresh.firsts)
            result.digests.extend(fresh.digests)
        return result

    def _changed_part(self, lines: StoredLines, change: LineChange, number: int) -> list[bytes]:
        """The lines of a part after a change. The first part takes all that is before it."""
        first, end = self._bounds(number)
        first = first if number else b""
        before = lines.between(first, end)
        lost, won = set(_within(change.removed, first, end)), _within(change.added, first, end)
        left = [line for line in before if line not in lost]
        if len(left) + len(lost) != len(before) or not set(won).isdisjoint(before):
            raise _other_lines(lines)
        return sorted((*left, *won))


def _within(lines: Sequence[bytes], first: bytes, end: bytes | None) -> Sequence[bytes]:
    """Of sorted lines those from one on and before another, or to the end."""
    stop = len(lines) if end is None else bisect_left(lines, end)
    return lines[bisect_left(lines, first) : stop]


def _ends(line: bytes) -> bool:
    return not crc32(line) & _CUT


def _cuts(lines: Sequence[bytes]) -> list[int]:
    """After how many lines each part ends."""
    cuts = [number for number, line in enumerate(lines, 1) if not crc32(line) & _CUT]
    if lines and (not cuts or cuts[-1] < len(lines)):
        cuts.append(len(lines))
    return cuts


def _other_lines(lines: StoredLines) -> StoreError:
    return StoreError(f"{lines.base}: the change is not one of these lines", hint="run cgkg build")


# Files


def _read_lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: {error.strerror or error}", hint="run cgkg build")


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """The bytes of a file, read where they are looked at."""
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                yield b""
                return
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        yield data
    finally:
        with suppress(BufferError):
            data.close()


def _find(data: mmap.mmap | bytes, line: bytes, start: int = 0) -> int:
    """Where the first line begins that is not before this one, from the beginning of a line on."""
    low, high = start, len(data)
    while low < high:
        middle = (low + high) // 2
        begin = data.rfind(b"\n", low, middle) + 1 or low
        end = data.find(b"\n", middle) + 1 or len(data)
        if data[begin:end] < line:
            low = end
        else:
            high = begin
    return low


def _slices(data: mmap.mmap | bytes, start: int, end: int) -> Iterator[bytes]:
    for place in range(start, end, _BLOCK):
        yield data[place : min(place + _BLOCK, end)]


class _Blocks(io.RawIOBase):
    """Reads blocks one after the other."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
