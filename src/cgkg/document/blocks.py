"""The blocks of a document: headings, paragraphs, items, cells, notes, each with its place.

A block is a stretch of one line of the canonical text. The table of blocks holds no words: an
author may change `kind` and `level` in it as long as nothing is cited; the sections follow.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cgkg.document.cutting import LATEST, Cutter, cutter
from cgkg.document.cutting_rules import CUTTING_RULES, forms
from cgkg.document.numerals import DIGITS, read_chinese
from cgkg.document.sentences import Sentence, SentenceTable, digest
from cgkg.rdf.terms import IRI
from cgkg.tables import read_table

HEADING: Final = "heading"
PROPOSED: Final = "heading?"
"""What looks like a heading, of which the document does not say that it is one."""
FRONT_MATTER, NAVIGATION, CONTENTS = "front matter", "navigation", "contents"
KINDS: Final = (
    HEADING, PROPOSED, "para", "item", "quote", "th", "td", "dt", "dd", "code", "footnote",
    CONTENTS, NAVIGATION, FRONT_MATTER,
)  # fmt: skip
EXCUSED: Final[Mapping[str, str]] = {
    HEADING: "heading",
    CONTENTS: "contents",
    NAVIGATION: "navigation",
    FRONT_MATTER: "front matter",
}
"""The reason for which nothing need be said of a kind of block; of others it must."""
_FIGURES = "\u3007\u96f6\u767e" + DIGITS
_NUMBER = rf"\d{{1,3}}[a-zA-Z]?(?:[.\uff0e]\d{{1,3}}[a-zA-Z]?)*|[{_FIGURES}]+|[IVXLC]+|[^\W\d_]"
_RULES = CUTTING_RULES.values()
_WORDS = "|".join(sorted({form for r in _RULES for word in r.headings for form in forms(word)}))
_ANNEXES = "|".join(
    r"\s*".join(word) if len(word) < 3 else word  # two characters may be set apart
    for word in sorted({form for r in _RULES for word in r.annexes for form in forms(word)})
)
_PRIME = "['\u02b9\u0374\u0384\u2019]"  # behind a Greek numeral
_ORDINAL = "er|re|\u00e8re|[\u00ba\u00aa\u00b0]"  # behind the number of a first article
_UNITS = "\u7ae0\u8282\u7bc0\u6761\u689d\u7f16\u7de8\u90e8\u7bc7\uc7a5\uc870\ud3b8"
NAMED = re.compile(
    rf"\s*(?:(?:{_WORDS})(?:(?=[{_FIGURES}])|(?![^\W\d_]))\.?\s*|\u00a7+\s*)"
    rf"(?P<number>{_NUMBER})(?:{_ORDINAL})?(?:[{_UNITS}]|{_PRIME}?(?=[\s.:\uff1a)]|$))",
    re.IGNORECASE,
)
"""The number of a heading after a word such as `Chapter`, or a section sign."""
_NTH = {form: n for rules in _RULES
        for n, word in enumerate(rules.nth, 1) for form in forms(word)}  # fmt: skip
_NTH_WORD = rf"(?P<nth>{'|'.join(sorted(_NTH, key=len, reverse=True))})[^\W\d_]{{0,4}}"
_IN_WORDS = tuple(
    re.compile(rf"\s*(?:{said})(?=\s*(?:[.:\uff1a\u2013\u2014-]|$))", re.IGNORECASE)
    for said in (rf"(?:{_WORDS})\s+{_NTH_WORD}", rf"{_NTH_WORD}\s+(?:{_WORDS})")
)
"""A heading's number in words, after or before a word such as `Chapter`."""
NUMBERED = re.compile(
    rf"\s*(?P<open>[(\uff08])?(?P<number>{_NUMBER})(?P<mark>[.\uff0e:\uff1a)\uff09\u3001]|(?=\s|$))"
)
"""The number of a heading that begins with it."""
ANNEX = re.compile(rf"\s*(?:{_ANNEXES})(?![^\W\d_])", re.IGNORECASE)
"""The beginning of the heading of an annex, which is no part of what is before it."""
_SAFE = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*")


class Block(NamedTuple):
    """A stretch of the canonical text: what it is, and where it stood in the original.

    Attributes:
        start: the first character, in code points of the canonical text.
        end: the one after the last.
        kind: one of `KINDS`.
        level: of a heading, 1 the outermost, 0 a title; of an item, how deep it is in lists.
        section: the number of the section it is in, or opens.
        origin: lines, paragraph or page of the original: `L12-14`, `\u00b637`, `p4`.
        mark: what stood before an item and is not in the text: `2.`
        why: what says that it is of this kind.
    """

    start: int
    end: int
    kind: str
    level: int = 0
    section: str = "0"
    origin: str = ""
    mark: str = ""
    why: str = ""


BLOCKS_HEADER = Block._fields


