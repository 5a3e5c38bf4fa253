"""Markdown (CommonMark with tables, footnotes and definition lists), by markdown-it-py.

Front matter is known wherever it stands, since files are joined of several pages; a line of dashes
below a long paragraph is no heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from cgkg.document.blocks import CONTENTS, FRONT_MATTER, HEADING
from cgkg.document.reading.html import html_passages
from cgkg.document.reading.passages import (
    CanonicalText,
    Passage,
    joined,
    line_range,
    raised,
    words_of,
    written,
)
from cgkg.document.reading.proposals import confirmed, propose

_FRONT_MATTER = re.compile(
    r"^---[ \t]*\n(?P<body>(?:(?:\w[\w-]*[ \t]*:.*|[ \t]+\S.*|-[ \t].*|#.*|[ \t]*)\n){1,80}?)"
    r"(?:---|\.\.\.)[ \t]*$",
    re.M,
)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(?P<body>(?:(?!\+\+\+).*\n){1,80}?)\+\+\+[ \t]*$", re.M)
_TABLE_OF_CONTENTS = re.compile(r"\[\[?_?TOC_?\]?\]|\{:toc\}", re.IGNORECASE)
_LONGEST_HEADING = 120  # characters of one that is underlined
_CELLS = {"th_open": "th", "td_open": "td"}
# Attributes of kramdown and Pandoc, at the end of a block.
_ATTRIBUTES = re.compile(r"(?<!\s)\s*\{(?:[#.]|:\s*[#.\w])[^{}]*\}\s*$")
_SUP = re.compile(r"<sup\b", re.I)


def read_markdown(text: str) -> CanonicalText:
    """A document in Markdown; where it marks no headings, with proposals."""
    fronts: list[Passage] = []
    line, counted = 1, 0

    def blank(match: re.Match[str]) -> str:
        if not re.search(r"^\w[\w.-]*[ \t]*[:=]", match["body"], re.M):
            return match[0]
        nonlocal line, counted
        line += text.count("\n", counted, match.start())
        counted = match.start()
        why = f"between lines of {'dashes' if match[0][0] == '-' else 'plus signs'}"
        for number, said in enumerate(match["body"].splitlines(), line + 1):
            fronts.append(Passage(said, FRONT_MATTER, origin=f"L{number}", why=why))
        return "\n" * match[0].count("\n")

    text = _TOML.sub(blank, text)
    rest = _FRONT_MATTER.sub(blank, text)
    parser = MarkdownIt("commonmark").enable("table").use(footnote_plugin).use(deflist_plugin)
    # In the order of the lines: the parser puts notes last.
    passages = sorted([*fronts, *_passages(parser.parse(rest), text)], key=_line)
    canonical, blocks = written(passages if confirmed(passages) else propose(passages))
    return CanonicalText(canonical, blocks)


def _line(passage: Passage) -> int:
    return int(passage.origin[1:].partition("-")[0])


def _passages(tokens: Sequence[Token], text: str) -> Iterator[Passage]:
    """The passages of the tokens of blocks, each with its lines."""
    in_text = words_of(text)
    lists: list[Token] = []
    items: list[Token] = []
    quotes = notes = 0
    term = ""
    line, head = 1, None
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            lists.append(token)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind == "list_item_open":
            items.append(token)
        elif kind == "list_item_close":
            del items[-1:]
        elif kind in ("blockquote_open", "blockquote_close"):
            quotes += 1 if kind == "blockquote_open" else -1
        elif kind in ("footnote_block_open", "footnote_block_close"):
            notes = int(kind == "footnote_block_open")
        elif kind in ("dt_open", "dd_open"):
            term = kind[:2]
        elif kind == "dd_close":
            term = ""
        elif kind in ("heading_open", "th_open", "td_open"):
            head = token
        elif kind == "code_block" and token.content.lstrip().startswith("<"):
            yield from html_passages(token.content, line)  # elements that are set in
        elif kind in ("fence", "code_block"):
            place = _place(token, line)
            yield Passage(token.content, "code", origin=place, why="code")
        elif kind == "html_block":
            yield from html_passages(token.content, line)
        elif kind == "inline":
            place = _place(token, line)
            for words in _inline(token.children or [], in_text):
                words = _ATTRIBUTES.sub("", words)
                yield _passage(words, place, head, lists, items, quotes, notes, term)
                items[-1:] = [_seen(items[-1])] if items else []
            head = None


def _seen(item: Token) -> Token:
    item.meta["seen"] = True
    return item


def _passage(
    words: str,
    place: str,
    head: Token | None,
    lists: Sequence[Token],
    items: Sequence[Token],
    quotes: int,
    notes: int,
    term: str,
) -> Passage:
    if head is not None and head.type == "heading_open":
        under = head.markup in ("=", "-")
        if under and (len(words) > _LONGEST_HEADING or words.rstrip().endswith((".", ";", ":"))):
            return Passage(words, "para", origin=place)
        return Passage(words, HEADING, int(head.tag[1]), place, why=f"Markdown {head.markup}")
    if head is not None:
        kind = _CELLS[head.type]
        return Passage(words, kind, origin=place, why="a table")
    if notes:
        return Passage(words, "footnote", origin=place, why="a note")
    if items:
        item = items[-1]
        mark = "" if item.meta.get("seen") else (item.info + item.markup if item.info else "\u2022")
        return Passage(words, "item", len(lists), place, mark, "a list")
    if term:
        return Passage(words, term, origin=place, why="a definition list")
    if _TABLE_OF_CONTENTS.fullmatch(words):
        return Passage(words, CONTENTS, origin=place, why="asks for a table of contents")
    return Passage(words, "quote" if quotes else "para", origin=place)


def _place(token: Token, line: int) -> str:
    return line_range(token.map[0] + 1, token.map[1]) if token.map else line_range(line, line)


def _inline(children: Sequence[Token], in_text: Callable[[str], bool]) -> Iterator[str]:
    """The words of a paragraph: without marks, addresses and the numbers of notes."""
    lines = [""]
    above: list[str] | None = None
    linked = False
    for child in children:
        kind, said = child.type, ""
        if kind in ("text", "code_inline"):
            said = child.content
        elif kind in ("softbreak", "hardbreak"):
            lines.append("")
            continue
        elif kind == "image":
            said = child.content
        elif kind == "html_inline":
            tag = child.content.lower()
            if _SUP.match(tag):
                above, linked = [], False
            elif tag.startswith("</sup") and above is not None:
                said, above = raised("".join(above), lines[-1], linked=linked), None
            elif tag.startswith("<a"):
                linked = True
            elif tag.startswith("<br"):
                lines.append("")
        linked = linked or kind == "link_open"
        if above is not None and kind != "html_inline":
            above.append(said)
        else:
            lines[-1] += said.replace("\u21a9\ufe0e", "").replace("\u21a9", "")
    lines[-1] += "".join(above or ())  # raised words that never end
    yield joined(lines, in_text)
