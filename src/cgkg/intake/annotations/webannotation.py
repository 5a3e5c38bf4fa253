"""Web Annotations of the W3C, as Recogito and Annotorious write them, and those of Hypothes.is.

A tag `subject:…`, `property:…`, `value:…`, `class:…`, `mode:…` or `gist:…` says that of the
statement; any other tag is the label of the words, and comments are notes. The quotation is what
counts: positions are those of a page, in the units of a browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cgkg.intake.annotations.proposals import (
    NO_END,
    NO_WORDS,
    Agent,
    AnnotatedSpan,
    AnnotatedText,
    ProposalOrigin,
    Relation,
    texts_of,
)
from cgkg.intake.annotations.records import Record, objects, offsets, text_of

NAME = "Web Annotation"
_KEYS = ("subject", "property", "value", "class", "mode", "gist", "document", "confidence")
_QUOTE, _POSITION, _RANGE = "TextQuoteSelector", "TextPositionSelector", "RangeSelector"
_DEEPEST = 8  # selectors within selectors


def fits(held: Mapping[str, Any]) -> bool:
    """Whether an object is an annotation, or a page or collection of such."""
    kinds = texts_of(held.get("type") or held.get("@type"))
    known = any(each.startswith("Annotation") for each in kinds)
    exported = any("target" in each for each in objects(held.get("annotations", [])))
    return known or exported or "target" in held or isinstance(held.get("rows"), list)


def within(value: Any) -> Iterator[Mapping[str, Any]]:
    """The annotations of a page, a collection, a list, an answer of Hypothes.is, or the one."""
    for each in objects(value):
        inner = [each[name] for name in ("items", "rows", "annotations", "@graph", "first")
                 if isinstance(each.get(name), list | dict) and "target" not in each]  # fmt: skip
        if inner:
            for one in inner:
                yield from within(one)
        elif "target" in each:
            yield each


def read(records: Sequence[Record]) -> Iterator[AnnotatedText | str]:
    """What annotations say, those of links between others too; or why one is left out."""
    mentions: list[tuple[AnnotatedSpan, Record]] = []
    named: dict[str, AnnotatedSpan] = {}
    links: list[Record] = []
    for record in records:
        ends = list(_linked(record.held))
        if len(ends) == 2:
            links.append(record)
            continue
        here = list(_mentions(record.held))
        if not here:
            yield NO_WORDS
        mentions += ((mention, record) for mention in here)
        name = text_of(record.held.get("id") or record.held.get("@id"))
        named.update({name: here[0]} if name and here else {})
    relations: list[tuple[Relation, Record]] = []
    for record in links:
        head, tail = (named.get(name) for name in _linked(record.held))
        if head is None or tail is None:
            yield NO_END
            continue
        held = _Bodies.of(record.held)
        for label in held.labels or held.attributes.get("property") or [""]:
            relations.append((Relation(label, head, tail, held.attributes, held.notes), record))
    for relation, record in relations:
        yield AnnotatedText((), [relation], "", _origin(record))
    joined = {id(end) for relation, _ in relations for end in (relation.head, relation.tail)}
    for mention, record in mentions:
        if id(mention) not in joined:
            yield AnnotatedText([mention], (), "", _origin(record))


def _linked(held: Mapping[str, Any]) -> Iterator[str]:
    """The annotations that an annotation is about, if it is a link from one to another."""
    target = held.get("target")
    for each in target if isinstance(target, list) else ():
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict) and "selector" not in each and "source" not in each:
            yield text_of(each.get("id") or each.get("@id"))


def _mentions(held: Mapping[str, Any]) -> Iterator[AnnotatedSpan]:
    bodies = _Bodies.of(held)
    for target in objects(held.get("target")):
        mention = _selected(target.get("selector"))
        if mention is None:
            continue
        mention = replace(
            mention, id=bodies.id, attributes=bodies.attributes, notes=tuple(bodies.notes)
        )
        for label in bodies.labels or [""]:
            yield replace(mention, label=label)


@dataclass
class _Bodies:
    """What the bodies and tags of an annotation say."""

    labels: list[str] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    id: str = ""

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> _Bodies:
        self = cls()
        for tag in texts_of(held.get("tags")):
            self._tag(tag)
        self.notes += [text for text in (held.get("text"), held.get("bodyValue"))
                       if isinstance(text, str)]  # fmt: skip
        for name in ("body", "bodies"):
            body = held.get(name)
            for each in body if isinstance(body, list) else [body]:
                self._body(each, text_of(held.get("motivation")))
        return self

    def _body(self, body: Any, motivation: str) -> None:
        if isinstance(body, str):
            self.id = self.id or body
        if not isinstance(body, dict):
            return
        purposes = texts_of(body.get("purpose")) or [motivation]
        said = body.get("value")
        value = text_of(said.get("label")) if isinstance(said, dict) else text_of(said)
        named = text_of(body.get("source") or body.get("id")) if not value else ""
        if "identifying" in purposes or (named and "classifying" not in purposes):
            self.id = self.id or named or value
        elif {"tagging", "classifying"} & {*purposes}:
            self._tag(value or named)
        elif value:
            self.notes.append(value)

    def _tag(self, tag: str) -> None:
        key, colon, rest = tag.partition(":")
        name, language = key.strip().casefold(), ""
        if name.startswith("gist_"):
            name, _, language = name.partition("_")
        if colon and name in _KEYS and rest.strip():
            key = f"{name}_{language}" if language else name
            self.attributes.setdefault(key, []).append(rest.strip())
        elif tag.strip():
            self.labels.append(tag.strip())


def _selected(selector: Any) -> AnnotatedSpan | None:
    """The words that selectors of one target tell together; None if none tells them."""
    quote, prefix, suffix = "", "", ""
    place: tuple[int, int] | None = None
    for each in _selectors(selector, 0):
        kind = text_of(each.get("type") or each.get("@type"))
        if not quote:
            quote, prefix, suffix = _quoted(each)
        if kind == _RANGE and not quote:
            quote, prefix = _range(each)
        if kind in ("", _POSITION):
            place = place or offsets(each, "start", "end")
    if not quote.strip() and place is None:
        return None
    return AnnotatedSpan(quote, "", place, prefix, suffix)


def _quoted(selector: Mapping[str, Any]) -> tuple[str, str, str]:
    """Words, and those before and after, as the W3C has them, or as annotators keep them."""
    told = selector.get("quote")
    held = told if isinstance(told, dict) else selector
    exact = text_of(held.get("exact")) or text_of(told)
    if not exact:
        return "", "", ""
    prefix, suffix = (
        text_of(held.get(name) or held.get(f"quote{name.capitalize()}"))
        for name in ("prefix", "suffix")
    )
    return exact, prefix, suffix


def _selectors(selector: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """A selector, alternatives of a choice, and what refines them, the refinement first."""
    for each in objects(selector) if depth < _DEEPEST else ():
        for name in ("refinedBy", "items"):
            yield from _selectors(each.get(name, []), depth + 1)
        yield each


def _range(held: Mapping[str, Any]) -> tuple[str, str]:
    """Quotation and prefix of a range from one quotation up to, and without, another."""
    start, end = (
        next((s for s in _selectors(held.get(name, []), 1) if text_of(s.get("exact"))), {})
        for name in ("startSelector", "endSelector")
    )
    first, last = text_of(start.get("exact")), text_of(end.get("prefix"))
    if not first or not last.strip():
        return "", ""
    return f"{first} \u2026 {last}", text_of(start.get("prefix"))


def _origin(record: Record) -> ProposalOrigin:
    held = record.held
    target = next(objects(held.get("target")), {})
    held = {**{name: target[name] for name in ("creator", "created") if name in target}, **held}
    creator = held.get("creator") or held.get("generator") or held.get("user")
    kind: Agent = "person" if "user" in held else ""
    if isinstance(creator, dict):
        kinds = texts_of(creator.get("type") or creator.get("@type"))
        kind = "software" if "Software" in kinds else "person" if "Person" in kinds else kind
        creator = creator.get("name") or creator.get("id")
    if held.get("generator") and not held.get("creator"):
        kind = "software"
    when = text_of(held.get("created")) or text_of(held.get("generated"))
    source = next((text_of(each.get("source")) for each in objects(held.get("target"))), "")
    return ProposalOrigin(kind, next(iter(texts_of(creator)), NAME), when, record.place, source)


__all__ = ["NAME", "fits", "read", "within"]
