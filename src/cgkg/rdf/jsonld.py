"""JSON-LD documents before they are parsed: contexts from files instead of the web, and places.

A context that a document names is put in its place as text, so that every position after it stays
what it was or is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from cgkg.errors import SourceError
from cgkg.rdf.compression import open_decompressed
from cgkg.rdf.statements import Places

CATALOG = "catalog-v001.xml"
"""The file that says which file holds which context."""
_NESTING = 400  # levels; the parser's time grows with their square
_CHAIN = 10  # contexts that name contexts
_CONTEXT_BYTES = 1 << 24  # of a context, and of all that are put into one document

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


@dataclass(frozen=True)
class KeyedValue:
    """A member of an object: its key, and where key and value stand (offsets in the text)."""

    key: str
    at: int
    start: int
    end: int
    in_value: bool  # somewhere inside an @value, which is data
    of: int  # where its object begins


@dataclass
class _Open:
    """An object or array whose end has not come yet."""

    array: bool
    begin: int
    key: str | None = None
    at: int = 0
    start: int = -1
    data: bool = False


def members(text: str) -> Iterator[KeyedValue]:
    """Every member of every object, inner ones first; nothing after a mistake in the brackets."""
    stack: list[_Open] = []
    for match in _TOKEN.finditer(text):
        token, at = match[0], match.start()
        if token in ",:":
            if token == "," and stack:
                stack[-1].key = None
            continue
        if token in "]}":
            if not stack:
                return
            stack.pop()
            if stack:
                yield from _end(stack[-1], match.end())
            continue
        top = stack[-1] if stack else None
        if top and not top.array and top.key is None:
            if token[0] != '"':
                return
            top.key, top.at, top.start = _string(token), at, -1
            continue
        if top and top.start < 0:
            top.start = at
        if token in "[{":
            data = bool(top and (top.data or top.key == "@value"))
            stack.append(_Open(token == "[", at, data=data))
        elif top:
            yield from _end(top, match.end())


def _end(holder: _Open, end: int) -> Iterator[KeyedValue]:
    if not holder.array and holder.key is not None:
        yield KeyedValue(holder.key, holder.at, holder.start, end, holder.data, holder.begin)


def _string(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


@dataclass(frozen=True)
class Prepared:
    """A document with all its contexts inside, and how positions in it differ."""

    text: str
    moves: tuple[tuple[int, int, int, int], ...] = ()  # line, first column, end there, shift

    def original(self, line: int, column: int) -> tuple[int, int]:
        """The place in the document as it was."""
        shift = 0
        for at, first, end, moved in self.moves:
            if at == line and column >= end:
                shift = moved
            elif at == line and column > first:
                return line, first - shift
        return line, column - shift


def prepare(content: bytes, path: Path, contexts: Mapping[str, Path]) -> Prepared:
    """The document with the contexts that it names put in their places.

    Args:
        content: JSON-LD.
        path: its file, for errors and relative names.
        contexts: file by IRI.

    Raises:
        SourceError: a context has no file or is none, contexts are too long or name each other in
            a circle; or the document is nested too deeply. Says line and column.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = Places(before).of(len(before))
        raise SourceError("it is not UTF-8", path=path, line=line, column=column) from None
    _check_nesting(text, path)
    if '"@context"' not in text:
        return Prepared(text)
    return _Inliner(path, contexts).inline(text)


def _check_nesting(text: str, path: Path) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', text, re.DOTALL):
        first = match[0][0]
        if first in "[{":
            depth += 1
            if depth > _NESTING:
                line, column = Places(text).of(match.start())
                raise SourceError(
                    f"it is nested more than {_NESTING} levels deep",
                    path=path,
                    line=line,
                    column=column,
                    hint="give inner nodes an @id, and list them in one @graph",
                )
        elif first in "]}":
            depth -= 1


