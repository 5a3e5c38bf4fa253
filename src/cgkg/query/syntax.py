"""What a query's text says about itself before it is parsed.

This is no parser: the engine parses. It is a reading of the tokens that knows strings, comments
and IRIs, enough to find the dataset clauses, the prefixes, SERVICE and the depth of nesting
before the engine sees the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from cgkg.errors import QueryRefusedError

# Deeper ones end the engine's process (the stack of its recursive parser); no person writes them.
MAX_DEPTH = 256

FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)

# What these functions give differs from one evaluation to the next.
_EACH_TIME_ANEW = frozenset(("NOW", "RAND", "UUID", "STRUUID"))

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CODEPOINT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+ | \#[^\r\n]*)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*>)
    | (?P<string>\"""(?:[^"\\]|\\.|"(?!""))*\""" | '''(?:[^'\\]|\\.|'(?!''))*'''
               | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d_][\w.-]*)?:(?:[\w.:-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
    | (?P<blank>_:[\w.-]+)
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of the query that is neither white space nor comment."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Outline:
    """What the query's text says before it is parsed; IRIs are absolute as far as they can be."""

    form: str
    base: str | None
    prefixes: Mapping[str, str]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    service: bool
    depth: int
    lasting: bool = True


def tokens(query: str) -> Iterator[Token]:
    """The query's tokens in order."""
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup
        if kind is not None and kind != "space":
            yield Token(kind, match.group(), match.start())


def outline(query: str) -> Outline:
    """Read the prologue, the query form, the dataset clauses, and look for SERVICE."""
    reader = _Reader()
    for token in tokens(query):
        reader.take(token)
    return Outline(
        form=reader.form,
        base=reader.base,
        prefixes=reader.prefixes,
        default_graphs=tuple(dict.fromkeys(reader.default_graphs)),
        named_graphs=tuple(dict.fromkeys(reader.named_graphs)),
        service=reader.service,
        depth=reader.deepest,
        lasting=reader.lasting,
    )


class _Reader:
    """Gathers an outline, one token after the other."""

    def __init__(self) -> None:
        self.form = ""
        self.base: str | None = None
        self.prefixes: dict[str, str] = {}
        self.default_graphs: list[str] = []
        self.named_graphs: list[str] = []
        self.service = False
        self.lasting = True
        self.deepest = 0
        self._depth = 0
        self._clause = ""  # BASE, PREFIX, FROM or NAMED while its operands are awaited
        self._prefix: str | None = None

    def take(self, token: Token) -> None:
        if token.kind == "word":
            self._word(token.text.upper())
        elif token.kind in ("iri", "name") and self._clause:
            self._operand(token)
        elif token.kind == "open":
            self._depth += 1
            self.deepest = max(self.deepest, self._depth)
        elif token.kind == "close":
            self._depth -= 1

    def _word(self, word: str) -> None:
        if word == "NAMED" and self._clause == "FROM":
            self._clause = "NAMED"
            return
        # BASE and PREFIX are read in the prologue only; FROM is a keyword nowhere else.
        starts_clause = word == "FROM" or (word in ("BASE", "PREFIX") and not self.form)
        self._clause = word if starts_clause else ""
        self.service = self.service or word == "SERVICE"
        self.lasting = self.lasting and word not in _EACH_TIME_ANEW
        if not self.form and word in FORMS | UPDATES:
            self.form = word

    def _operand(self, token: Token) -> None:
        clause, self._clause = self._clause, ""
        if clause == "PREFIX" and token.kind == "name":
            self._clause, self._prefix = clause, token.text.removesuffix(":")
            return
        iri = self._iri(token)
        if clause == "BASE":
            self.base = iri
        elif clause == "PREFIX" and self._prefix is not None:
            self.prefixes[self._prefix] = iri
            self._prefix = None
        elif clause == "FROM":
            self.default_graphs.append(iri)
        elif clause == "NAMED":
            self.named_graphs.append(iri)

    def _iri(self, token: Token) -> str:
        if token.kind == "name":
            prefix, _, local = token.text.rstrip(".").partition(":")
            return self.prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)
        written = re.sub(_CODEPOINT, lambda code: chr(int(code[0][2:], 16)), token.text[1:-1])
        return _resolve(self.base, written) if self.base else written


def _resolve(base: str, written: str) -> str:
    """The IRI that is meant by a reference (RFC 3986 §5.2)."""
    if _SCHEME.match(written):
        return written
    # urljoin knows few schemes as hierarchical, adds an authority, and drops an empty fragment.
    scheme, _, rest = base.partition(":")
    joined = urljoin("http:" + urldefrag(rest).url, written).removeprefix("http:")
    if not rest.startswith("//") and not written.startswith("//"):
        joined = joined.removeprefix("//")
    fragment = "#" if written.endswith("#") and not joined.endswith("#") else ""
    return f"{scheme}:{joined}{fragment}"


def refuse(found: Outline) -> None:
    """Raise for a query that this endpoint does not evaluate, whatever the engine could do.

    Raises:
        QueryRefusedError: it asks another endpoint (SERVICE) or is nested beyond reason.
    """
    if found.service:
        raise QueryRefusedError(
            "SERVICE is refused: this endpoint never asks another one",
            hint="ask the other endpoint yourself, or run the federated query from there",
        )
    if found.depth > MAX_DEPTH:
        raise QueryRefusedError(
            f"the query is nested {found.depth} brackets deep", hint=f"the limit is {MAX_DEPTH}"
        )
