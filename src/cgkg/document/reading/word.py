"""Word documents (.docx, ISO/IEC 29500): paragraphs by their styles, tables, footnotes.

A paragraph is a heading if its style, or one that style is based on, has an outline level. Numbers
that Word counts itself stand in no text and are not made up. Changes that are tracked are taken as
accepted, and words that are set hidden are left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from cgkg.document.blocks import CONTENTS, HEADING
from cgkg.document.reading.passages import CanonicalText, Passage, figures_raised, written
from cgkg.document.reading.proposals import confirmed, propose

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LARGEST = 64 << 20  # bytes of a part when unpacked
_BODY_LEVEL = 9
_NOT_SAID = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}rPr", f"{_W}pPr", _FALLBACK}
_GOES_ON = "goes on"  # a paragraph of which the end was deleted
_OFF = ("0", "false", "off")
# Of the font Symbol, which has letters of its own at U+F020 and after.
_SYMBOLS = {0xA3: "\u2264", 0xB0: "\u00b0", 0xB1: "\u00b1", 0xB3: "\u2265", 0xB4: "\u00d7",
            0xB7: "\u2022", 0xB9: "\u2260", 0xBB: "\u2248", 0xAE: "\u2192", 0x61: "\u03b1",
            0x62: "\u03b2", 0x67: "\u03b3", 0x44: "\u0394", 0x64: "\u03b4", 0x6C: "\u03bb",
            0x6D: "\u03bc", 0x70: "\u03c0", 0x53: "\u03a3", 0x73: "\u03c3"}  # fmt: skip


def read_word(content: bytes) -> CanonicalText:
    """A Word document, by its styles; where none is a heading's, with proposals.

    Raises:
        ValueError: it is none, or a part of it is too large; says what is wrong.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: _part(archive, f"word/{name}.xml")
                     for name in ("document", "styles", "footnotes", "endnotes")}  # fmt: skip
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ValueError(f"it is no .docx: {error}") from None
    document = parts["document"]
    body = document.find(f"{_W}body") if document is not None else None
    if body is None:
        raise ValueError("it is no .docx: it has no word/document.xml")
    styles = _Styles(parts["styles"])
    passages = _whole([*_Body(styles).passages(body)])
    for name in ("footnotes", "endnotes"):
        passages += _notes(parts[name])
    canonical, blocks = written(passages if confirmed(passages) else propose(passages))
    hidden = any(_is_on(mark) for mark in body.iter(f"{_W}vanish"))
    notes = ("words that are set hidden are left out",) * hidden
    return CanonicalText(canonical, blocks, language=styles.language, notes=notes)


def _part(archive: zipfile.ZipFile, name: str) -> Element | None:
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _LARGEST:
        raise ValueError(f"{name} in it is larger than {_LARGEST >> 20} MiB")
    with archive.open(info) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"{name} in it is larger than {_LARGEST >> 20} MiB")
    if b"<!DOCTYPE" in content[:4096]:
        raise ValueError(f"{name} in it declares a document type, which no .docx does")
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ValueError(f"{name} in it is no XML: {error}") from None


