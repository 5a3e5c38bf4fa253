"""XML as events, read by expat in blocks: any encoding, and every error with its place.

Nothing outside the document is read. What another file would declare is an error where it is used,
so that nothing is left out in silence.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from cgkg.errors import SourceError

SEPARATOR = "\x01"
"""Between namespace, local name and prefix of a name; no XML document has the character."""

BLANKS = " \t\r\n"
"""What is white space in XML."""

_BLOCK = 1 << 16
_DECLARED = re.compile(
    rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
# Encodings of several bytes for a character, which expat does not read.
_MULTIBYTE = frozenset(
    {"big5", "big5-hkscs", "cp932", "cp936", "cp949", "cp950", "euc-cn", "euc-jp", "euc-kr"}
    | {"gb18030", "gb2312", "gbk", "hz-gb-2312", "iso-2022-jp", "iso-2022-kr", "johab"}
    | {"ks_c_5601-1987", "shift-jis", "shift_jis", "sjis"}
)
# Names that many write for UTF-8, and those of what comes in UTF-8 whatever it declares.
_UTF8 = frozenset({"utf8", "utf_8", "utf-32", "utf-32le", "utf-32be", "ucs-4", "iso-10646-ucs-4"})
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_REFERENCE = re.compile(rb"&([^#;&\s][^;&\s]*);")
_PREDEFINED = frozenset((b"lt", b"gt", b"amp", b"apos", b"quot"))


class XmlParser:
    """Reads one document and calls what is set for its events.

    Attributes:
        start: called with a name and a list of attribute names and values; names as expat gives
            them, parted by SEPARATOR.
        end: called with the name of an element that ends.
        text: called with text, of which there may be several parts one after the other.
        declare: called with a prefix (None is the default namespace) and its namespace.
    """

    start: Callable[[str, list[str]], None]
    end: Callable[[str], None]
    text: Callable[[str], None]
    declare: Callable[[str | None, str | None], None]

    def __init__(self, path: Path) -> None:
        """Prepare to read.

        Args:
            path: where the document is from, for errors.
        """
        self._path = path
        self._entities: dict[bytes, bytes] = {}
        self._joined = True
        self._parser: expat.XMLParserType

    def read(self, file: BinaryIO, *, joined: bool = True) -> Iterator[None]:
        """Read the document; halts after each block, so that what came of it can be taken.

        Args:
            file: the document.
            joined: whether text comes joined, which is faster, and after its place; else each line
                of it comes by itself, at its place.

        Raises:
            SourceError: it is not well-formed, or needs another file; says line and column
                (1-based).
        """
        self._joined = joined
        block = file.read(_BLOCK)
        declared = _DECLARED.match(block)
        name = declared[1].decode().lower() if declared else ""
        decoder = codecs.getincrementaldecoder(name)() if name in _MULTIBYTE else None
        self._parser = parser = self._begin("utf-8" if decoder or name in _UTF8 else None)
        size = _BLOCK
        while True:
            before = parser.CurrentByteIndex
            try:
                last = not block
                parser.Parse(decoder.decode(block, last).encode() if decoder else block, last)
            except expat.ExpatError as error:
                raise self._malformed(error) from None
            except (LookupError, ValueError) as error:  # no such encoding, or not in it
                raise self.error(f"cannot be decoded: {error}", hint="save it as UTF-8") from None
            yield
            if not block:
                return
            # A long tag is read again from its start with each block, so the blocks grow with it.
            size = 2 * size if parser.CurrentByteIndex == before else _BLOCK
            block = file.read(size)

    def _begin(self, encoding: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding, SEPARATOR)
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.buffer_text = self._joined
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.StartNamespaceDeclHandler = self.declare
        parser.EntityDeclHandler = self._declare_entity
        parser.SkippedEntityHandler = self._refuse_skipped
        parser.ExternalEntityRefHandler = self._skip_external
        return parser

    @property
    def line(self) -> int:
        """The line of the present event (1-based)."""
        return self._parser.CurrentLineNumber

    def keep_markup(
        self,
        comment: Callable[[str], None] | None = None,
        instruction: Callable[[str, str], None] | None = None,
    ) -> None:
        """Call these for comments and processing instructions from now on, None for none."""
        self._parser.CommentHandler = comment
        self._parser.ProcessingInstructionHandler = instruction

    def error(self, what: str, *, hint: str = "correct it there") -> SourceError:
        """An error at the present event."""
        column = self._parser.CurrentColumnNumber + 1
        return SourceError(what, path=self._path, line=self.line, column=column, hint=hint)

    def error_in_text(self, what: str, text: str) -> SourceError:
        """An error at the first letter of the present text; without its column if texts come
        joined, for then the parser is behind it."""
        letters = text.lstrip(BLANKS)
        line, column = self.line - letters.count("\n"), None
        if not self._joined:
            line, column = (
                self.line,
                self._parser.CurrentColumnNumber + len(text) - len(letters) + 1,
            )
        return SourceError(what, path=self._path, line=line, column=column, hint="correct it there")

    def _malformed(self, error: expat.ExpatError) -> SourceError:
        hint = "correct it there"
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]:
            hint = "the file ends before its last element does: is it whole?"
        return SourceError(
            f"not well-formed XML: {expat.errors.messages[error.code]}",
            path=self._path,
            line=error.lineno,
            column=error.offset + 1,
            hint=hint,
        )

    # What other files would declare (XML 1.0 §4.1, §4.4.3): expat leaves a reference to it out of
    # text and tells; out of an attribute it leaves it in silence.

    def _declare_entity(
        self, name: str, is_parameter: bool, value: str | None, *_where: str | None
    ) -> None:
        if not is_parameter and value is not None:
            self._entities.setdefault(name.encode(), value.encode())

    def _skip_external(
        self, context: str | None, _base: str | None, system: str | None, _public: str | None
    ) -> int:
        if context:
            raise self.error(
                f"an entity is in another file, which is not read: {system}",
                hint="write its text here",
            )
        self._parser.StartElementHandler = self._start_checked
        return 1

    def _refuse_skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            raise self._undeclared(name)

    def _start_checked(self, name: str, attributes: list[str]) -> None:
        tag = _TAG.match((self._parser.GetInputContext() or b"").replace(b"\0", b""))
        self._check_references(tag[0] if tag else b"", frozenset())
        self.start(name, attributes)

    def _check_references(self, text: bytes, within: frozenset[bytes]) -> None:
        for reference in set(_REFERENCE.findall(text)) - _PREDEFINED - within:
            if reference not in self._entities:
                raise self._undeclared(reference.decode(errors="replace"))
            self._check_references(self._entities[reference], within | {reference})

    def _undeclared(self, name: str) -> SourceError:
        return self.error(
            f"undefined entity {name!r}; the document type is in another file, which is not read",
            hint="declare the entity here",
        )