def blocks_csv(blocks: Iterable[Block]) -> str:
    """The table of blocks as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(BLOCKS_HEADER)
    writer.writerows(blocks)
    return out.getvalue()


def read_blocks(path: Path, length: int) -> tuple[Block, ...]:
    """The table of blocks of a text of this length.

    Raises:
        SourceError: it is malformed, of an unknown kind, or its blocks overlap; says the line.
    """
    blocks: list[Block] = []
    reached = 0
    for row in read_table(path, BLOCKS_HEADER).rows:
        kind, start, end = row["kind"].strip(), row.number("start"), row.number("end")
        if kind not in KINDS:
            raise row.error(f"{kind!r} is no kind of block", hint=", ".join(KINDS))
        if not reached <= start < end <= length:
            raise row.error(
                "a block must follow the one before and lie in the text",
                hint="only kind and level are yours to change",
            )
        reached = end
        rest = (row["section"], row["origin"], row["mark"], row["why"])
        blocks.append(Block(start, end, kind, row.number("level"), *rest))
    return tuple(blocks)


def number_sections(blocks: Sequence[Block], text: str) -> tuple[Block, ...]:
    """The blocks with the numbers of their sections, nested by the levels of the headings.

    A heading's own number is kept where it fits below its parent and is free; the others are
    counted. A single outermost heading at the start, without a number, is the title: it opens none.
    """
    title = _title(blocks, text)
    parents: dict[int, int | None] = {}
    above: list[int] = []
    for index, block in enumerate(blocks):
        if _opens(block) and index != title:
            while above and blocks[above[-1]].level >= block.level:
                above.pop()
            parents[index] = above[-1] if above else None
            above.append(index)
    names: dict[int, str] = {}
    taken = {"0"}
    own = {i: own_number(text[blocks[i].start : blocks[i].end]) for i in parents}
    reserved: dict[int | None, set[str]] = {}
    for index, parent in parents.items():
        reserved.setdefault(parent, set()).add(own[index].rpartition(".")[2])
    counts: dict[str, int] = {}
    for index, parent in parents.items():
        prefix = f"{names[parent]}." if parent is not None else ""
        number = own[index]
        name = number if number.startswith(prefix) else prefix + number.rpartition(".")[2]
        if not number or name in taken:
            count = counts.get(prefix, 0) + 1
            while f"{prefix}{count}" in taken or str(count) in reserved[parent]:
                count += 1
            name, counts[prefix] = f"{prefix}{count}", count
        names[index] = name
        taken.add(name)
    numbered: list[Block] = []
    section = "0"
    for index, block in enumerate(blocks):
        section = names.get(index, section)
        numbered.append(block if block.section == section else block._replace(section=section))
    return tuple(numbered)


def own_number(words: str) -> str:
    """The number that a heading begins with as part of a section's number, or "".

    That of an annex is apart from those of sections: `A1`.
    """
    words = words.lstrip("# ")
    if nth := in_words(words):
        return str(_NTH[nth["nth"].lower()])
    match = NAMED.match(words)
    if not match:
        match = NUMBERED.match(words)
        if not match or (match["number"].isalpha() and not match["mark"]):
            return ""  # a word of one letter
    number = unicodedata.normalize("NFKC", match["number"])
    if set(number) <= set(_FIGURES):
        number = str(read_chinese(number.replace("\u3007", "\u96f6")))
    if number.isdigit() and ANNEX.match(words):
        number = f"A{number}"
    return number if _SAFE.fullmatch(number) else ""


def in_words(words: str) -> re.Match[str] | None:
    """The beginning of a heading that says its number in words: `Erster Abschnitt`."""
    return next(filter(None, (pattern.match(words) for pattern in _IN_WORDS)), None)


def written_number(words: str) -> str:
    """The number that a heading begins with as the document writes it, with the word or sign that
    goes before: `Article 3`, `§ 9a`, `5.1`; "" if it has none."""
    words = words.lstrip("# ")
    named = in_words(words) or NAMED.match(words)
    if named:
        return named[0].strip()
    numbered = NUMBERED.match(words)
    return numbered["number"] if numbered and own_number(words) else ""


def cut_blocks(
    text: str, blocks: Iterable[Block], document: IRI, language: str, *, version: int = LATEST
) -> SentenceTable:
    """The sentences of the blocks, by the cutter; a heading is one, and paragraph 0.

    Raises:
        LookupError: there is no cutter of this number.
    """
    sentences = tuple(_sentences(text, blocks, cutter(version, language)))
    return SentenceTable(document, sentences, version, language)


def excuses(table: SentenceTable, blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    """The sentences of which nothing need be said, by what their blocks are, with the reason."""
    kinds = {block.start: block.kind for block in blocks}
    kind = ""
    for sentence in table.sentences:
        kind = kinds.get(sentence.start, kind)
        if kind in EXCUSED:
            yield sentence.number, EXCUSED[kind]


def _opens(block: Block) -> bool:
    return block.kind in (HEADING, PROPOSED) and block.level > 0


def _title(blocks: Sequence[Block], text: str) -> int | None:
    """The index of the heading that is the title of the whole document."""
    first, *rest = [i for i, block in enumerate(blocks) if _opens(block)] or [-1]
    if first < 0 or written_number(text[blocks[first].start : blocks[first].end]):
        return None
    before = {block.kind for block in blocks[:first]}
    outermost = all(blocks[index].level > blocks[first].level for index in rest)
    return first if outermost and before <= {FRONT_MATTER, NAVIGATION, CONTENTS} else None


def _sentences(text: str, blocks: Iterable[Block], cut: Cutter) -> Iterator[Sentence]:
    number, paragraph, section = 0, 0, ""
    for block in blocks:
        heading = block.kind in (HEADING, PROPOSED)
        if block.section != section:
            paragraph, section = 0, block.section
        paragraph += not heading
        first = block.start
        words = text[first : block.end]
        for start, end in [(0, len(words))] if heading else cut(words):
            number += 1
            yield Sentence(
                number, section, 0 if heading else paragraph, first + start, first + end,
                digest(words[start:end]),
            )  # fmt: skip
