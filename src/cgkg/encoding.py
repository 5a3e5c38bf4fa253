"""Files of queries, as editors write them: UTF-8, or UTF-16 that begins with a byte order mark."""

from __future__ import annotations

import codecs
from pathlib import Path

from cgkg.errors import SourceError
from cgkg.opening import read_regular

_LARGEST = 16 << 20  # bytes of a file
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_query_file(path: Path) -> str:
    """The text of a file, without its byte order mark.

    Raises:
        OSError: it cannot be read.
        SourceError: as `decode_query`.
    """
    return decode_query(read_regular(path, _LARGEST), path)


def decode_query(content: bytes, path: Path | str) -> str:
    """The text of these bytes, without their byte order mark.

    Args:
        content: all of the file.
        path: what an error calls it.

    Raises:
        SourceError: they are in no encoding that is read; says the line, column and byte.
    """
    if content.startswith(_UTF32):
        raise _error("UTF-32 is not read", path, "")
    name, decoder = "UTF-8", "utf-8-sig"
    if content.startswith(_UTF16):
        name = decoder = "UTF-16"
    try:
        text = content.decode(decoder)
    except UnicodeDecodeError as error:
        # What was decoded begins after the mark of UTF-8.
        at = error.start + len(content) - len(error.object)
        good = content[:at].decode(decoder, "ignore")
        raise _error(f"not {name}: byte {at}, {content[at]:#04x}", path, good) from None
    # A NUL inside is half of a character in UTF-16; at the end, C programs leave it.
    good, nul, _ = text.rstrip("\0").partition("\0")
    if nul:
        at = len(good.encode(name))
        raise _error(f"not {name}: byte {at} is NUL", path, good)
    return text


def _error(what: str, path: Path | str, good: str) -> SourceError:
    return SourceError(
        what,
        path=path,
        line=good.count("\n") + 1,
        column=len(good) - good.rfind("\n"),
        hint="save it as UTF-8, with or without a byte order mark, or as UTF-16 with one",
    )
