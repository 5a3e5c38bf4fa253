"""Which files are RDF, and in which syntax: by name, or by content where names do not say."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from pathlib import Path

from cgkg.errors import SourceError
from cgkg.formats import GRAPHS, Format
from cgkg.rdf.compression import (
    ARCHIVE,
    COMPRESSIONS,
    archive_members,
    is_archive,
    open_decompressed,
    without_compression,
)
from cgkg.rdf.sniffing import HEAD, content_format, foreign_syntax, what_to_do

_BY_SUFFIX = {f".{suffix}": form for form in GRAPHS for suffix in form.suffixes}
RDF_FILES = f"{', '.join(_BY_SUFFIX)}, also compressed ({', '.join(COMPRESSIONS)}) and in {ARCHIVE}"
"""What names of RDF files may end in, for messages."""
BY_CONTENT = (".xml", ".json")
"""What names of files end in that may be RDF/XML or JSON-LD: their content says."""


def is_rdf(path: Path) -> bool:
    """Whether the file's name ends as those of RDF files do."""
    return without_compression(path).suffix.lower() in _BY_SUFFIX


def may_be_rdf(path: Path) -> bool:
    """Whether the file's name leaves it to the content whether it is RDF."""
    return without_compression(path).suffix.lower() in BY_CONTENT


def head_of(path: Path) -> bytes:
    """The first bytes of a file's content, to see what it is.

    XML that declares UTF-16 comes as it is written: here without its mark and the zeros beside its
    letters.

    Raises:
        SourceError: it cannot be read.
    """
    with open_decompressed(path) as file:
        return (
            file.read(HEAD)
            .removeprefix(BOM_UTF16_LE)
            .removeprefix(BOM_UTF16_BE)
            .replace(b"\0", b"")
        )


def syntax_of(path: Path) -> Format:
    """The syntax of an RDF file, by its name; of .xml and .json by its content.

    Raises:
        SourceError: the name does not say one, and the content neither.
    """
    suffix = without_compression(path).suffix
    if is_archive(path):
        archive_members(path)
        raise SourceError("a zip archive is read as the files in it", path=path, hint="unpack it")
    form = _BY_SUFFIX.get(suffix.lower())
    if form is None and may_be_rdf(path):
        form = content_format(head_of(path))
    if form is None:
        foreign = None
        with suppress(SourceError):
            foreign = foreign_syntax(head_of(path))
        raise SourceError(
            f"it is {foreign}" if foreign else f"unknown RDF file extension {suffix!r}",
            path=path,
            hint=what_to_do(foreign) if foreign else f"use one of {RDF_FILES}",
        )
    return form
