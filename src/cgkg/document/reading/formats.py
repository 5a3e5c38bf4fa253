"""A file of any format that is taken in -> its text and blocks, or one sentence why not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from cgkg.document.cutting import guess_language, language_shares
from cgkg.document.reading.passages import CanonicalText

SUFFIXES: Final = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html",
    ".htm": "html", ".xhtml": "html", ".docx": "word", ".pdf": "pdf",
}  # fmt: skip
FORMATS: Final = "plain text, Markdown, HTML, .docx, and PDF"
LARGEST: Final = 16 << 20
"""Bytes of a document."""
_SAMPLE = 20_000  # bytes by which an encoding is guessed

_CHARSET = re.compile(
    rb"(?:<meta[^>]{0,200}?charset|^<\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})",
    re.I,
)
_MEANT = {"iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
          "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
          "euc-kr": "cp949"}  # fmt: skip
"""What is meant by encodings that pages declare, as browsers read them (WHATWG, Encoding)."""
_SINGLE = ("cp1252", "cp1251", "cp1253", "cp1250", "cp1256", "koi8-r")
_OLDER = ("utf-16-le", "utf-16-be", "cp932", "euc_jp", "gb18030", "big5", "cp949", *_SINGLE)
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "a document of Word before 2007: save it as .docx",
    b"{\\rtf": "RTF: save it as .docx",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "compressed: unpack it",
}


def read_document(
    path: Path, content: bytes, *, encoding: str | None = None, wrapped: bool | None = None
) -> CanonicalText:
    """The document that the file is.

    Args:
        path: only its name is looked at.
        content: of the file.
        encoding: of a text; without it UTF-8, or what a page of HTML declares.
        wrapped: whether lines of plain text are parts of paragraphs; without it they are looked at.

    Raises:
        ValueError: it cannot be taken in; one sentence that says why.
    """
    if not content.strip():
        raise ValueError("it is empty")
    kind = _kind(path, content)
    if kind == "word":
        from cgkg.document.reading.word import read_word

        reading = read_word(content)
    elif kind == "pdf":
        reading = _read_pdf(content)
    else:
        reading = _read_text(kind, content, encoding, wrapped)
    if not reading.blocks:
        raise ValueError("it holds no words")
    return reading


def _kind(path: Path, content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        if b"word/" not in content:
            raise ValueError(f"it is a zip file and no .docx; {FORMATS} are read")
        return "word"
    for begin, what in _OTHERS.items():
        if content.startswith(begin):
            raise ValueError(f"it is {what}; {FORMATS} are read")
    kind = SUFFIXES.get(path.suffix.lower(), "text")
    if kind in ("word", "pdf"):
        raise ValueError(f"it is no {path.suffix.lower()}, whatever its name says")
    return kind


def _read_pdf(content: bytes) -> CanonicalText:
    from cgkg.document.reading.pdf import read_pdf

    try:
        return read_pdf(content)
    except ImportError:
        raise ValueError("PDF is read by an extra: pip install 'cgkg[pdf]'") from None


def _read_text(
    kind: str, content: bytes, encoding: str | None, wrapped: bool | None
) -> CanonicalText:
    text = _decoded(kind, content, encoding)
    if "\x00" in text:
        raise ValueError(f"it is no text: it holds NUL at character {text.index(chr(0))}")
    if kind == "text":
        from cgkg.document.reading.plain import read_plain

        reading = read_plain(text, wrapped=wrapped)
        same = reading.same and text.encode("utf-8") == content
        return replace(reading, same=same)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        if kind == "html":
            from cgkg.document.reading.html import read_html

            return read_html(text)
        from cgkg.document.reading.markdown import read_markdown

        return read_markdown(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _decoded(kind: str, content: bytes, encoding: str | None) -> str:
    if encoding is not None:
        try:
            return content.decode(encoding)
        except LookupError:
            raise ValueError(f"there is no encoding {encoding!r}") from None
        except (UnicodeDecodeError, ValueError):
            raise ValueError(f"it is not in the encoding {encoding}") from None
    try:
        if not content.startswith((b"\xff\xfe", b"\xfe\xff")) and content.count(0) * 4 < len(
            content
        ):
            return content.decode("utf-8")
    except UnicodeDecodeError as error:
        declared = _CHARSET.search(content, 0, 4096) if kind == "html" else None
        if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
            name = declared[1].decode("ascii").lower()
            try:
                return _decoded(kind, content, _MEANT.get(name, name))
            except ValueError as wrong:
                raise ValueError(f"{wrong}, as it declares; say another by --encoding") from None
        byte, likely = content[error.start], _likely(content)
        raise ValueError(
            f"it is not UTF-8 at byte {error.start} (0x{byte:02X}): it may be {likely[0]}, which"
            f" --encoding {likely[1]} reads; or save it as UTF-8"
        ) from None
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise ValueError("it looks like UTF-32: --encoding utf-32 reads it; or save it as UTF-8")
    raise ValueError("it looks like UTF-16: --encoding utf-16 reads it; or save it as UTF-8")


def _likely(content: bytes) -> tuple[str, str]:
    """What the encoding may be called, and its name: the one in which most words are known."""
    best, name = 0.0, "cp1252"
    for encoding in _OLDER:
        try:
            text = content[:_SAMPLE].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < min(len(content), _SAMPLE) - 4:
                continue
            text = content[: error.start].decode(encoding)
        share = max(language_shares(text).values())
        if share > best and guess_language(text):
            best, name = share, encoding
    return ("Latin-1" if name == "cp1252" else name), name
