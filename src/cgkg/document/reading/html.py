"""HTML: its headings, paragraphs, items, cells and notes; what leads through pages is apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from cgkg.document.blocks import HEADING, NAVIGATION, PROPOSED
from cgkg.document.reading.passages import (
    CanonicalText,
    Passage,
    one_line,
    raised,
    written,
)
from cgkg.document.reading.plain import split_at_items
from cgkg.document.reading.proposals import confirmed, propose

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SILENT = {"script", "style", "head", "template", "noscript", "svg", "math", "select", "iframe"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
         "track", "wbr"}  # fmt: skip
_KINDS = {"li": "item", "blockquote": "quote", "pre": "code", "td": "td", "th": "th", "dt": "dt",
          "dd": "dd", **dict.fromkeys(_HEADINGS, HEADING)}  # fmt: skip
_BLOCKS = {*_KINDS, "p", "div", "section", "article", "main", "header", "footer", "nav", "aside",
           "ul", "ol", "dl", "table", "tr", "tbody", "thead", "tfoot", "caption", "figure", "form",
           "figcaption", "body", "html", "hr", "br", "address", "fieldset", "details", "summary",
           "center", "option", "button"}  # fmt: skip
_CHROME = {"nav", "footer", "button"}
_NOTES = ("fn", "footnote", "note-", "endnote", "cite_note", "sdfootnote", "ftn")
_BOLD = {"b", "strong"}
_BREAK = "\u2028"  # two in a row end a paragraph
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)


def read_html(text: str) -> CanonicalText:
    """A page of HTML, by its elements; where it marks no headings, with proposals."""
    reader = _read(text, 1)
    passages = reader.passages
    canonical, blocks = written(passages if confirmed(passages) else propose(passages))
    return CanonicalText(canonical, blocks, language=reader.language)


def html_passages(text: str, first_line: int) -> list[Passage]:
    """The passages of a part of a page; lines are counted from `first_line`."""
    return [each for each in _read(text, first_line).passages if one_line(each.words)]


def _read(text: str, first_line: int) -> _PageReader:
    # What is begun and never ended would be looked for from each beginning to the end.
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    last = text.rfind(">") + 1
    reader = _PageReader(first_line)
    reader.feed(text[:last] + text[last:].replace("<", "&lt;"))
    reader.close()
    reader.flush()
    return reader


class _PageReader(HTMLParser):
    """Collects the words of blocks as their elements begin and end."""

    def __init__(self, first_line: int = 1) -> None:
        super().__init__(convert_charrefs=True)
        self.passages: list[Passage] = []
        self.language = ""
        self._first = first_line
        self._open: list[str] = []
        self._silent = 0
        self._chrome: list[int] = []
        self._note: list[int] = []
        self._content: list[int] = []
        self._counters: list[int | None] = []
        self._figures: list[str] = []
        self._words: list[str] = []
        self._bold = 0
        self._all_bold = True
        self._line = first_line
        self._mark = ""
        self._raised: list[str] | None = None
        self._linked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        said = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = said.get("lang", said.get("xml:lang", ""))
        if tag == "body":
            self._silent = 0  # a head that was not closed
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS:
            self._between(tag)
        if tag in _VOID:
            return
        self._open.append(tag)
        depth = len(self._open)
        if tag in ("main", "article"):
            self._content.append(depth)
        if self._is_chrome(tag, said):
            self._chrome.append(depth)
        if _is_note(tag, said):
            self._note.append(depth)
        if tag in ("ul", "ol"):
            start = said.get("start", "1")
            ordered = tag == "ol"
            number = int(start) if start.isdecimal() and len(start) < 10 else 1
            self._counters.append(number if ordered else None)
            self._figures.append(said.get("type", "1"))
        if tag == "li" and self._counters:
            value = said.get("value", "")
            if value.isdecimal() and len(value) < 10 and self._counters[-1] is not None:
                self._counters[-1] = int(value)
            number_ = self._counters[-1]
            figures = self._figures[-1]
            self._mark = f"{_counted(number_, figures)}." if number_ is not None else "\u2022"
            self._counters[-1] = number_ + 1 if number_ is not None else None
        if tag in _BOLD:
            self._bold += 1
        if tag == "sup":
            self._raised, self._linked = [], False
        if tag == "a":
            self._linked = True

    def handle_endtag(self, tag: str) -> None:
        """End an element; one that was not begun is passed over."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "sup" and self._raised is not None:
            words, self._raised = "".join(self._raised), None
            linked = self._linked or "a" in self._open
            if said := raised(words, "".join(self._words[-3:]), linked=linked):
                self._say(said)
        if tag in _VOID:
            return  # `<br/>` begins and ends
        if tag not in self._open[-_DEEPEST:]:
            if tag in _BLOCKS:
                self.flush()
            return
        if tag in _BLOCKS:
            self.flush()
        while self._open.pop() != tag:
            pass
        depth = len(self._open)
        for marks in (self._chrome, self._note, self._content):
            while marks and marks[-1] > depth:
                marks.pop()
        if tag in ("ul", "ol") and self._counters:
            self._counters.pop()
            self._figures.pop()
        if tag == "li":
            self._mark = ""
        if tag in _BOLD:
            self._bold = max(0, self._bold - 1)

    def handle_data(self, data: str) -> None:
        """Words, which belong to the innermost block."""
        if self._silent:
            return
        if self._raised is not None:
            self._raised.append(data)
        else:
            self._say(data.replace("\u21a9\ufe0e", "").replace("\u21a9", ""))

    def flush(self) -> None:
        """End the block; without words there is none."""
        if self._raised is not None:  # what stands raised ends with its block
            said, self._raised = "".join(self._raised), None
            self._say(said)
        words, self._words = "".join(self._words), []
        bold, self._all_bold = self._all_bold, True
        if words.strip():
            kind, level, why = self._kind(bold)
            words = words.rstrip().removesuffix("\u00b6") if kind == HEADING else words  # a link
            origin = f"L{self._line}"
            mark = self._mark if kind == "item" else ""
            self._mark = "" if kind == "item" else self._mark
            for part in split_at_items(words.split(_BREAK)):
                self.passages.append(Passage(" ".join(part), kind, level, origin, mark, why))
                mark = ""

    def _say(self, data: str) -> None:
        if not self._words:
            if not data.strip():
                return
            self._line = self.getpos()[0] + self._first - 1
        if not self._bold and data.strip():
            self._all_bold = False
        self._words.append(data)

    def _between(self, tag: str) -> None:
        two = "".join(self._words[-3:]).rstrip(" \t\r\n").endswith(_BREAK)
        if tag == "br" and (not two or not _HEADINGS.keys().isdisjoint(self._open[-_DEEPEST:])):
            self._words += [_BREAK] * bool(self._words)
        else:
            self.flush()

    def _kind(self, bold: bool) -> tuple[str, int, str]:
        inner = self._open[-_DEEPEST:]
        if self._chrome:
            return NAVIGATION, 0, f"<{self._open[self._chrome[-1] - 1]}>"
        if self._note:
            return "footnote", 0, "its id or role"
        for tag in reversed(inner):
            if tag in _HEADINGS:
                return HEADING, _HEADINGS[tag], f"<{tag}>"
            if tag in _KINDS:
                level = len(self._counters) if tag == "li" else 0
                return _KINDS[tag], level, f"<{tag}>"
        return (PROPOSED, 0, "a paragraph in bold") if bold else ("para", 0, "")

    def _is_chrome(self, tag: str, said: Mapping[str, str]) -> bool:
        return bool(
            tag in _CHROME
            or said.get("role") in ("navigation", "contentinfo", "banner", "search")
            or (tag in _BLOCKS and ("hidden" in said or _HIDDEN.search(said.get("style", ""))))
            or (tag == "header" and not self._content and "main" not in self._open)
        )


_DEEPEST = 200
"""How far up an element is looked for; pages that nest deeper are broken."""


def _counted(number: int, figures: str) -> str:
    """The number of an item as the page shows it: `type` of HTML's ol, 1, a, A, i or I."""
    if figures in ("i", "I") and 0 < number < 100:
        tens, ones = divmod(number, 10)
        roman = _TENS[tens] + _ONES[ones]
        return roman if figures == "i" else roman.upper()
    if figures in ("a", "A") and 0 < number <= 26:
        return chr(ord(figures) + number - 1)
    return str(number)


_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_TENS = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc")


def _is_note(tag: str, said: Mapping[str, str]) -> bool:
    name = said.get("id", "").lower()
    ref = "ref" in name or name.startswith("fnr")
    return (
        (tag in ("li", "p", "div", "aside", "dd") and name.startswith(_NOTES) and not ref)
        or said.get("role") in ("doc-footnote", "doc-endnote", "doc-endnotes")
        or (tag in ("ol", "section", "div") and said.get("class", "") in ("footnotes", "endnotes"))
    )