class _Inliner:
    def __init__(self, path: Path, contexts: Mapping[str, Path]) -> None:
        self._path, self._contexts = path, contexts
        self._base = path.resolve().as_uri()
        self._size = 0
        self._read: dict[str, Any] = {}

    def inline(self, text: str) -> Prepared:
        names = [m for m in members(text) if m.key == "@context" and not m.in_value]
        # the contexts of terms inside a context are put in place with it
        names.sort(key=lambda member: member.start)
        pieces, moves = list[str](), list[tuple[int, int, int, int]]()
        done, shift, last = 0, 0, 0
        self._places = Places(text)
        for member in names:
            if member.start < done:
                continue
            if (text[: member.at].strip(), text[member.end :].strip()) == ("{", "}"):
                return Prepared("{}")  # a file for others, which says nothing itself
            old = text[member.start : member.end]
            new = self._replaced(member, old)
            if new is None:
                continue
            line, column = self._places.of(member.start)
            shift = shift if line == last else 0
            first, last = column + shift, line
            lines = old.count("\n")
            if lines:
                new += "\n" * lines + " " * (len(old) - old.rfind("\n") - 1)
                moves.append((line, first, 1 << 60, 0))
            else:
                shift += len(new) - len(old)
                moves.append((line, first, first + len(new), shift))
            pieces += [text[done : member.start], new]
            done = member.end
        return Prepared("".join([*pieces, text[done:]]), tuple(moves))

    def _replaced(self, member: KeyedValue, old: str) -> str | None:
        """The value with everything it names inside, or None if it names nothing."""
        try:
            value = json.loads(old)
        except (ValueError, RecursionError):
            return None  # the parser will say what is wrong with it
        try:
            resolved = self._resolve(value, self._base, 0, remote=False)
        except _NotResolvedError as error:
            at = member.start + max(old.find(json.dumps(error.iri, ensure_ascii=False)), 0)
            line, column = self._places.of(at)
            raise SourceError(
                error.what, path=self._path, line=line, column=column, hint=error.hint
            ) from None
        if resolved == value:
            return None
        new = json.dumps(resolved)
        self._size += len(new)
        if self._size > _CONTEXT_BYTES:
            line, column = self._places.of(member.start)
            raise SourceError(
                f"its contexts come to more than {_CONTEXT_BYTES >> 20} MiB",
                path=self._path,
                line=line,
                column=column,
                hint="name each context once, at the top",
            )
        return new

    def _resolve(self, value: Any, base: str, depth: int, *, remote: bool) -> Any:
        if isinstance(value, str):
            iri, context = self._load(value, base, depth)
            return self._resolve(context, iri, depth + 1, remote=True)
        if isinstance(value, list):
            parts = (self._resolve(part, base, depth, remote=remote) for part in value)
            return [one for part in parts for one in (part if isinstance(part, list) else [part])]
        if not isinstance(value, dict):
            return value
        own = {k: self._resolve_term(v, base, depth, remote) for k, v in value.items()}
        if remote:
            own.pop("@base", None)  # JSON-LD 1.1 API 5.7: that of a remote context does not count
        name = own.pop("@import", None)
        if name is None:
            return own
        if not isinstance(name, str):
            return {**own, "@import": name}
        iri, context = self._load(name, base, depth)
        if not isinstance(context, dict) or "@import" in context:
            raise _NotResolvedError(name, f"<{iri}> cannot be imported: it is no plain context")
        imported = self._resolve(context, iri, depth + 1, remote=True)
        return {**imported, **own}

    def _resolve_term(self, term: Any, base: str, depth: int, remote: bool) -> Any:
        if isinstance(term, dict) and "@context" in term:
            inner = self._resolve(term["@context"], base, depth, remote=remote)
            return {**term, "@context": inner}
        return term

    def _load(self, name: str, base: str, depth: int) -> tuple[str, Any]:
        """The IRI of a context, and the context of the file that holds it."""
        try:
            iri = urljoin(base, name)
        except ValueError:
            iri = name
        if depth >= _CHAIN:
            raise _NotResolvedError(
                name, f"contexts name each other more than {_CHAIN} times over, at last <{iri}>"
            )
        if iri not in self._read:
            file = self._contexts.get(iri) or self._contexts.get(name)
            if file is None:
                raise _NotResolvedError(
                    name,
                    f"the context <{iri}> has no file",
                    f'save it and say where: <uri name="{iri}" uri="FILE"/> in {CATALOG};'
                    " contexts are never fetched",
                )
            self._read[iri] = _context_of(file, iri)
        return iri, self._read[iri]


