"""Label Studio: tasks with annotations of people and predictions of models.

Regions that are the same by their id are one span: labels name it, choices and texts are its
attributes. Offsets count code points or, in older versions, UTF-16; the region's text decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cgkg.intake.annotations.proposals import (
    NO_END,
    NO_WORDS,
    AnnotatedSpan,
    AnnotatedText,
    Place,
    ProposalOrigin,
    Relation,
    TextOffsets,
    texts_of,
)
from cgkg.intake.annotations.records import Record, objects, offsets, text_of

NAME = "Label Studio"
_RESULTS = ("annotations", "completions", "predictions")


def fits(held: Mapping[str, Any]) -> bool:
    """Whether an object is a task of Label Studio."""
    return isinstance(held.get("data"), dict) and any(name in held for name in _RESULTS)


def read(record: Record) -> Iterator[AnnotatedText | str]:
    """What each annotation and each prediction of one task says, or why one is left out."""
    data = record.held["data"]
    for kind in _RESULTS:
        for given in objects(record.held.get(kind) or []):
            if given.get("was_cancelled"):
                yield "cancelled by the annotator"
            else:
                yield _annotated(record, data, given, predicted=kind == "predictions")


def _annotated(
    record: Record, data: Mapping[str, Any], given: Mapping[str, Any], *, predicted: bool
) -> AnnotatedText:
    results = list(objects(given.get("result") or []))
    text = _text(data, results)
    places = TextOffsets(text)
    score = given.get("score") if predicted else None
    regions: dict[str, _Region] = {}
    for result in results:
        if isinstance(result.get("value"), dict):
            key = str(result.get("id", len(regions)))
            regions.setdefault(key, _Region(texts_of(score))).take(result, places)
    mentions = {key: mention for key, each in regions.items() if (mention := each.mention(places))}
    linked = [one for each in results for one in _relations(each, mentions)]
    left_out = [NO_WORDS] * (len(regions) - len(mentions)) + [NO_END] * linked.count(None)
    who = given.get("model_version") if predicted else given.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    origin = ProposalOrigin(
        "software" if predicted else "person",
        next(iter(texts_of(who)), NAME),
        text_of(given.get("created_at")),
        record.place,
        text_of(data.get("document")) or text_of(record.held.get("file_upload")),
    )
    relations = [each for each in linked if each]
    return AnnotatedText(list(mentions.values()), relations, text, origin, left_out)


@dataclass
class _Region:
    """What results of one id say together."""

    confidence: list[str]
    words: str = ""
    place: Place | None = None
    labels: list[str] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, result: Mapping[str, Any], places: TextOffsets) -> None:
        value, kind = result["value"], text_of(result.get("type"))
        between = offsets(value, "start", "end")
        if between is None and isinstance(value.get("globalOffsets"), dict):
            between = offsets(value["globalOffsets"], "start", "end")
        words = text_of(value.get("text"))
        if between and self.place is None:
            self.words, self.place = words, places.place(*between, words)
        self.words = self.words or words
        if kind.endswith("labels"):
            self.labels += texts_of(value.get(kind) or value.get("labels"))
        elif kind in ("choices", "textarea", "number", "taxonomy"):
            told = texts_of(value.get("text" if kind == "textarea" else kind))
            self.attributes.setdefault(text_of(result.get("from_name")), []).extend(told)
        if isinstance(result.get("score"), int | float):
            self.confidence = texts_of(result["score"])
        if isinstance(result.get("meta"), dict):
            self.notes += texts_of(result["meta"].get("text"))

    def mention(self, places: TextOffsets) -> AnnotatedSpan | None:
        words = places.text[slice(*self.place)] if self.place else self.words
        if not words.strip():
            return None
        held = {"confidence": self.confidence, **self.attributes}
        label = next(iter(self.labels), "")
        notes = [*self.notes, *(f"labelled {other}, too" for other in self.labels[1:])]
        return AnnotatedSpan(words, label, self.place, attributes=held, notes=notes)


def _relations(
    held: Mapping[str, Any], mentions: Mapping[str, AnnotatedSpan]
) -> Iterator[Relation | None]:
    """The relations that a result is; None for one that has not both ends."""
    if held.get("type") != "relation":
        return
    ends = [mentions.get(str(held.get(name))) for name in ("from_id", "to_id")]
    if held.get("direction") == "left":
        ends.reverse()
    head, tail = ends
    if head is None or tail is None:
        yield None
        return
    both = [(head, tail), (tail, head)] if held.get("direction") == "bi" else [(head, tail)]
    for label in texts_of(held.get("labels")) or [""]:
        for one, other in both:
            yield Relation(label, one, other, {"confidence": one.attributes["confidence"]})


def _text(data: Mapping[str, Any], results: list[Mapping[str, Any]]) -> str:
    """The text of a task: the datum that a result is of, else `text`, else the longest."""
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    named = (text_of(each.get("to_name")) for each in results)
    chosen = next((texts[name] for name in (*named, "text") if name in texts), None)
    return chosen if chosen is not None else max(texts.values(), key=len, default="")


__all__ = ["NAME", "fits", "read"]
