"""JSON lines of spaCy, Prodigy and doccano: a text a line, with spans and relations.

A text is often one sentence of the document. Offsets count code points. What was rejected or
ignored in Prodigy is left out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from cgkg.intake.annotations.proposals import (
    NO_END,
    NO_WORDS,
    Agent,
    AnnotatedSpan,
    AnnotatedText,
    ProposalOrigin,
    Relation,
    TextOffsets,
    texts_of,
)
from cgkg.intake.annotations.records import Record, objects, offsets, text_of

NAME = "spaCy or Prodigy"
_LISTS = ("spans", "ents", "entities", "label", "labels")
_STARTS, _ENDS = ("start", "start_offset"), ("end", "end_offset")
_FIELDS = frozenset(
    {
        *_STARTS, *_ENDS, "id", "text", "label", "labels", "type", "kb_id", "token_start",
        "token_end", "ws", "source", "input_hash", "answer", "meta",
    }
)  # fmt: skip


def has_text(held: Mapping[str, Any]) -> bool:
    """Whether an object is a text, with spans or, as one that was ignored, without."""
    return isinstance(held.get("text", held.get("data")), str)


def fits(held: Mapping[str, Any]) -> bool:
    """Whether an object is a text with spans."""
    known = any(isinstance(held.get(name), list | dict | str) for name in _LISTS)
    return has_text(held) and known


def read(record: Record) -> AnnotatedText | str:
    """What is said of one text, or why that is left out.

    Raises:
        SourceError: the text is none.
    """
    held = record.held
    answer = held.get("answer", "accept")
    if answer != "accept":
        return f"answered with {answer}"
    text = record.text("text") or record.text("data")
    places = TextOffsets(text)
    mentions: dict[str, AnnotatedSpan] = {}
    left_out: list[str] = []
    for number, span in enumerate(_spans(held)):
        mention = _mention(span, places)
        if mention:
            mentions[str(span.get("id", f"#{number}"))] = mention
        else:
            left_out.append(NO_WORDS)
    if not mentions and isinstance(held.get("label"), str) and text.strip():
        mentions[""] = AnnotatedSpan(text, held["label"], (0, len(text)))
    linked = list(_relations(held, mentions, places))
    relations = [each for each in linked if each]
    left_out += [NO_END] * linked.count(None)
    joined = [end for each in relations for end in (each.head, each.tail)]
    known = {id(each) for each in mentions.values()}
    added = [each for each in joined if id(each) not in known]
    return AnnotatedText([*mentions.values(), *added], relations, text, _origin(record), left_out)


def _spans(held: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in _LISTS:
        value = held.get(name)
        if isinstance(value, dict):  # groups of spans, or doccano's entities within its label
            grouped = [each for group in value.values() if isinstance(group, list)
                       for each in group]  # fmt: skip
            value = value["entities"] if isinstance(value.get("entities"), list) else grouped
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                yield each
            elif isinstance(each, list) and len(each) == 3:
                yield {"start": each[0], "end": each[1], "label": each[2]}


def _mention(span: Mapping[str, Any], places: TextOffsets) -> AnnotatedSpan | None:
    between = _between(span)
    words = text_of(span.get("text"))
    place = places.place(*between, words) if between else places.nearest(words)
    words = places.text[slice(*place)] if place else words
    if not words.strip():
        return None
    label = next(iter(texts_of(span.get("label") or span.get("labels") or span.get("type"))), "")
    others = {
        name: texts_of(value)
        for name, value in span.items()
        if name not in _FIELDS and not name.startswith("_") and not isinstance(value, dict)
    }
    return AnnotatedSpan(words, label, place, id=text_of(span.get("kb_id")), attributes=others)


def _between(span: Mapping[str, Any]) -> tuple[int, int] | None:
    pairs = (offsets(span, *names) for names in zip(_STARTS, _ENDS, strict=True))
    return next((pair for pair in pairs if pair), None)


def _relations(
    held: Mapping[str, Any], mentions: Mapping[str, AnnotatedSpan], places: TextOffsets
) -> Iterator[Relation | None]:
    """The relations; None for one that has no label, or not both ends."""
    groups = [held.get("relations")]
    if isinstance(held.get("label"), dict):
        groups.append(held["label"].get("relations"))
    by_place = {mention.place: mention for mention in mentions.values()}
    for group in groups:
        for each in objects(group):
            ends = []
            for span, name in (("head_span", "from_id"), ("child_span", "to_id")):
                told = each.get(span)
                end = _mention(told, places) if isinstance(told, dict) else None
                ends.append(
                    by_place.get(end.place, end) if end else mentions.get(str(each.get(name)))
                )
            label = next(iter(texts_of(each.get("label") or each.get("type"))), "")
            head, tail = ends
            yield Relation(label, head, tail) if head and tail and label else None


def _origin(record: Record) -> ProposalOrigin:
    held = record.held
    meta = held["meta"] if isinstance(held.get("meta"), dict) else {}
    told = next(iter(texts_of(held.get("annotator"))), "")  # in the short JSON of Label Studio
    who = text_of(held.get("_annotator_id")) or told
    agent: Agent = "person" if who else ""
    stamp = held.get("_timestamp")
    when = text_of(held.get("created_at"))
    if isinstance(stamp, int | float) and not isinstance(stamp, bool) and 0 <= stamp < 1 << 35:
        utc = datetime.datetime.fromtimestamp(int(stamp), datetime.UTC)
        when = utc.isoformat().replace("+00:00", "Z")
    document = text_of(meta.get("document")) or text_of(meta.get("source"))
    return ProposalOrigin(agent, who or NAME, when, record.place, document)


__all__ = ["NAME", "fits", "has_text", "read"]