class _NotResolvedError(Exception):
    """A context that cannot be put in its place: its name in the document, and why."""

    def __init__(self, iri: str, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.iri, self.what, self.hint = iri, what, hint


def _context_of(file: Path, iri: str) -> Any:
    hint = f"{CATALOG} says that it holds the context <{iri}>"
    try:
        with open_decompressed(file) as opened:
            content = opened.read(_CONTEXT_BYTES + 1)
    except SourceError as error:
        raise SourceError(error.what, path=file, hint=hint) from None
    if len(content) > _CONTEXT_BYTES:
        raise SourceError(f"it is more than {_CONTEXT_BYTES >> 20} MiB", path=file, hint=hint)
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise SourceError(
            error.msg, path=file, line=error.lineno, column=error.colno, hint=hint
        ) from None
    except (RecursionError, ValueError) as error:
        raise SourceError(f"it cannot be read as JSON: {error}", path=file, hint=hint) from None
    if not isinstance(document, dict) or "@context" not in document:
        raise SourceError('an object with "@context" is expected', path=file, hint=hint)
    return document["@context"]


# what a message says of a value, and what the text of such a value begins with
_WRONG = (("must be a string", re.compile(r'[^"]')), ("blank node", re.compile('"_:')))
# Messages without a keyword, and the keys of the members that they are about.
_ABOUT = (
    (re.compile("reverse propert"), ("@reverse",)),
    (re.compile(r"protected term (.+)"), ()),
    (re.compile("IRI mapping"), ("@context",)),
)


def blamed(text: str, message: str) -> tuple[int, int] | None:
    """Line and column of the member that a message of the parser is about, as far as one can tell.

    That is the first with a keyword that the message names, if possible one whose value is wrong
    in the way it says; of a term that is defined again the last. Where there is no such member, it
    is the first string that the message names.
    """
    words = re.findall(r"@[a-z]+", message)
    again = False
    for pattern, keys in _ABOUT:
        if match := pattern.search(message):
            words += keys or match.groups()
            again = not keys
    every = [member for member in members(text) if not member.in_value]
    blamed = sorted((each for each in every if each.key in words), key=lambda each: each.at)
    if again:
        contexts = [each for each in every if each.key == "@context"]
        blamed = [m for m in blamed if any(c.start <= m.at < c.end for c in contexts)][-1:]
    for said, wrong in _WRONG:
        if said in message:
            blamed = [m for m in blamed if wrong.match(text, m.start)] or blamed
    if "twice" in message:
        first = {(member.of, member.key): member.at for member in reversed(blamed)}
        blamed = [m for m in blamed if m.at != first[m.of, m.key]] or blamed
    if blamed:
        return Places(text).of(blamed[0].at)
    return place_of_string(text, [word for word in message.split() if "@" in word or ":" in word])


def place_of_long(text: str, size: int) -> tuple[int, int] | None:
    """Line and column of the first string that has more bytes than this."""
    for match in _TOKEN.finditer(text):
        if match[0][0] == '"' and len(match[0].encode("utf-8", "replace")) > size:
            return Places(text).of(match.start())
    return None


def place_of_string(text: str, values: Sequence[str]) -> tuple[int, int] | None:
    """Line and column of the first string that is one of these."""
    for match in _TOKEN.finditer(text):
        if match[0][0] == '"' and _string(match[0]) in values:
            return Places(text).of(match.start())
    return None