class _Styles:
    """Names and outline levels of the styles, with what they are based on."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self.language = ""
        for style in root.findall(f"{_W}style") if root is not None else ():
            self._styles[style.get(f"{_W}styleId", "")] = style
        defaults = root.find(f"{_W}docDefaults") if root is not None else None
        for lang in defaults.iter(f"{_W}lang") if defaults is not None else ():
            self.language = lang.get(f"{_W}val", "")

    def name(self, identifier: str) -> str:
        style = self._styles.get(identifier)
        return _value(style, "name").lower() if style is not None else identifier.lower()

    def level(self, identifier: str) -> int:
        """0 for the title, 1 to 9 for headings, `_BODY_LEVEL` + 1 for text."""
        if self.name(identifier) == "title":
            return 0
        seen: set[str] = set()
        while identifier in self._styles and identifier not in seen:
            seen.add(identifier)
            style = self._styles[identifier]
            outline = style.find(f"{_W}pPr/{_W}outlineLvl")
            if outline is not None:
                return int(outline.get(f"{_W}val", str(_BODY_LEVEL))) + 1
            identifier = _value(style, "basedOn")
        return _BODY_LEVEL + 1

    def numbered(self, identifier: str) -> bool:
        style = self._styles.get(identifier)
        return style is not None and style.find(f"{_W}pPr/{_W}numPr") is not None


class _Body:
    """The passages of the body in the order of the document; paragraphs are counted."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._count = 0

    def passages(self, parent: Element, cell: str = "", contents: bool = False
                 ) -> Iterator[Passage]:  # fmt: skip
        for child in parent:
            if child.tag == f"{_W}p":
                yield self._paragraph(child, cell, contents)
            elif child.tag == f"{_W}tbl":
                for row in _rows(child):
                    if row.find(f"{_W}trPr/{_W}del") is not None:
                        self._count += sum(1 for _ in row.iter(f"{_W}p"))
                        continue
                    head = row.find(f"{_W}trPr/{_W}tblHeader") is not None
                    for each in row.findall(f"{_W}tc"):
                        yield from self.passages(each, "th" if head else "td", contents)
            elif child.tag == f"{_W}sdt":
                gallery = child.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
                is_contents = gallery is not None and "Contents" in gallery.get(f"{_W}val", "")
                content = child.find(f"{_W}sdtContent")
                if content is not None:
                    yield from self.passages(content, cell, contents or is_contents)
            elif child.tag in (f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"):
                yield from self.passages(child, cell, contents)

    def _paragraph(self, paragraph: Element, cell: str, contents: bool) -> Passage:
        self._count += 1
        properties = paragraph.find(f"{_W}pPr")
        style = _value(properties, "pStyle") if properties is not None else ""
        name = self._styles.name(style)
        words = "".join(_words(paragraph))
        origin = f"\u00b6{self._count}" + (f" {style}" if style else "")
        if contents or name.startswith(("toc ", "table of figures")):
            return Passage(words, CONTENTS, origin=origin, why="a table of contents")
        level = self._styles.level(style)
        own = properties.find(f"{_W}outlineLvl") if properties is not None else None
        if own is not None:
            level = int(own.get(f"{_W}val", str(_BODY_LEVEL))) + 1
        if level <= _BODY_LEVEL and not cell:
            return Passage(words, HEADING, level, origin, why=f"style {name or 'outline'}")
        if cell:
            return Passage(words, cell, origin=origin, why="a table")
        if properties is not None and properties.find(f"{_W}rPr/{_W}del") is not None:
            return Passage(words, _GOES_ON, origin=origin)
        number = properties.find(f"{_W}numPr") if properties is not None else None
        taken_out = number is not None and _value(number, "numId") == "0"
        if not taken_out and (number is not None or self._styles.numbered(style)):
            depth = _value(number, "ilvl") if number is not None else ""
            return Passage(words, "item", int(depth or 0) + 1, origin, why="a list")
        return Passage(words, "para", origin=origin)


def _rows(table: Element) -> Iterator[Element]:
    """The rows of a table itself, and not of those in its cells."""
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _rows(child)


def _notes(root: Element | None) -> Iterator[Passage]:
    for note in root if root is not None else ():
        if note.get(f"{_W}type") in (None, "normal"):
            words = " ".join("".join(_words(each)) for each in note.iter(f"{_W}p"))
            origin = f"note {note.get(f'{_W}id', '')}"
            yield Passage(words, "footnote", origin=origin, why="a note")


def _words(parent: Element) -> Iterator[str]:
    for child in parent:
        if child.tag == f"{_W}r":
            yield _run(child)
        elif child.tag in (f"{_W}t", f"{_M}t"):
            yield child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            yield " "
        elif child.tag == f"{_W}p":
            yield " "
            yield from _words(child)
            yield " "
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif child.tag == f"{_W}sym":
            yield _symbol(child)
        elif child.tag not in _NOT_SAID:
            yield from _words(child)


def _run(run: Element) -> str:
    """The words of a run of letters that are set alike; figures that stand raised stay so."""
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    if hidden is not None and _is_on(hidden):
        return ""
    said = "".join(_words(run))
    properties = run.find(f"{_W}rPr")
    is_raised = properties is not None and _value(properties, "vertAlign") == "superscript"
    return figures_raised(said) if is_raised else said


def _symbol(symbol: Element) -> str:
    """The letter of a font; of one that is not known, what stands for any letter."""
    code = int(symbol.get(f"{_W}char", "fffd"), 16)
    if 0xF000 <= code <= 0xF0FF:
        known = symbol.get(f"{_W}font", "").lower() == "symbol"
        return _SYMBOLS.get(code - 0xF000, "\ufffd") if known else "\ufffd"
    return chr(code)


def _whole(passages: Iterable[Passage]) -> list[Passage]:
    """The passages, each of which the end was deleted as one with what follows."""
    whole: list[Passage] = []
    for each in passages:
        if whole and whole[-1].kind == _GOES_ON:
            first = whole.pop()
            each = each._replace(words=first.words + each.words, origin=first.origin)
        whole.append(each)
    return [e._replace(kind="para") if e.kind == _GOES_ON else e for e in whole]


def _is_on(switch: Element) -> bool:
    return switch.get(f"{_W}val", "true") not in _OFF


def _value(parent: Element | None, name: str) -> str:
    child = parent.find(f"{_W}{name}") if parent is not None else None
    return child.get(f"{_W}val", "") if child is not None else ""
