"""Files of queries in the encodings that editors write."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from cgkg.encoding import decode_query, read_query_file
from cgkg.errors import SourceError

QUERY = "# \u540d\nSELECT * {}\r\n"


@pytest.mark.parametrize(
    "content",
    [
        QUERY.encode(),
        codecs.BOM_UTF8 + QUERY.encode(),
        codecs.BOM_UTF16_LE + QUERY.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + QUERY.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-8 with a mark", "UTF-16, little endian", "UTF-16, big endian"],
)
def test_a_query_is_the_same_in_every_encoding(tmp_path: Path, content: bytes) -> None:
    """The mark is no part of it, and the ends of lines stay."""
    path = tmp_path / "a.rq"
    path.write_bytes(content)
    assert read_query_file(path) == QUERY


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("# ok\n# \u00e9".encode("latin-1"), "a.rq:2:3: not UTF-8: byte 7, 0xe9"),
        (codecs.BOM_UTF8 + b"# \xe9", "a.rq:1:3: not UTF-8: byte 5, 0xe9"),
        (codecs.BOM_UTF16_LE + b"a\0\n\0b", "a.rq:2:1: not UTF-16: byte 6, 0x62"),
        ("SELECT".encode("utf-16-le"), "a.rq:1:2: not UTF-8: byte 1 is NUL"),
        ("SELECT".encode("utf-16-be"), "a.rq:1:1: not UTF-8: byte 0 is NUL"),
        ("SELECT".encode("utf-32"), "a.rq:1:1: UTF-32 is not read"),
    ],
)
def test_other_encodings_are_an_error_with_its_place(content: bytes, message: str) -> None:
    """File, line, column and byte, and what to do."""
    with pytest.raises(SourceError) as raised:
        decode_query(content, "a.rq")
    assert raised.value.message == message
    assert "save it as UTF-8" in raised.value.hint


def test_nul_characters_at_the_end_are_no_sign_of_another_encoding() -> None:
    """C programs leave them; whoever reads the query leaves them out."""
    assert decode_query(b"ASK {}\0", "a.rq") == "ASK {}\0"
