"""LangExtract: a document a line, each with its text and the extractions of a model.

`char_interval` counts code points; it is a hint only where `alignment_status` is match_exact, for a
model's words may be aligned with others of the text. An extraction is a span whose label is its
class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cgkg.intake.annotations.proposals import (
    NO_WORDS,
    AnnotatedSpan,
    AnnotatedText,
    ProposalOrigin,
    TextOffsets,
    texts_of,
)
from cgkg.intake.annotations.records import Record, objects, offsets, text_of

NAME = "LangExtract"


def fits(held: Mapping[str, Any]) -> bool:
    """Whether an object is a document of LangExtract."""
    return isinstance(held.get("extractions"), list)


def read(record: Record) -> AnnotatedText:
    """What was extracted of one document.

    Raises:
        SourceError: the text is none.
    """
    text = record.text("text")
    places = TextOffsets(text)
    origin = ProposalOrigin("software", NAME, "", record.place, record.text("document_id"))
    mentions = [_mention(each, places) for each in objects(record.held["extractions"])]
    left_out = [NO_WORDS] * mentions.count(None)
    return AnnotatedText([one for one in mentions if one], (), text, origin, left_out)


def _mention(held: Mapping[str, Any], places: TextOffsets) -> AnnotatedSpan | None:
    words = text_of(held.get("extraction_text"))
    if not words.strip():
        return None
    mention = AnnotatedSpan(words, text_of(held.get("extraction_class")))
    interval = held.get("char_interval")
    aligned = held.get("alignment_status") == "match_exact"
    between = offsets(interval, "start_pos", "end_pos") if isinstance(interval, dict) else None
    if between and aligned:
        mention = replace(mention, place=places.place(*between, words))
    elif places.text.count(words) == 1:
        mention = replace(mention, place=places.nearest(words))
    given = held.get("attributes")
    attributes = given if isinstance(given, dict) else {}
    return replace(
        mention,
        attributes={str(name): texts_of(value) for name, value in attributes.items()},
        notes=texts_of(held.get("description")),
        exact=numbers(attributes),
    )


def numbers(attributes: Mapping[str, Any]) -> frozenset[str]:
    """The names of attributes whose values are numbers of JSON."""
    return frozenset(
        name
        for name, value in attributes.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )


__all__ = ["NAME", "fits", "read"]
