"""What another tool proposes: spans and relations of a text, and the statements that they make."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

Attributes = Mapping[str, Sequence[str]]
Agent = Literal["software", "person", ""]
Place = tuple[int, int]
"""Characters (code points) of the tool's text: start, and end (exclusive)."""

CONTEXT = 32
"""Characters before and after a quote that tell it from others, as Web Annotations have them."""
TYPE = "a"
"""The property of a span that says only what its words are."""
_OWN = ("subject", "property", "value", "class", "mode", "confidence", "document")
_GIST = "gist"


@dataclass(frozen=True)
class ProposalOrigin:
    """Who proposed something, when, and in which file; "" is not known.

    `generated_at` is an xsd:dateTime or xsd:date, `derived_from` a file and the place in it.
    """

    agent: Agent = ""
    attributed_to: str = ""
    generated_at: str = ""
    derived_from: str = ""
    document: str = ""


@dataclass(frozen=True)
class Proposal:
    """A statement that is proposed, in the words of its tool.

    `subject_class`, `property` and `value_class` are the tool's names; `subject_id` and `value_id`
    identify what the words name, if the tool says it. `exact` says that the value is a number of a
    program.
    """

    quote: str
    prefix: str = ""
    suffix: str = ""
    start: int | None = None
    end: int | None = None
    subject: str = ""
    subject_class: str = ""
    subject_id: str = ""
    property: str = ""
    value: str = ""
    value_class: str = ""
    value_id: str = ""
    exact: bool = False
    mode: str = ""
    gists: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    confidence: str = ""
    origin: ProposalOrigin = ProposalOrigin()


@dataclass(frozen=True, eq=False)
class AnnotatedSpan:
    """A span: its words, where it stands in the tool's text, its label and what is said of it.

    `id` is what the words name, by an identifier; `notes` are comments of people; `quote` are the
    words with what is between them left out, where they stand apart.
    """

    words: str
    label: str = ""
    place: Place | None = None
    prefix: str = ""
    suffix: str = ""
    id: str = ""
    attributes: Attributes = field(default_factory=dict)
    notes: Sequence[str] = ()
    exact: frozenset[str] = frozenset()
    quote: str = ""


@dataclass(frozen=True, eq=False)
class Relation:
    """A relation from one span to another."""

    label: str
    head: AnnotatedSpan
    tail: AnnotatedSpan
    attributes: Attributes = field(default_factory=dict)
    notes: Sequence[str] = ()


NO_WORDS = "no quotation tells its words"
NO_END = "it links annotations that are not in the file"


@dataclass(frozen=True)
class AnnotatedText:
    """What a tool says of one text; "" if it does not tell the text.

    `left_out` has a reason for each annotation and relation of it that was left out.
    """

    mentions: Sequence[AnnotatedSpan]
    relations: Sequence[Relation] = ()
    text: str = ""
    origin: ProposalOrigin = ProposalOrigin()
    left_out: Sequence[str] = ()


class TextOffsets:
    """Offsets of other units into a text as offsets of code points."""

    def __init__(self, text: str) -> None:
        self.text = text

    def place(self, start: int, end: int, quote: str = "", *, utf16: bool = False) -> Place | None:
        """Where the words stand that start and end are said to be of.

        The quote is the authority: offsets count as code points, else as UTF-16, else as bytes of
        UTF-8, whichever has these words; else the words nearest to the start are taken.

        Args:
            start, end: of whatever unit.
            quote: the words, if the tool tells them.
            utf16: the unit where there is no quote.
        """
        if not quote:
            place = (self._of_utf16(start), self._of_utf16(end)) if utf16 else (start, end)
            return place if 0 <= place[0] < place[1] <= len(self.text) else None
        for convert in (int, self._of_utf16, self._of_bytes):
            place = convert(start), convert(end)
            if place[0] >= 0 and self.text[slice(*place)] == quote:
                return place
        return self.nearest(quote, start)

    def nearest(self, quote: str, start: int = 0) -> Place | None:
        """The place of these words that is nearest to an offset."""
        before = self.text.rfind(quote, 0, max(start, 0) + len(quote))
        after = self.text.find(quote, max(start, 0))
        starts = [at for at in (before, after) if at >= 0]
        if not starts or not quote:
            return None
        at = min(starts, key=lambda each: abs(each - start))
        return at, at + len(quote)

    def _of_utf16(self, units: int) -> int:
        return units - bisect_left(self._astral, units)

    def _of_bytes(self, units: int) -> int:
        return units if self.text.isascii() else bisect_left(self._bytes, units)

    @cached_property
    def _astral(self) -> list[int]:
        """Where characters of two units begin, in units."""
        astral = (at for at, sign in enumerate(self.text) if ord(sign) > 0xFFFF)
        return [at + number for number, at in enumerate(astral)]

    @cached_property
    def _bytes(self) -> list[int]:
        return [0, *accumulate(len(sign.encode("utf-8", "replace")) for sign in self.text)]


def statements(annotated: AnnotatedText) -> Iterator[Proposal]:
    """The statements that spans and relations make.

    A relation says: words of its head, its label, words of its tail; cited is the text from the
    first to the last of both. A span of its own says by the attributes subject, property and value
    what it states, or else each attribute as a property of its words, or else that its words are of
    the class that its label names.
    """
    joined = {id(end) for each in annotated.relations for end in (each.head, each.tail)}
    for mention in annotated.mentions:
        yield from _of_mention(annotated, mention, alone=id(mention) not in joined)
    for relation in annotated.relations:
        yield _of_relation(annotated, relation)


