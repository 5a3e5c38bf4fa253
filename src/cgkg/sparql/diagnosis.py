"""Words a person can use for what the engine's parser says of a query it cannot read."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from cgkg.errors import QueryError, QueryRefusedError, QuerySyntaxError
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.syntax import UPDATES, Outline, Token, read_tokens

_POSITION = re.compile(r"error at (\d+):(\d+): (?:expected )?(.*)", re.DOTALL)
_EXPECTED = re.compile(r"(?:^|, |one of )(?:\"([^\"\\]{1,2})\"|([A-Z][A-Z ]+[A-Z]))(?=,|$)")
_REASON = re.compile(r"(?:^|, |one of )([A-Z]\w*(?: \w+){3,})(?=,|$)")
# The engine expects these nearly everywhere, so they tell nothing.
_NOISE = frozenset(("LATERAL", "SERVICE", "{|"))
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def explain(
    complaint: str, query: str, outline: Outline, prefixes: Mapping[str, str] = STANDARD
) -> QueryError:
    """The error to raise for a query of which the engine's parser complains.

    The engine says where it could read no further; the cause is often before that place.

    Args:
        complaint: what the engine's parser says.
        query: the text of the query, as it was given to the engine.
        outline: its outline.
        prefixes: of them comes the declaration that is proposed where one is missing.

    Returns:
        A QueryRefusedError for an update, else a QuerySyntaxError.
    """
    if outline.form in UPDATES:
        return QueryRefusedError(
            f"{outline.form} is an update, and updates are refused: this endpoint only answers",
            hint="change the project's files and run cgkg build",
        )
    position = _POSITION.match(complaint)
    if position is None:
        return QuerySyntaxError(complaint)
    offset = _offset_of(query, int(position[1]), int(position[2]))
    tokens = list(read_tokens(query))
    return (
        _check_form(query, tokens, outline)
        or _check_iris(query, tokens, outline, offset)
        or _check_prefixes(query, tokens, outline, offset, prefixes)
        or _check_closed(query, tokens, offset)
        or _report_unexpected(query, position[3], offset)
    )


def syntax_error_at(query: str, offset: int, what: str, hint: str = "") -> QuerySyntaxError:
    """The error for a mistake at this offset, in characters: it says what, at which line and
    column."""
    line = query.count("\n", 0, offset) + 1
    column = offset - query.rfind("\n", 0, offset)
    return QuerySyntaxError(
        f"line {line}, column {column}: {what}", line=line, column=column, hint=hint
    )


def _offset_of(query: str, line: int, column: int) -> int:
    """Where a position (both 1-based) is in the query's text."""
    start = 0
    for _ in range(line - 1):
        start = query.find("\n", start) + 1
    return min(start + column - 1, len(query))


def _check_form(query: str, tokens: list[Token], outline: Outline) -> QuerySyntaxError | None:
    """For a query that does not say what it is."""
    if outline.form:
        return None
    words = (token for token in tokens if token.kind == "word")
    first = next((word for word in words if word.text.upper() not in ("BASE", "PREFIX")), None)
    hint = "a query is a SELECT, ASK, CONSTRUCT or DESCRIBE"
    if first is None:
        return syntax_error_at(query, 0, "there is no query here", hint)
    return syntax_error_at(
        query, first.start, f"{_shorten(first.text)} is not a kind of query", hint
    )


def _check_iris(
    query: str, tokens: list[Token], outline: Outline, offset: int
) -> QuerySyntaxError | None:
    """For an IRI that is not closed, holds a space, or is relative to nothing."""
    for token, after in itertools.pairwise(tokens):
        if token.start > offset:
            return None
        if token.kind == "iri" and outline.base is None and not _ABSOLUTE.match(token.text):
            what = f"{_shorten(token.text)} is a relative IRI and the query has no BASE"
            return syntax_error_at(query, token.start, what, "write the whole IRI")
        if token.text == "<" and after.kind == "name" and after.start == token.start + 1:
            what = "this IRI is not closed, or holds a character that an IRI cannot have"
            return syntax_error_at(query, token.start, what, "a space in an IRI is written %20")
    return None


def _check_prefixes(
    query: str, tokens: list[Token], outline: Outline, offset: int, known: Mapping[str, str]
) -> QuerySyntaxError | None:
    """For the first prefixed name up to the engine's complaint whose prefix is not declared."""
    declaring = False
    for token in tokens:
        if token.start > offset:
            break
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and not declaring and prefix not in outline.prefixes:
            hint = f"add PREFIX {prefix}: <{known.get(prefix, '...')}>"
            return syntax_error_at(
                query, token.start, f"the prefix {prefix}: is not declared", hint
            )
        declaring = token.kind == "word" and token.text.upper() == "PREFIX"
    return None


def _check_closed(query: str, tokens: list[Token], offset: int) -> QuerySyntaxError | None:
    """For a query that ends within a string or brackets."""
    if query[offset:].strip():
        return None
    opened: list[Token] = []
    for token in tokens:
        if token.text in ('"', "'"):
            return syntax_error_at(query, token.start, "this string is not closed")
        if token.kind == "open":
            opened.append(token)
        elif token.kind == "close" and opened:
            opened.pop()
    if not opened:
        return None
    what = f"this {opened[-1].text} is not closed"
    return syntax_error_at(query, opened[-1].start, what, f"add {_CLOSING[opened[-1].text]}")


def _report_unexpected(query: str, complaint: str, offset: int) -> QuerySyntaxError:
    """For anything else, what stands at the place and what the engine would take instead."""
    reason = _REASON.search(complaint)
    if reason:
        return syntax_error_at(query, offset, reason[1][0].lower() + reason[1][1:])
    following = next((t for t in read_tokens(query[offset:])), None)
    if following is None:
        return syntax_error_at(
            query, offset, "what stands before the end is not complete or not allowed"
        )
    return syntax_error_at(
        query, offset, f"did not expect {_shorten(following.text)}", _hint_at_expected(complaint)
    )


def _hint_at_expected(complaint: str) -> str:
    """The engine's wishes, if they are few enough to help."""
    pairs = _EXPECTED.findall(complaint)
    wishes = [sign or word for sign, word in pairs if not {sign, word} & _NOISE]
    return "expected " + " or ".join(wishes) if 0 < len(wishes) <= 6 else ""


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
