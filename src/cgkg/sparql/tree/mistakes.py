"""Words for what is wrong with a query, and where."""

from __future__ import annotations

import re

from cgkg.errors import QueryError, QueryRefusedError, QuerySyntaxError
from cgkg.messages import M_
from cgkg.sparql.tree.tokens import Tokens

# Deeper ones end the engine's process (the stack of its recursive parser); no person writes them.
MAX_DEPTH = 256

FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_LATER = {
    "<<": M_("a triple term"),
    "{|": M_("an annotation"),
    "~": M_("a reifier"),
    **{word: word for word in ("LATERAL", "VERSION")},
}
_ALL_ESCAPES = r"\t \b \n \r \f \\ \" \' \uXXXX \UXXXXXXXX"
_ESCAPES = re.compile(r"\\(?![tbnrf\\\"']|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")


def syntax_error_at(query: str, offset: int, what: str, hint: str = "") -> QuerySyntaxError:
    """The error for a mistake at this offset, in characters: it says what, at which line and
    column."""
    line = query.count("\n", 0, offset) + 1
    column = offset - query.rfind("\n", 0, offset)
    return QuerySyntaxError(
        M_("line {line}, column {column}: {what}", line=line, column=column, what=what),
        line=line,
        column=column,
        hint=hint,
    )


def shorten(text: str) -> str:
    """At most 40 characters of it."""
    return text if len(text) <= 40 else text[:40] + "…"


def refuse_update(form: str) -> QueryRefusedError:
    """The error for an update."""
    return QueryRefusedError(
        M_("{form} is an update, and updates are refused: this endpoint only answers", form=form),
        hint=M_("change the project's files and run cgkg build"),
    )


def describe_form(tokens: Tokens, place: int) -> QueryError:
    """The error for a query that does not begin as one, at the token of this place."""
    kind, text = tokens.kinds[place], tokens.texts[place]
    if kind in UPDATES:
        return refuse_update(kind)
    if kind in _LATER:
        return describe_unexpected(tokens, place, "")
    hint = M_("a query is a SELECT, ASK, CONSTRUCT or DESCRIBE")
    if kind == "end":
        return syntax_error_at(tokens.text, 0, M_("there is no query here"), hint)
    what = M_("{text} is not a kind of query", text=shorten(text))
    return syntax_error_at(tokens.text, tokens.starts[place], what, hint)


def describe_unexpected(tokens: Tokens, place: int, expected: str) -> QuerySyntaxError:
    """The error for a token that may not stand where it does.

    Args:
        tokens: those of the query.
        place: which of them it is.
        expected: what may stand there, in words; may be empty.
    """
    query, kind, start = tokens.text, tokens.kinds[place], tokens.starts[place]
    hint = M_("expected {expected}", expected=expected) if expected else ""
    if kind == "wrong":
        return _describe_wrong(tokens, place)
    if kind in _LATER:
        what = M_("{text} is not part of SPARQL 1.1", text=_LATER[kind])
        return syntax_error_at(query, start, what, M_("write it in SPARQL 1.1"))
    if kind == "end":
        opened = _last_open(tokens, place)
        if opened is not None:
            bracket = tokens.kinds[opened]
            close = _CLOSING[bracket]
            return syntax_error_at(
                query,
                tokens.starts[opened],
                M_("this {bracket} is not closed", bracket=bracket),
                M_("add {bracket}; or go on with {expected}", bracket=close, expected=expected)
                if expected
                else M_("add {bracket}", bracket=close),
            )
        return syntax_error_at(query, start, M_("the query ends before it is complete"), hint)
    if kind == "<" and _goes_on(tokens, place):
        return unclosed_iri(tokens, place)
    what = M_("did not expect {text}", text=shorten(tokens.texts[place]))
    return syntax_error_at(query, start, what, hint)


def unclosed_iri(tokens: Tokens, place: int) -> QuerySyntaxError:
    """The error for a `<` that begins an IRI which is none."""
    return syntax_error_at(
        tokens.text,
        tokens.starts[place],
        M_("this IRI is not closed, or holds a character that an IRI cannot have"),
        M_("a space in an IRI is written %20"),
    )


def _goes_on(tokens: Tokens, place: int) -> bool:
    """Whether something follows the token that could belong to it."""
    after = tokens.kinds[place + 1]
    return after not in ("end", "<") and tokens.starts[place + 1] == tokens.ends[place]


def _describe_wrong(tokens: Tokens, place: int) -> QuerySyntaxError:
    """For characters that are no token: most often a string that goes on too far."""
    query, start = tokens.text, tokens.starts[place]
    character = query[start]
    if character in "\"'":
        long = query.startswith(character * 3, start)
        close = query.find(character * 3, start + 3) if long else -1
        end = close if close >= 0 else len(query)
        if not long:
            stop = re.compile(rf"[\r\n]|(?<!\\){character}").search(query, start + 1)
            end = stop.start() if stop else len(query)
        escape = _ESCAPES.search(query, start, end)
        if escape:
            escape_text = query[escape.start() : escape.start() + 2]
            return syntax_error_at(
                query,
                escape.start(),
                M_("{text} is no escape in a string", text=escape_text),
                M_("the escapes are {escapes}", escapes=_ALL_ESCAPES),
            )
        hint = "" if long else M_('a string over several lines stands in """ … """')
        return syntax_error_at(query, start, M_("this string is not closed"), hint)
    return syntax_error_at(query, start, M_("{text} cannot stand here", text=character))


def _last_open(tokens: Tokens, place: int) -> int | None:
    """The innermost bracket that is open before a place."""
    opened: list[int] = []
    for at, kind in enumerate(tokens.kinds[:place]):
        if kind in _CLOSING:
            opened.append(at)
        elif kind in (")", "]", "}") and opened:
            opened.pop()
    return opened[-1] if opened else None
