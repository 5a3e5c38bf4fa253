"""Replacing the terms of single statements in Turtle, TriG and N-Triples, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cgkg.rdf.lines import TOKEN, StatementReader
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import RDF, XSD

__all__ = ["replace_terms"]

_Span = tuple[int, int]
_LOCAL = re.compile(r"[\w\u00b7-]+(?:\.[\w\u00b7-]+)*")
_ESCAPED = re.compile(r"[~!$&'()*+,;=/?#@%]")
_BARE = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.boolean: re.compile("true|false"),
}


@dataclass
class _Written:
    """A statement as keys and where its subject, predicate and object stand; None for a bracket."""

    keys: tuple[str, str, str, str]
    spans: tuple[_Span | None, _Span | None, _Span | None]


def replace_terms(
    text: str,
    wrong: Triple,
    right: Triple,
    graph: IRI | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> str | None:
    """The text with one statement in the place of another; None if that cannot be done.

    It cannot if the statement is not there or stands there several times, or if what differs is
    written as a bracket. Other statements that share the term in the text change with it: whoever
    calls this parses the outcome and compares.

    Args:
        text: well-formed.
        wrong: the statement that is there.
        right: what it should be.
        graph: the named graph that it is in, of which the text gives the name.
        prefixes: those that hold before the text declares its own.
    """
    given = dict(prefixes or {})
    wanted = (graph.value if graph else "", *map(_key, parts(wrong)))
    matches = [each for each in _written(text, given) if each.keys == wanted]
    if len(matches) != 1:
        return None
    declared = _prefixes(text, given)
    edits: list[tuple[_Span, str]] = []
    for span, old, new in zip(matches[0].spans, parts(wrong), parts(right), strict=True):
        if old != new:
            if span is None:
                return None
            edits.append((span, _write(new, declared)))
    for (start, end), new_text in sorted(edits, reverse=True):
        text = text[:start] + new_text + text[end:]
    return text


def _key(term: Term) -> str:
    if isinstance(term, IRI):
        return term.value
    return f'"{term.value}' if isinstance(term, Literal) else "_"


def _prefixes(text: str, given: Mapping[str, str]) -> Mapping[str, str]:
    reader = StatementReader(dict(given))
    for match in TOKEN.finditer(text):
        if match.lastgroup != "skip":
            for _ in reader.take(match.lastgroup or "", match[0], 0):
                pass
    return reader.prefixes


def _written(text: str, given: Mapping[str, str]) -> Iterator[_Written]:
    """Every statement of the text, with the places of its terms."""
    reader = StatementReader(dict(given))
    subject: _Span | None = None
    predicate: _Span | None = None
    around: list[tuple[_Span | None, _Span | None]] = []
    held: _Written | None = None  # its literal may have a language or a datatype
    for match in TOKEN.finditer(text):
        kind, token, span = match.lastgroup or "", match[0], match.span()
        if kind == "skip":
            continue
        suffix = kind in ("tag", "type") or reader.typed
        if held is not None:
            if suffix and reader.directive is None:
                start = held.spans[2][0] if held.spans[2] else span[0]
                held.spans = (*held.spans[:2], (start, span[1]))
            else:
                yield held
                held = None
        if kind == "mark" and token in "[(":
            around.append((subject, predicate))
        before = (reader.subject, reader.predicate)
        said = list(reader.take(kind, token, 0))
        if kind == "mark":
            if token in "[(":
                subject = predicate = None
            elif token in "])" and around:
                subject, predicate = around.pop()
        elif before[0] is None and reader.subject is not None:
            subject = span
        elif before[1] is None and reader.predicate is not None:
            predicate = span
        for _, *keys in said:
            g, s, p, o = keys
            held = _Written((g, s, p, o), (subject, predicate, None if kind == "mark" else span))
    if held is not None:
        yield held


def _write(term: Term, prefixes: Mapping[str, str]) -> str:
    """The term as the file would write it."""
    if isinstance(term, IRI):
        fits = [(base, name) for name, base in prefixes.items() if term.value.startswith(base)]
        for base, name in sorted(fits, key=lambda each: -len(each[0])):
            local = term.value[len(base) :]
            if _LOCAL.fullmatch(_ESCAPED.sub("x", local)):
                return f"{name}:" + _ESCAPED.sub(r"\\\g<0>", local)
    if isinstance(term, Literal) and term.datatype not in (XSD.string, RDF.langString):
        bare = _BARE.get(term.datatype)
        if bare and bare.fullmatch(term.value):
            return term.value
        return f"{Literal(term.value)}^^{_write(term.datatype, prefixes)}"
    return str(term)
