"""INCEpTION: the JSON serialization of a UIMA CAS (0.4).

Annotations of the layers that people annotate are spans; those with a governor and a dependent are
relations, and so are the links of a span's slots. Offsets count UTF-16, as Java does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cgkg.intake.annotations.proposals import (
    NO_END,
    NO_WORDS,
    AnnotatedSpan,
    AnnotatedText,
    ProposalOrigin,
    Relation,
    TextOffsets,
    texts_of,
)
from cgkg.intake.annotations.records import Record, objects, offsets, text_of

NAME = "INCEpTION"
_STRUCTURES = "%FEATURE_STRUCTURES"
_GOVERNOR, _DEPENDENT = "@Governor", "@Dependent"
_LABELS = ("label", "value", "kind", "category")
_IDS = ("identifier",)
# Types that cut a text, or describe a document.
_OTHERS = (
    "uima.", "de.tudarmstadt.ukp.dkpro.core.api.segmentation.",
    "de.tudarmstadt.ukp.dkpro.core.api.metadata.", "de.tudarmstadt.ukp.clarin.webanno.api.type.",
    "de.tudarmstadt.ukp.inception.api.type.", "org.dkpro.core.api.xml.",
)  # fmt: skip


def fits(held: Mapping[str, Any]) -> bool:
    """Whether an object is a CAS."""
    return _STRUCTURES in held


def read(record: Record) -> Iterator[AnnotatedText]:
    """What is annotated of each text of a CAS.

    Raises:
        SourceError: it holds no structures, or no text.
    """
    structures = record.held[_STRUCTURES]
    if isinstance(structures, dict):
        structures = [{"%ID": key, **each} for key, each in structures.items()
                      if isinstance(each, dict)]  # fmt: skip
    held = {str(each.get("%ID")): each for each in objects(structures)}
    texts = {
        key: each["sofaString"]
        for key, each in held.items()
        if isinstance(each.get("sofaString"), str)
    }
    if not texts:
        raise record.error("it holds no text (sofaString)")
    titles = (text_of(each.get("documentTitle")) for each in held.values())
    origin = ProposalOrigin(
        "", NAME, "", record.place, next(filter(None, titles), record.path.stem)
    )
    for key, text in texts.items():
        yield _View(held, key, TextOffsets(text), len(texts) == 1).annotated(origin)


class _View:
    """The annotations of one text of a CAS."""

    def __init__(
        self, held: Mapping[str, Mapping[str, Any]], sofa: str, places: TextOffsets, only: bool
    ) -> None:
        self._held, self._sofa, self._places, self._only = held, sofa, places, only
        self._mentions: dict[str, AnnotatedSpan] = {}

    def annotated(self, origin: ProposalOrigin) -> AnnotatedText:
        linking: list[tuple[str, Mapping[str, Any]]] = []
        layers: list[tuple[str, Mapping[str, Any]]] = []
        for key, each in self._held.items():
            kind = text_of(each.get("%TYPE"))
            if not kind or kind.startswith(_OTHERS) or not self._is_here(each):
                continue
            (linking if _GOVERNOR in each and _DEPENDENT in each else layers).append((key, each))
        left_out: list[str] = []
        for key, each in layers:
            mention = self._mention(each)
            if mention:
                self._mentions[key] = mention
            elif "begin" in each:
                left_out.append(NO_WORDS)
        linked = [self._relation(each) for _, each in linking]
        relations = [each for each in linked if each]
        left_out += [NO_END] * linked.count(None)
        relations += [one for key, each in layers for one in self._slots(key, each)]
        mentions = list(self._mentions.values())
        return AnnotatedText(mentions, relations, self._places.text, origin, left_out)

    def _is_here(self, each: Mapping[str, Any]) -> bool:
        return str(each.get("@sofa")) == self._sofa or ("@sofa" not in each and self._only)

    def _mention(self, each: Mapping[str, Any]) -> AnnotatedSpan | None:
        between = offsets(each, "begin", "end")
        place = self._places.place(*between, utf16=True) if between else None
        if place is None:
            return None
        features = _features(each)
        label = _label(each, features)
        id_ = next((features.pop(name)[0] for name in _IDS if features.get(name)), "")
        return AnnotatedSpan(
            self._places.text[slice(*place)], label, place, id=id_, attributes=features
        )

    def _relation(self, each: Mapping[str, Any]) -> Relation | None:
        head, tail = (self._mentions.get(str(each[name])) for name in (_GOVERNOR, _DEPENDENT))
        if not head or not tail:
            return None
        features = _features(each)
        return Relation(_label(each, features), head, tail, features)

    def _slots(self, key: str, each: Mapping[str, Any]) -> Iterator[Relation]:
        """The links of slots: a feature that refers to an array of roles with their targets."""
        head = self._mentions.get(key)
        for name, value in each.items():
            array = self._held.get(str(value), {}) if name.startswith("@") else {}
            elements = array.get("%ELEMENTS")
            for element in elements if isinstance(elements, list) and head else ():
                link = self._held.get(str(element), {})
                tail = self._mentions.get(str(link.get("@target")))
                if tail and head:
                    role = next(iter(texts_of(link.get("role"))), "") or name.removeprefix("@")
                    yield Relation(role, head, tail)


def _features(each: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        name: texts_of(value)
        for name, value in each.items()
        if name[:1] not in "%@^" and name not in ("begin", "end") and texts_of(value)
    }


def _label(each: Mapping[str, Any], features: dict[str, list[str]]) -> str:
    """The label among the features, which is taken out of them; else the name of the layer."""
    named = next((name for name in _LABELS if features.get(name)), None)
    if named is None and len(features) == 1 and not features.keys() & {*_IDS}:
        named = next(iter(features))
    if named is not None:
        return features.pop(named)[0]
    return text_of(each.get("%TYPE")).rpartition(".")[2]


__all__ = ["NAME", "fits", "read"]
