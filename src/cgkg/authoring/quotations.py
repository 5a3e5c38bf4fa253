"""Quotations an author wants to cite, many at once: one a line, as words or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgkg.document.citing import FoundPlaces, TextSearch
from cgkg.document.quotes import Quotation
from cgkg.errors import ConfigError, SourceError
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.project.texts import open_text, open_texts

_KEYS = ("quote", "document", "prefix", "suffix", "section", "start")


@dataclass(frozen=True)
class AskedQuotation:
    """A quotation and the name of the document it is of, "" for any."""

    quotation: Quotation
    document: str = ""


@dataclass(frozen=True)
class FoundQuotation:
    """A quotation and where it stands."""

    asked: AskedQuotation
    result: FoundPlaces

    @property
    def settled(self) -> bool:
        """Whether it stands in one place or in several, and not only nearly."""
        return self.result.how in ("exact", "folded") and bool(self.result.places)

    def as_dict(self) -> dict[str, Any]:
        """As JSON: offsets in code points, SHA-256 of the document's words."""
        return {
            "quote": self.asked.quotation.words,
            "found": self.result.how if self.result.places else "none",
            "places": [
                {
                    "document": place.name,
                    "start": place.start,
                    "end": place.end,
                    "sha256": place.sha256,
                    "section": place.section,
                    "paragraph": place.paragraph,
                    "words": place.words,
                    "before": place.before,
                    "after": place.after,
                    **({"alike": round(place.alike, 3)} if place.alike < 1 else {}),
                }
                for place in self.result.places
            ],
        }


def read_quotations(text: str, name: str) -> list[AskedQuotation]:
    """The quotations of a text, one a line; a line that begins with a brace is a JSON object with
    `quote`, and `document`, `prefix`, `suffix`, `section` or `start`.

    Args:
        text: blank lines count for nothing.
        name: where it is from, for errors.

    Raises:
        SourceError: a line is no such JSON; says which.
    """
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), 1)
    return [_read(line, number, name) for number, line in lines if line.strip()]


def find_quotations(
    project: Project, asked: Iterable[AskedQuotation], source: Path | None = None
) -> Iterator[FoundQuotation]:
    """Where each stands, in their order.

    Args:
        project: whose documents are looked into.
        asked: what is looked for.
        source: the one document to look into; without it, all texts at hand.

    Raises:
        SourceError: a text is an edited copy, or a file of the project cannot be read.
        ConfigError: no document is at hand, or there is none of a name.
    """
    texts = open_text(project, source) if source else open_texts(project)
    for copy in texts.edited.values() if texts else ():
        raise SourceError(
            "this is not the text that is cited", path=copy.path, hint="cgkg check says more"
        )
    if texts is None:
        raise ConfigError(
            "the document is not at hand", hint="give --source FILE or put it into texts/"
        )
    search = TextSearch(texts, load(project).tables.values())
    for each in asked:
        document = search.named(each.document) if each.document else None
        if each.document and document is None:
            there = ", ".join(search.names) or "none"
            raise ConfigError(f"there is no document {each.document!r}", hint=f"there are: {there}")
        yield FoundQuotation(each, search.find(each.quotation, document))


def _read(line: str, number: int, name: str) -> AskedQuotation:
    if not line.lstrip().startswith("{"):
        return AskedQuotation(Quotation(line.strip()))

    def wrong(what: str) -> SourceError:
        hint = f"one object a line, with quote, and if need be {', '.join(_KEYS[1:])}"
        return SourceError(what, path=name, line=number, hint=hint)

    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise wrong(f"{error.msg} at column {error.colno}") from None
    except RecursionError:
        raise wrong("it is nested too deeply") from None
    if unknown := content.keys() - set(_KEYS):
        raise wrong(f"{', '.join(map(repr, sorted(unknown)))} is not understood")
    return AskedQuotation(_quotation(content, wrong), _text(content, "document", wrong))


def _quotation(content: Mapping[str, Any], wrong: Any) -> Quotation:
    words = _text(content, "quote", wrong)
    if not words.strip():
        raise wrong("there is no quote")
    start = content.get("start")
    if not (start is None or (isinstance(start, int) and not isinstance(start, bool))):
        raise wrong("start is no whole number")
    prefix, suffix, section = (
        _text(content, key, wrong) for key in ("prefix", "suffix", "section")
    )
    return Quotation(words, prefix, suffix, section, start)


def _text(content: Mapping[str, Any], key: str, wrong: Any) -> str:
    value = content.get(key, "")
    if not isinstance(value, str):
        raise wrong(f"{key} is no text")
    return value


__all__ = ["AskedQuotation", "FoundQuotation", "find_quotations", "read_quotations"]