def texts_of(value: Any) -> list[str]:
    """The texts of a value of JSON: of a list each, of anything else the one that it is."""
    match value:
        case None | "" | [] | {}:
            return []
        case list():
            return [text for each in value for text in texts_of(each)]
        case bool():
            return ["true" if value else "false"]
        case str():
            return [value]
        case float() if value.is_integer():
            return [str(int(value))]
        case dict():
            return [f"{key}: {text}" for key, each in value.items() for text in texts_of(each)]
    return [str(value)]


def _of_mention(
    annotated: AnnotatedText, mention: AnnotatedSpan, *, alone: bool
) -> Iterator[Proposal]:
    held = mention.attributes
    own = {name: held[name] for name in _OWN if held.get(name)}
    others = {name: texts for name, texts in held.items() if texts and not _is_own(name)}
    if own.keys() & {"subject", "property", "value"}:
        yield from _as_told(annotated, mention, own, others)
        return
    base = _base(annotated, held, mention.notes, _cite(annotated, mention))
    class_ = _first(own, "class") or mention.label
    about = replace(base, subject=mention.words, subject_id=mention.id)
    for name, texts in others.items():
        for text in texts:
            exact = name in mention.exact
            yield replace(about, subject_class=class_, property=name, value=text, exact=exact)
    if alone and not others:
        yield replace(about, property=TYPE, value=class_) if class_ else base


def _as_told(
    annotated: AnnotatedText, mention: AnnotatedSpan, own: Attributes, others: Attributes
) -> Iterator[Proposal]:
    """The statements that the attributes subject, property and value tell.

    The words of the span stand for the one of subject and value that is not told.
    """
    notes = (*mention.notes, *(f"{name}: {', '.join(texts)}" for name, texts in others.items()))
    base = _base(annotated, mention.attributes, notes, _cite(annotated, mention))
    base = replace(
        base, property=_first(own, "property") or mention.label,
        subject_class=_first(own, "class"), exact="value" in mention.exact,
    )  # fmt: skip
    if "subject" not in own:
        for value in own.get("value", [""]):
            yield replace(base, subject=mention.words, subject_id=mention.id, value=value)
        return
    for subject in own["subject"]:
        if "value" not in own:
            yield replace(base, subject=subject, value=mention.words, value_id=mention.id)
        for value in own.get("value", ()):
            yield replace(base, subject=subject, value=value)


def _of_relation(annotated: AnnotatedText, relation: Relation) -> Proposal:
    head, tail = relation.head, relation.tail
    others = [
        f"{name}: {', '.join(texts)}"
        for name, texts in relation.attributes.items()
        if not _is_own(name)
    ]
    notes = (*relation.notes, *others, *head.notes, *tail.notes)
    base = _base(annotated, relation.attributes, notes, _cite(annotated, head, tail))
    return replace(
        base,
        subject=head.words,
        subject_class=_first(head.attributes, "class") or head.label,
        subject_id=head.id,
        property=relation.label,
        value=tail.words,
        value_class=_first(tail.attributes, "class") or tail.label,
        value_id=tail.id,
    )


def _base(
    annotated: AnnotatedText, held: Attributes, notes: Sequence[str], cited: Proposal
) -> Proposal:
    gists = {
        name.partition("_")[2]: texts[0] for name, texts in held.items() if texts and _is_gist(name)
    }
    origin = annotated.origin
    if document := _first(held, "document"):
        origin = replace(origin, document=document)
    return replace(
        cited, mode=_first(held, "mode"), gists=gists, note=_joined(notes),
        confidence=_first(held, "confidence"), origin=origin,
    )  # fmt: skip


def _cite(annotated: AnnotatedText, *mentions: AnnotatedSpan) -> Proposal:
    """A proposal that has its quote only: the text from the first to the last of the spans."""
    places = sorted(mention.place for mention in mentions if mention.place)
    if not annotated.text or len(places) < len(mentions):
        if len(places) == len(mentions):
            mentions = tuple(sorted(mentions, key=lambda each: each.place or (0, 0)))
        words = dict.fromkeys(each.quote or each.words for each in mentions if each.words)
        start, end = (places[0][0], places[-1][1]) if places else (None, None)
        quote = " \u2026 ".join(words)
        prefix, suffix = mentions[0].prefix, mentions[-1].suffix
        return Proposal(quote, prefix, suffix, start, None if quote else end)
    start, end = min(place[0] for place in places), max(place[1] for place in places)
    text = annotated.text
    before = text[max(0, start - CONTEXT) : start].rpartition("\n")[2]
    after = text[end : end + CONTEXT].partition("\n")[0]
    return Proposal(text[start:end], before.lstrip(), after.rstrip(), start)


def _is_own(name: str) -> bool:
    return name in _OWN or _is_gist(name)


def _is_gist(name: str) -> bool:
    return name == _GIST or name.startswith(f"{_GIST}_")


def _first(held: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(held.get(name, ())), "")


def _joined(notes: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(" ".join(note.split()) for note in notes if note.strip()))


__all__ = [
    "TYPE",
    "Agent",
    "AnnotatedSpan",
    "AnnotatedText",
    "Attributes",
    "Place",
    "Proposal",
    "ProposalOrigin",
    "Relation",
    "TextOffsets",
    "statements",
    "texts_of",
]  # fmt: skip
