"""Where a statement stands in a Turtle, TriG or N-Triples file.

The parser that reads the project is fast but does not say which line a statement came from. So
the line is found only when something has to be said about it: the files are tokenised once and
every statement's line is kept. Well-formed input is assumed; the parser has checked it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.formats import Format
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.io import is_rdf, syntax_of
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import RDF

TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
      | (?P<long>\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3})
      | (?P<string>"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+')
      | (?P<iri><[^<>"{}|^`\s]*>)
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<type>\^\^)
      | (?P<blank>_:[\w.-]*[\w-])
      | (?P<name>[^\s<>"'{}|^`\\()\[\];,.\#:@]*:(?:[\w:%~\u00b7-]|\\.|[.](?=[\w:%\u00b7-]))*)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?<!\.))
      | (?P<word>[A-Za-z]+)
      | (?P<mark>[.;,\[\](){}])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
# From a subject to the end of its statement, or to a brace. A full stop within a name or a number
# is none.
_REST = re.compile(
    r"""(?:[^.<"'\#{}\\]++|<[^<>"{}|^`\s]*+>|\\.|\#[^\n]*+|(?<=[\w:%\u00b7-])\.++(?=[\w:%\u00b7\\-])
      |\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}
      |"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+')*+""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_BLANK = "_"
# What may be a language tag with a capital; most files have none, and are not looked into.
_JOINED = re.compile(r"[0-9],[0-9]")
_CAPITAL = re.compile(r"@[a-z0-9-]*[A-Z]")
# In these a statement is within a line, which may also end with a carriage return alone.
_BY_LINE = (Format.N_TRIPLES, Format.N_QUADS)
_SPLIT = re.compile(r"\r(?!\n)")
LINED = (Format.TURTLE, Format.TRIG, Format.N_TRIPLES, Format.N_QUADS)
"""The syntaxes in which the lines of statements can be found."""


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    path: Path
    line: int


class Locator:
    """Answers where statements stand; reads the files on the first question."""

    def __init__(
        self,
        files: Iterable[Path],
        known: Mapping[Triple, Place] | None = None,
        about: Iterable[Term] | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            files: Turtle, TriG, N-Triples or N-Quads.
            known: the places of statements that are written in another form.
            about: the only subjects that will be asked about, which makes it several times faster.
            prefixes: those that hold before a file declares its own.
        """
        self._prefixes = prefixes
        self._files, self._known = tuple(files), known or {}
        self._about = None if about is None else {_key(term) for term in about}
        self._places: dict[tuple[str, ...], Place] | None = None

    def of(self, triple: Triple, graph: IRI | None = None) -> Place | None:
        """The place of a triple (of its subject if the triple itself is not written anywhere).

        Args:
            triple: the statement looked for.
            graph: the named graph to prefer where the statement stands in several.
        """
        return self._first(*keys_of(triple.subject, triple.predicate, triple.object, graph))

    def of_subject(self, term: Term, predicate: IRI | None = None) -> Place | None:
        """The place where something is first said of a term (with this property, if given)."""
        return self._first(*keys_of(term, predicate))

    def of_mention(self, term: Term) -> Place | None:
        """The place where a term first occurs in any position."""
        return self._first(*keys_of_mention(term))

    def _first(self, *keys: tuple[str, ...]) -> Place | None:
        if self._places is None:
            self._places = {}
            for path in self._files:
                for line, *terms in self._statements(path):
                    _note(self._places, Place(path, line), *terms)
            for triple, place in self._known.items():
                s, p, o = map(_key, parts(triple))
                if self._about is None or s in self._about:
                    _note(self._places, place, "", s, p, o)
        return next((self._places[key] for key in keys if key in self._places), None)

    def _statements(self, path: Path) -> Iterator[tuple[int, str, str, str, str]]:
        text = read_decompressed(path).decode("utf-8-sig")
        by_line = syntax_of(path) in _BY_LINE and not _SPLIT.search(text)
        if self._about is None or _BLANK in self._about or not by_line:
            yield from statements(text, self._about, self._prefixes)
            return
        for number, line in enumerate(text.split("\n"), 1):
            subject = line.lstrip(" \t")
            name = subject[1 : subject.find(">")]
            if name in self._about or "\\" in name:
                for _, g, s, p, o in statements(line, self._about):
                    yield number, g, s, p, o


Key = tuple[str, ...]
"""What places are looked up by."""


def keys_of(
    term: object, predicate: IRI | None = None, value: object = None, graph: IRI | None = None
) -> list[Key]:
    """The keys by which the place of a statement, or of what is said of a term, is looked up.

    The first that is found counts: that of the whole statement, in its graph, comes first.
    """
    s = _key(term)
    if predicate is None:
        return [(s,)]
    p = predicate.value
    if value is None:
        return [(s, p), (s,)]
    o, name = _key(value), graph.value if graph else ""
    return [(name, s, p, o), (s, p, o), (name, s, p), (s, p), (s,)]


def keys_of_mention(term: object) -> list[Key]:
    """As `keys_of`, for the place where a term first occurs in any position."""
    return [(_key(term),), ("", _key(term), "mention", "")]


def note_places(places: dict[Key, Place], known: Iterable[tuple[Triple, Place]]) -> None:
    """Add the places of statements that are written in another form."""
    for triple, place in known:
        _note(places, place, "", *map(_key, parts(triple)))


class FilePlaces:
    """Where the statements of one file stand; only what is asked about is looked for, once."""

    def __init__(self, path: Path, prefixes: Mapping[str, str] | None = None) -> None:
        self._path, self._prefixes = path, prefixes
        self._about: set[str] | None = set()
        self._places: dict[Key, Place] = {}

    def look(self, about: Set[Term] | None) -> None:
        """Find the statements about some subjects; None for all, and for mentions."""
        if self._about is None:
            return
        wanted = None if about is None else {_key(term) for term in about} - self._about
        if wanted is None or _BLANK in wanted:
            self._places, self._about, wanted = {}, None, None
        elif wanted:
            self._about |= wanted
        else:
            return
        text = read_decompressed(self._path).decode("utf-8-sig")
        for line, *terms in statements(text, wanted, self._prefixes):
            if wanted is None or terms[1] in wanted:
                _note(self._places, Place(self._path, line), *terms)

    @cached_property
    def capital_tags(self) -> tuple[tuple[int, str], ...]:
        """Line and language tag where one has capitals, which the parser makes small."""
        text = read_decompressed(self._path).decode()
        tags = language_tags(text) if _CAPITAL.search(text) else ()
        return tuple((line, tag) for line, tag in tags if tag != tag.lower())

    @cached_property
    def joined_numbers(self) -> tuple[tuple[int, str], ...]:
        """Line and text where a comma stands between two figures, without a blank."""
        text = read_decompressed(self._path).decode("utf-8-sig")
        if not _JOINED.search(text):
            return ()
        return tuple(_joined_numbers(text))

    def get(self, key: Key) -> Place | None:
        """The place of a key, as far as was looked."""
        return self._places.get(key)


def _joined_numbers(text: str) -> Iterator[tuple[int, str]]:
    line, held = 1, ["", ""]  # the two tokens before
    for match in TOKEN.finditer(text):
        token = match[0]
        if match.lastgroup == "number" and held[1] == "," and held[0]:
            yield line, f"{held[0]},{token}"
        held = [held[1], token if match.lastgroup == "number" or token == "," else ""]
        line += token.count("\n")


def _key(term: object) -> str:
    if isinstance(term, IRI):
        return term.value
    if isinstance(term, Literal):
        return f'"{term.value}'
    return _BLANK


def _note(
    places: dict[tuple[str, ...], Place], place: Place, g: str, s: str, p: str, o: str
) -> None:
    """Note the place of a statement, the first one for each key."""
    for key in ((g, s, p, o), (s, p, o), (g, s, p), (s, p), (s,)):
        places.setdefault(key, place)
    for term in (g, p, o):
        places.setdefault(("", term, "mention", ""), place)


def is_turtle(path: Path) -> bool:
    """Whether the file's name is that of Turtle, or of TriG, which is Turtle in graphs."""
    return is_rdf(path) and syntax_of(path) in (Format.TURTLE, Format.TRIG)


def statements(
    text: str, about: Container[str] | None = None, prefixes: Mapping[str, str] | None = None
) -> Iterator[tuple[int, str, str, str, str]]:
    """Line, graph, subject, predicate and object of every statement of Turtle or TriG text.

    IRIs are written out, literals are `"` and their value, blank nodes are `_`.

    Args:
        text: well-formed.
        about: subjects; what begins with another one is passed over.
        prefixes: those that hold before the text declares its own.
    """
    reader = StatementReader(dict(prefixes or {}))
    line, at = 1, 0
    passes = about is not None and _BLANK not in about
    while match := TOKEN.match(text, at):
        kind, token, at = match.lastgroup or "", match.group(), match.end()
        if kind != "skip":
            begins = passes and kind in ("iri", "name") and reader.begins
            yield from reader.take(kind, token, line)
            if begins and about is not None and reader.subject not in about:
                end = _REST.match(text, at).end()  # type: ignore[union-attr]  # it always matches
                if text[end : end + 1] != "{":
                    line += text.count("\n", at, end)
                    reader.subject, at = None, end
        line += token.count("\n")


def language_tags(text: str) -> Iterator[tuple[int, str]]:
    """Line and language tag of every language-tagged literal, in the case it is written in."""
    line, after = 1, ""
    for match in TOKEN.finditer(text):
        if match.lastgroup == "tag" and after in ("string", "long"):
            yield line, match.group()[1:]
        after = match.lastgroup or ""
        line += match.group().count("\n")


@dataclass
class StatementReader:
    """Follows the grammar just far enough to know subject, predicate and object."""

    prefixes: dict[str, str] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)  # by the text itself
    base: str = ""
    graph: str = ""
    subject: str | None = None
    predicate: str | None = None
    directive: list[str] | None = None
    stack: list[tuple[str | None, str | None, bool]] = field(default_factory=list)
    lists: bool = False
    typed: bool = False

    @property
    def begins(self) -> bool:
        """Whether a subject comes next, of a statement or of a graph."""
        return self.subject is None and not self.stack and self.directive is None

    def take(self, kind: str, token: str, line: int) -> Iterator[tuple[int, str, str, str, str]]:
        """One token; yields the statement it completes."""
        if self.directive is not None or self._opens_directive(kind, token):
            self._direct(token)
            return
        if kind == "type":
            self.typed = True
        elif self.typed:
            self.typed = False
        elif kind == "mark":
            yield from self._mark(token, line)
        elif kind not in ("tag", "other") and not (kind == "word" and token.upper() == "GRAPH"):
            yield from self._term(self._value(kind, token), line)

    def _opens_directive(self, kind: str, token: str) -> bool:
        word = token.lstrip("@").lower()
        at = kind == "tag" or (kind == "word" and self.subject is None)
        if at and word in ("prefix", "base"):
            self.directive = [token]
            return True
        return False

    def _direct(self, token: str) -> None:
        if self.directive is None:
            return
        if token != self.directive[0] or len(self.directive) > 1:
            self.directive.append(token)
        words = self.directive
        wanted = 3 if words[0].lstrip("@").lower() == "prefix" else 2
        if len(words) < wanted + (words[0][0] == "@"):
            return
        if wanted == 3:
            name = words[1].rstrip(":")
            self.prefixes[name] = self.declared[name] = words[2][1:-1]
        else:
            self.base = words[1][1:-1]
        self.directive = None

    def _value(self, kind: str, token: str) -> str:
        if kind == "iri":
            iri = unescape(token[1:-1])
            return iri if ":" in iri else self.base + iri
        if kind == "name":
            prefix, _, local = token.partition(":")
            return self.prefixes.get(prefix, prefix + ":") + local.replace("\\", "")
        if kind in ("string", "long"):
            cut = 3 if kind == "long" else 1
            return '"' + unescape(token[cut:-cut])
        if kind == "blank":
            return _BLANK
        return RDF.type.value if token == "a" else '"' + token

    def _term(self, value: str, line: int) -> Iterator[tuple[int, str, str, str, str]]:
        if self.lists:
            return
        if self.subject is None:
            self.subject = value
        elif self.predicate is None:
            self.predicate = value
        else:
            yield line, self.graph, self.subject, self.predicate, value

    def _mark(self, token: str, line: int) -> Iterator[tuple[int, str, str, str, str]]:
        if token in "[(":
            self.stack.append((self.subject, self.predicate, self.lists))
            self.subject, self.predicate, self.lists = _BLANK, None, token == "("
        elif token in "])" and self.stack:
            self.subject, self.predicate, self.lists = self.stack.pop()
            yield from self._term(_BLANK, line)
        elif token == ";":
            self.predicate = None
        elif token == ".":
            self.subject = self.predicate = None
        elif token == "{":
            self.graph, self.subject, self.predicate = self.subject or "", None, None
        elif token == "}":
            self.graph, self.subject, self.predicate = "", None, None


def unescape(text: str) -> str:
    """What a string or an IRI of Turtle says, without its marks."""

    def put(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(put, text)
