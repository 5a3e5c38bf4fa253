"""Mentions: the clauses, numbers, names and what else a project looks for in a document.

The table of mentions keeps where they stand and what they are; numbers and names are facts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.document.marks import PAUSES, QUOTED, STOPS
from cgkg.document.numerals import FIGURE
from cgkg.document.sentences import HEADING_NUMBER, SentenceTable
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.errors import ConfigError
from cgkg.opening import write_text
from cgkg.project.configuration import MentionKind
from cgkg.project.folder import Project
from cgkg.project.location import refuse_installed
from cgkg.rdf.terms import IRI
from cgkg.tables import read_table

MENTIONS_HEADER = ("sentence", "start", "end", "kind", "text")

_BETWEEN = "|".join(f"{a}[^{b}]+{b}" for a, b in QUOTED)
_LETTER, _FIGURES = r"A-Za-z\uff21-\uff3a\uff41-\uff5a", r"0-9\uff10-\uff19"
_WORD = rf"[{_LETTER}{_FIGURES}]"
_NAME = re.compile(
    rf"{_BETWEEN}|\d?[{_LETTER}](?:[{_LETTER}{_FIGURES}+-]*{_WORD})?"
    rf"(?:[ -][{_LETTER}{_FIGURES}+.-]*{_WORD})*"
)
_PATTERNS: Mapping[str, re.Pattern[str]] = {"name": _NAME, "number": FIGURE}
_CLAUSE = re.compile(f"[^{PAUSES}{STOPS}]+")
_SHORTEST = 7  # characters; what is shorter is a connective such as "in addition"


@dataclass(frozen=True)
class Mention:
    """A number, name or clause of a sentence, or what else a project looks for: where it stands and
    what it is.

    A clause has no text here: its words are the document's.
    """

    sentence: int
    start: int
    end: int
    kind: str
    text: str


def write_mentions(project: Project, text: TextsAtHand) -> None:
    """Write the mention tables of the documents at hand.

    Raises:
        ConfigError: the project is the one in the installed package, or a table cannot be written.
    """
    refuse_installed(project.folder)
    for path in project.sentence_tables:
        table = SentenceTable.read(path, IRI(project.document(path)))
        held = text.of(table.document)
        if held is None:
            continue
        target = path.with_name(path.name.replace(".sentences.", ".mentions."))
        try:
            write_text(target, mentions_csv(find_mentions(held, table, project.mentions)))
        except OSError as error:
            raise ConfigError(f"cannot write {target}: {error.strerror}") from None


def find_mentions(
    text: SourceText, table: SentenceTable, kinds: Mapping[str, MentionKind]
) -> Iterator[Mention]:
    """Clauses, numbers, quoted and foreign names, and what the project adds, by sentence."""
    added = {name: kind.pattern for name, kind in kinds.items() if kind.pattern}
    excluded = {name: kind.excluded for name, kind in kinds.items() if kind.excluded}
    for sentence in table.sentences:
        words = text.words(sentence.start, sentence.end)
        skip = HEADING_NUMBER.match(words) if sentence.paragraph == 0 else None
        after = skip.end() if skip else 0
        mentions: list[tuple[int, int, str]] = []
        for kind, pattern in {**_PATTERNS, **added}.items():
            apart = _places(excluded.get(kind), words)
            for match in pattern.finditer(words, after):
                place = match.start(), match.end()
                if _overlaps(place, apart):
                    continue
                inside = any(a <= place[0] and place[1] <= b for a, b, k in mentions if k == "name")
                if not inside and match.group().strip():
                    mentions.append((*place, kind))
        apart = _places(excluded.get("clause"), words)
        for clause in _CLAUSE.finditer(words, after):
            if _overlaps(clause.span(), apart):
                continue
            if clause.end() - clause.start() >= _SHORTEST:
                place = sentence.start + clause.start(), sentence.start + clause.end()
                yield Mention(sentence.number, *place, "clause", "")
        for start, end, kind in sorted(mentions):
            yield Mention(
                sentence.number,
                sentence.start + start,
                sentence.start + end,
                kind,
                _bare(words[start:end]),
            )


def _places(pattern: re.Pattern[str] | None, words: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(words)] if pattern else []


def _overlaps(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _bare(words: str) -> str:
    """A mention without the pair of marks it stands between."""
    return (words[1:-1] if words[0] + words[-1] in QUOTED else words).strip()


def mentions_csv(mentions: Iterable[Mention]) -> str:
    """The mention table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(MENTIONS_HEADER)
    writer.writerows((m.sentence, m.start, m.end, m.kind, m.text) for m in mentions)
    return out.getvalue()


def read_mentions(path: Path) -> tuple[Mention, ...]:
    """The mention table of a document; none if there is no such file."""
    rows = read_table(path, MENTIONS_HEADER).rows if path.is_file() else ()
    return tuple(
        Mention(
            sentence=row.number("sentence"),
            start=row.number("start"),
            end=row.number("end"),
            kind=row["kind"],
            text=row["text"],
        )
        for row in rows
    )
