"""A query cut into tokens, each the longest that the grammar has (SPARQL 1.1 §19.8)."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right

from cgkg.letters import LETTERS, MARKS, class_of

_FIRST = class_of(LETTERS)
_FIRST_OF_LABEL = class_of(f"{LETTERS}_0-9")
_IN_VARIABLE = class_of(f"{LETTERS}{MARKS}_0-9")
_CHARACTER = class_of(f"{LETTERS}{MARKS}_0-9-")
_PLAIN = class_of(f"{LETTERS}{MARKS}_0-9:-")
_IN_NAME = rf"(?:{_PLAIN}|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?#@%])"
_ESCAPE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IN_STRING = rf"\\[tbnrf\\\"']|{_ESCAPE}"

# No alternative goes back over what it has read, so the time is linear in the text; so that it
# stays so for text.like.this, a prefix has at most 32 dots.
_TOKEN = re.compile(
    rf"""(?:[ \t\r\n]++|\#[^\r\n]*+)*+(?:
      (?P<variable>[?$]{_FIRST_OF_LABEL}{_IN_VARIABLE}*+)
    | (?P<name>(?:{_FIRST}{_CHARACTER}*+(?:\.++{_CHARACTER}++){{0,32}}+)?+:
        (?:(?!-|[{MARKS}]){_IN_NAME}++(?:\.++{_IN_NAME}++)*+)?+)
    | (?P<word>{_FIRST}{_IN_VARIABLE}*+)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*+>)
    | (?P<string>\"""(?:[^"\\]|{_IN_STRING}|"(?!""))*+\"""
               | '''(?:[^'\\]|{_IN_STRING}|'(?!''))*+'''
               | "(?!"")(?:[^"\\\r\n]|{_IN_STRING})*+" | '(?!'')(?:[^'\\\r\n]|{_IN_STRING})*+')
    | (?P<number>[0-9]++(?:\.[0-9]*+)?+[eE][+-]?+[0-9]++ | \.[0-9]++[eE][+-]?+[0-9]++
               | [0-9]*+\.[0-9]++ | [0-9]++)
    | (?P<sign>&&|\|\||!=|<=|>=|\^\^|<<|\{{\||[{{}}()\[\].,;=<>!+\-*/|^?~])
    | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)
    | (?P<blank>_:{_FIRST_OF_LABEL}{_CHARACTER}*+(?:\.++{_CHARACTER}++)*+)
    | (?P<end>\Z)
    | (?P<wrong>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_KINDS = ("", *_TOKEN.groupindex)
_SIGN, _WORD = _KINDS.index("sign"), _KINDS.index("word")
# Outside of strings and IRIs, where each is read by itself; no person writes them.
_MOST_ESCAPES = 1000
_ESCAPED = re.compile(_ESCAPE)


class Tokens:
    """The tokens of a text, as columns; the last is the end, or one that is none of SPARQL.

    A token's kind is variable, name, iri, blank, string, language, number, end or wrong; a sign is
    of its own kind, and so is a word, in capitals unless it is `a`. `starts` and `ends` are offsets
    in the text as written, `texts` have no codepoint escapes outside of strings and IRIs (§19.2).
    """

    __slots__ = ("ends", "kinds", "starts", "text", "texts")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._cut(text, 0)
        if self.texts[-1] == "\\":
            self._cut_without_escapes()

    def _cut(self, text: str, at: int) -> None:
        """Add the tokens of the text from `at` on."""
        kinds, texts, starts, ends = self.kinds, self.texts, self.starts, self.ends
        for match in _TOKEN.finditer(text, at):
            group = match.lastindex or 0
            piece, end = match[group], match.end()
            if group == _SIGN:
                kind = piece
            elif group == _WORD:
                kind = piece if piece == "a" else piece.upper()
            else:
                kind = _KINDS[group]
            kinds.append(kind)
            texts.append(piece)
            starts.append(end - len(piece))
            ends.append(end)
            if kind in ("wrong", "end"):
                break

    def _cut_without_escapes(self) -> None:
        """Go on with the first escape outside of strings and IRIs read, and the others after it."""
        text, places, gains = self.text, [0], [0]
        while self.texts[-1] == "\\":
            start = self.starts[-1]
            escape = _ESCAPED.match(text, start)
            character = unescape_codepoint(escape[0]) if escape else ""
            if len(places) > _MOST_ESCAPES:
                break
            if escape is None or not character or character == "\\" or character.isspace():
                break
            text = text[:start] + character + text[escape.end() :]
            places.append(start + 1)
            gains.append(gains[-1] + len(escape[0]) - 1)
            self._drop()
            if self.ends and self.ends[-1] == start:  # the character may be part of that token
                start = self.starts[-1]
                self._drop()
            self._cut(text, start)
        for column in (self.starts, self.ends):
            column[:] = [at + gains[bisect_right(places, at) - 1] for at in column]

    def _drop(self) -> None:
        for column in (self.kinds, self.texts, self.starts, self.ends):
            column.pop()


def unescape_codepoint(escape: str) -> str:
    """The character of an escape with u or U; empty if there is none of that number."""
    number = int(escape[2:], 16)
    return chr(number) if number < 0xD800 or 0xE000 <= number <= sys.maxunicode else ""
