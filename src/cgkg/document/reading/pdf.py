"""PDF, by pypdfium2: the words of its pages, headings by its outline; an extra, `cgkg[pdf]`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cgkg.document.blocks import CONTENTS, HEADING, NAVIGATION
from cgkg.document.reading.passages import CanonicalText, Passage, joined, written
from cgkg.document.reading.plain import unwrapped
from cgkg.document.reading.proposals import confirmed, propose

_LEADER = re.compile(r"(?:\.\s?){4,}\s*[\divxlc]+\s*$|\u2026{2,}\s*\d+\s*$")
_NOTE_MARK = re.compile(r"\d{1,2}|[*\u2020\u2021]")
_STOPS = (".", "!", "?", ":", "\u3002")
_LEAST_PAGES = 3
_HEADER_LINES = 2  # at the top and at the bottom of a page, that may be the same on each


def read_pdf(content: bytes) -> CanonicalText:
    """The words of a PDF that holds text, page by page.

    Raises:
        ImportError: the extra is not installed.
        ValueError: it is no PDF, is encrypted, or holds no text, as scanned pages.
    """
    import pypdfium2

    document: Any
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"it cannot be read as PDF: {error}") from None
    try:
        pages = [_lines(document[number]) for number in range(len(document))]
        outline = _outline(document)
    finally:
        document.close()
    if not any(line.strip() for lines in pages for line in lines):
        raise ValueError("its pages hold no text; they may be scanned")
    passages = _over_pages(_passages(pages, outline))
    canonical, blocks = written(passages if confirmed(passages) else propose(passages))
    notes = ["headings are those of its outline"] if outline else []
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in canonical):
        notes.append(
            "of words that run from right to left a PDF may have the letters in another order:"
            " compare them, or take in the file it was made of"
        )
    return CanonicalText(canonical, blocks, notes=tuple(notes))


def _lines(page: Any) -> list[str]:
    text = page.get_textpage()
    words: str = text.get_text_bounded()
    # U+FFFE and U+0002 stand for a hyphen at the end of a line.
    return re.split(r"\r\n|\r|\n", words.replace("\ufffe", "-").replace("\x02", "-"))


def _outline(document: Any) -> dict[tuple[int, str], int]:
    """The level of each heading by its page and its words without blanks."""
    levels: dict[tuple[int, str], int] = {}
    for item in document.get_toc():
        place = item.get_dest()
        page = place.get_index() if place is not None else None
        if page is not None:
            levels.setdefault((page, _bare(item.get_title())), item.level + 1)
    return levels


def _passages(
    pages: Sequence[Sequence[str]], outline: dict[tuple[int, str], int]
) -> Iterator[Passage]:
    running = _running_heads(pages)
    for index, lines in enumerate(pages):
        origin = f"p{index + 1}"
        part: list[str] = []
        filled = [number for number, line in enumerate(lines) if line.strip()]
        edges = {*filled[:_HEADER_LINES], *filled[-_HEADER_LINES:]}
        skip = -1
        for number, line in enumerate(lines):
            if number <= skip:
                continue
            level, last = _heading(lines, number, index, outline)
            apart = None
            if number in edges and _shape(line) in running:
                apart = Passage(line, NAVIGATION, origin=origin, why="stands on most pages")
            elif _NOTE_MARK.fullmatch(line.strip()) and _ends_sentence(lines, number):
                apart = Passage(line, NAVIGATION, origin=origin, why="leads to a note")
            elif _LEADER.search(line):
                apart = Passage(line, CONTENTS, origin=origin, why="dots and a page")
            elif level:
                words = " ".join(lines[number : last + 1])
                apart, skip = Passage(words, HEADING, level, origin, why="the outline"), last
            if apart is None:
                part.append(line)
            else:
                yield from unwrapped(part, origin=origin)
                part = []
                yield apart
        yield from unwrapped(part, origin=origin)


def _over_pages(passages: Iterable[Passage]) -> list[Passage]:
    """The passages, with a paragraph that goes on over the foot of a page as one.

    It does if it ends without a stop and goes on in lower case; lines at the head and foot, which
    stand between, come after it.
    """
    over_pages: list[Passage] = []
    last = -1
    for each in passages:
        before = over_pages[last] if last >= 0 else None
        start = each.words.lstrip()[:1]
        if (
            before is not None
            and each.kind == before.kind == "para"
            and each.origin != before.origin
            and not before.words.rstrip().endswith(_STOPS)
            and start.islower()
        ):
            place = f"{before.origin.partition('-')[0]}-{each.origin[1:]}"
            words = joined([before.words, each.words])
            over_pages[last] = before._replace(words=words, origin=place)
            continue
        if each.kind != NAVIGATION:
            last = len(over_pages)
        over_pages.append(each)
    return over_pages


def _heading(
    lines: Sequence[str], number: int, page: int, outline: dict[tuple[int, str], int]
) -> tuple[int, int]:
    """The level of the heading that begins in this line, and its last line; 0 if none does."""
    words = ""
    for last in range(number, min(number + 3, len(lines))):
        words += _bare(lines[last])
        level = outline.get((page, words), 0) if words else 0
        if level:
            return level, last
    return 0, number


def _running_heads(pages: Sequence[Sequence[str]]) -> set[str]:
    """The lines at the top and bottom that most pages have, whatever number stands in them.

    Of few pages, those that have the number of the page, or the same words on each.
    """
    filled = [[line for line in lines if line.strip()] for lines in pages]
    edges = [{*lines[:_HEADER_LINES], *lines[-_HEADER_LINES:]} for lines in filled]
    if len(pages) < _LEAST_PAGES:
        same = set.intersection(*edges)
        edges = [
            {line for line in lines if line in same or str(page) in re.findall(r"\d+", line)}
            for page, lines in enumerate(edges, 1)
        ]
    counts = Counter(shape for lines in edges for shape in set(map(_shape, lines)))
    return {shape for shape, count in counts.items() if 2 * count > len(pages) > 1}


def _ends_sentence(lines: Sequence[str], number: int) -> bool:
    """Whether the line before ends a sentence, so that this one is no cell of a table."""
    return number > 0 and lines[number - 1].rstrip().endswith(_STOPS)


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _bare(words: str) -> str:
    return "".join(words.split()).lower()
