"""Which format a file of annotations has, and the statements that it proposes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.errors import SourceError
from cgkg.intake.annotations import (
    brat,
    jsoncas,
    labelstudio,
    langextract,
    spacy,
    webannotation,
)
from cgkg.intake.annotations.proposals import NO_WORDS, AnnotatedText, Proposal, statements
from cgkg.intake.annotations.records import Record, objects, read_json

_KNOWN = (
    "LangExtract JSONL, W3C Web Annotation (Recogito, Hypothes.is), brat (.ann), INCEpTION (UIMA"
    " CAS JSON), Label Studio JSON, spaCy, Prodigy and doccano JSONL; docs/how-to/candidates.md"
)
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class ReadProposals:
    """What a file proposes, the name of its format, and how much was left out, by the reason."""

    format: str
    proposals: tuple[Proposal, ...]
    left_out: Mapping[str, int]


def read_proposals(path: Path) -> ReadProposals:
    """The statements that a file of annotations proposes.

    Args:
        path: in any of the formats; of brat the .ann, beside which the .txt may lie.

    Raises:
        SourceError: it cannot be read, or is in none of these formats; says where.
    """
    if path.suffix.lower() == brat.SUFFIX:
        return _made(brat.NAME, [brat.read(path)])
    if path.suffix.lower() == ".spacy":
        raise SourceError(
            "it is a DocBin of spaCy",
            path=path,
            hint="write its documents as JSON, one a line: json.dumps(doc.to_json())",
        )
    with path.open("rb") as file:
        if file.read(4) == _ZIP:
            raise SourceError("it is an archive", path=path, hint="unpack it, and give its files")
    records = list(_records(path))
    first = records[0].held if records else {}
    if spacy.has_text(first):  # what was ignored in Prodigy may come first, without spans
        first = next((each.held for each in records if spacy.fits(each.held)), first)
    if langextract.fits(first):
        return _made(langextract.NAME, map(langextract.read, _all(records, langextract.fits)))
    if jsoncas.fits(first):
        texts = (one for each in _all(records, jsoncas.fits) for one in jsoncas.read(each))
        return _made(jsoncas.NAME, texts)
    if labelstudio.fits(first):
        proposals = (one for r in _all(records, labelstudio.fits) for one in labelstudio.read(r))
        return _made(labelstudio.NAME, proposals)
    if webannotation.fits(first):
        return _made(webannotation.NAME, webannotation.read(_flat(records)))
    if spacy.fits(first):
        return _made(spacy.NAME, map(spacy.read, _all(records, spacy.has_text)))
    raise SourceError("its format is not known", path=path, hint=f"cgkg reads {_KNOWN}")


def _made(name: str, texts: Iterable[AnnotatedText | str]) -> ReadProposals:
    left_out: Counter[str] = Counter()
    proposals: list[Proposal] = []
    for each in texts:
        if isinstance(each, str):
            left_out[each] += 1
            continue
        left_out.update(each.left_out)
        for proposal in statements(each):
            if proposal.quote.strip() or proposal.start is not None:
                proposals.append(proposal)
            else:
                left_out[NO_WORDS] += 1
    return ReadProposals(name, tuple(proposals), left_out)


def _records(path: Path) -> Iterator[Record]:
    """The objects of a file: of its list, of its lines, or the one that it is."""
    whole, lines = read_json(path)
    if lines:
        for number, (line, value) in enumerate(lines, 1):
            yield Record(path, number, line, _object(path, value, line))
        return
    many = isinstance(whole, list) and not _is_trained(whole)
    for number, value in enumerate(whole if many else [whole], 1):
        yield Record(path, number, None, _object(path, value, None))


def _object(path: Path, value: Any, line: int | None) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    if _is_trained(value):
        return {"text": value[0], **next(objects(value[1]), {})}
    raise SourceError("there is no object", path=path, line=line, hint=f"cgkg reads {_KNOWN}")


def _is_trained(value: Any) -> bool:
    """Whether a list is a text with its annotations, as spaCy 2 was trained with."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _all(records: Iterable[Record], fits: Any) -> Iterator[Record]:
    for record in records:
        if not fits(record.held):
            raise record.error("it is not of the format of the first record")
        yield record


def _flat(records: Iterable[Record]) -> list[Record]:
    """A record for each annotation, wherever it is in a file."""
    annotations = [
        (record, each) for record in records for each in webannotation.within(record.held)
    ]
    return [
        Record(record.path, number, record.line, each)
        for number, (record, each) in enumerate(annotations, 1)
    ]


__all__ = ["ReadProposals", "read_proposals"]
