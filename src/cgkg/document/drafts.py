"""Draft clauses: the words of a clause where the name of its span belongs, in Turtle and TriG.

    garden:"It looks after the garden" { … }
    garden:"the garden" (section 2.1, after "in spring ") { … }

That is the name of a document, a colon and a string of Turtle without a blank between; in brackets
behind it, where the words stand several times: `section`, `after` and `before` with the words
right before and right behind, or `start`. It stands for a graph, a subject or an object. No
Turtle has a string there, so nothing that is Turtle is a draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgkg.document.quotes import Quotation
from cgkg.errors import SourceError
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.lines import TOKEN, StatementReader, is_turtle, unescape

_STRING = (
    r'"{3}(?:[^"\\]++|\\.|"(?!""))*+"{3}'
    r"|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'(?:[^'\\\n]++|\\.)*+'"
)
_DRAFT = re.compile(
    rf"(?P<name>[^\W_][\w.-]*):(?P<quote>{_STRING})"
    rf"(?:[^\S\n]*\((?P<more>(?:{_STRING}|[^()\"'])*+)\))?",
    re.DOTALL,
)
_PART = re.compile(
    rf"\s*(?:(?P<key>after|before)\s*(?P<words>{_STRING})|section\s+(?P<section>[\w.-]*\w)"
    r"|start\s+(?P<start>\d+))\s*(?:,|$)",
    re.DOTALL,
)
_OPENING = re.compile(r"\s*\{")
_MAYBE = re.compile(r"\w:[\"']")
FORMS = 'section 2.1, after "words before", before "words behind", or start 120'
"""What may stand in the brackets."""


@dataclass(frozen=True)
class DraftClause:
    """A draft in a file's text: where it is, which document it is of, and what it quotes.

    `mistake` says what is wrong with what stands in the brackets, `opens` whether it names a graph,
    `subject` whether statements about the clause follow.
    """

    start: int
    end: int
    line: int
    name: str
    quotation: Quotation
    opens: bool
    subject: bool
    mistake: str = ""


def drafts_of(text: str) -> Iterator[DraftClause]:
    """The drafts in a Turtle or TriG text, in their order."""
    if not _MAYBE.search(text):
        return
    reader, at = StatementReader(), 0
    while at < len(text):
        draft = _DRAFT.match(text, at) if _may_be_clause(reader) else None
        if draft:
            subject = reader.subject is None
            at = draft.end()
            for _ in reader.take("iri", "<draft:>", 0):
                pass
            opens = subject and _OPENING.match(text, at) is not None
            yield _clause(text, draft, opens, subject and not opens)
            continue
        match = TOKEN.match(text, at)
        assert match  # it takes any character
        at = match.end()
        if match.lastgroup != "skip":
            for _ in reader.take(match.lastgroup or "", match[0], 0):
                pass


def explain_draft(error: SourceError) -> SourceError:
    """The error of a file that cannot be read, or that a draft is why it cannot."""
    try:
        if not is_turtle(error.path):
            return error
        text = read_decompressed(error.path).decode("utf-8")
    except (SourceError, OSError, UnicodeDecodeError):
        return error
    draft = next(drafts_of(text), None)
    if draft is None or (error.line is not None and error.line < draft.line):
        return error
    return SourceError(
        f"a clause of {draft.name} is quoted, and the quotation is not yet resolved",
        path=error.path,
        line=draft.line,
        column=draft.start - text.rfind("\n", 0, draft.start),
        hint="cgkg fmt --resolve puts position and digest in its place; it needs the text,"
        " in texts/ or by --source FILE",
    )


def _may_be_clause(reader: StatementReader) -> bool:
    """Whether a graph, a subject or an object may come next."""
    if reader.directive is not None or reader.lists or reader.typed:
        return False
    return reader.subject is None or reader.predicate is not None


def _clause(text: str, draft: re.Match[str], opens: bool, subject: bool) -> DraftClause:
    more, mistake = draft["more"] or "", ""
    told: dict[str, str] = {}
    at = 0
    while at < len(more.rstrip()):
        part = _PART.match(more, at)
        if not part:
            mistake = f"({more.strip()}) is not understood"
            break
        if part["key"]:
            told[part["key"]] = _value(part["words"])
        else:
            told |= {key: part[key] for key in ("section", "start") if part[key]}
        at = part.end()
    start = draft.start()
    quotation = Quotation(
        _value(draft["quote"]),
        prefix=told.get("after", ""),
        suffix=told.get("before", ""),
        section=told.get("section", ""),
        start=int(told["start"]) if "start" in told else None,
    )
    line = text.count("\n", 0, start) + 1
    return DraftClause(start, draft.end(), line, draft["name"], quotation, opens, subject, mistake)


def _value(written: str) -> str:
    """What a string of Turtle says."""
    marks = 3 if written[:3] in ('"""', "'''") and len(written) >= 6 else 1
    return unescape(written[marks:-marks])


__all__ = ["FORMS", "DraftClause", "drafts_of", "explain_draft"]
