"""Where quotations stand in the texts at hand, and how an author cites that place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cgkg.document.quotes import Extent, Quotation, QuotationFinder
from cgkg.document.sentences import SentenceTable, digest
from cgkg.document.text import TextsAtHand
from cgkg.languages import known
from cgkg.rdf.terms import IRI

_PREFIX = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
AROUND = 32
"""Characters that are shown before and after the words."""


@dataclass(frozen=True)
class CitedPlace:
    """Words of a document: where they stand (code points), and what stands around them.

    `section` and `paragraph` are "" and 0 where no sentence table says them; `alike` is below 1
    for what was looked for in other words.
    """

    document: IRI
    start: int
    end: int
    words: str
    before: str = ""
    after: str = ""
    section: str = ""
    paragraph: int = 0
    alike: float = 1.0

    @property
    def iri(self) -> IRI:
        """The name of the span."""
        return IRI(f"{self.document.value}/c/{self.start}-{self.end}")

    @property
    def sha256(self) -> str:
        """The digest of the words."""
        return digest(self.words)

    @property
    def name(self) -> str:
        """What the document is called."""
        return self.document.value.rsplit("/", 1)[1]

    def told(self) -> str:
        """In one line: where, and the words in square brackets among their neighbours."""
        where = f"{self.name} {self.start}-{self.end}"
        if self.section:
            where += f", section {self.section} \u00b6{self.paragraph}"
        return f"{where}: {self.before}[{self.words}]{self.after}"

    def header(
        self, languages: Iterable[str] = (), prefixes: Mapping[str, str] | None = None
    ) -> str:
        """The lines an author puts into a .trig file.

        Args:
            languages: those that a gist is to be written in; without any, all there are.
            prefixes: of the project.
        """
        prefix = clause_prefix(self.document, prefixes or {}) or "c"
        gists = " , ".join(f'""@{language}' for language in tuple(languages) or known())
        where = f"{self.section} \u00b6{self.paragraph}" if self.section else "?"
        name = f"{prefix}:{self.start}-{self.end}"
        return (
            f"# {where}  ({prefix}: is <{self.document.value}/c/>)\n"
            f"{name} {{\n    \n}}\n"
            f"{name} a cg:TextSpan ;\n"
            f'    cg:wordsDigest "{self.sha256}" ;\n'
            f"    cg:assertionMode mode:stated ;\n"
            f"    cg:gist {gists} ."
        )


def clause_prefix(document: IRI, prefixes: Mapping[str, str]) -> str | None:
    """The prefix for the clauses of a document: the one there is; else `c`, the document's name, or
    both joined, whichever means nothing else; None if its name cannot be one."""
    space, name = f"{document.value}/c/", document.value.rsplit("/", 1)[1].lower()
    known = next((prefix for prefix, held in prefixes.items() if held == space), None)
    if known is not None:
        return known
    names = ["c", *([name, f"c-{name}"] if _PREFIX.fullmatch(name) else [])]
    return next((each for each in names if each not in prefixes), None)


@dataclass(frozen=True)
class FoundPlaces:
    """The places of a quotation; those that are `near` only have words much like it."""

    how: Literal["exact", "folded", "near", "none"]
    places: tuple[CitedPlace, ...] = ()


class TextSearch:
    """Looks quotations up in the texts at hand.

    Args:
        texts: the words.
        tables: the sentences of each document that is looked into.
    """

    def __init__(self, texts: TextsAtHand | None, tables: Iterable[SentenceTable]) -> None:
        self._texts = texts
        self._tables: Mapping[IRI, SentenceTable] = {table.document: table for table in tables}
        self._finders: dict[IRI, QuotationFinder] = {}

    @property
    def documents(self) -> tuple[IRI, ...]:
        """Those that can be looked into, with a sentence table and with their words at hand."""
        return tuple(document for document in self._tables if self._finder(document))

    def named(self, name: str) -> IRI | None:
        """The document of this name."""
        return next((each for each in self._tables if each.value.endswith(f"/{name}")), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all documents, whether their words are at hand or not."""
        return tuple(document.value.rsplit("/", 1)[1] for document in self._tables)

    def find(self, quotation: Quotation, document: IRI | None = None) -> FoundPlaces:
        """Where it stands in a document, or in all of them; else what is near it."""
        documents = self.documents if document is None else (document,)
        hands = {each: finder for each in documents if (finder := self._finder(each))}
        results = {each: finder.find(quotation) for each, finder in hands.items()}
        for how in ("exact", "folded"):
            places = [
                self._place(each, place)
                for each, places_of in results.items()
                if places_of.how == how
                for place in places_of.places
            ]
            if places:
                return FoundPlaces(how, tuple(places))
        near = [
            self._place(each, place, alike)
            for each, finder in hands.items()
            for place, alike in finder.propose(quotation.words)
        ]
        near.sort(key=lambda place: -place.alike)
        return FoundPlaces("near" if near else "none", tuple(near))

    def _finder(self, document: IRI) -> QuotationFinder | None:
        if document not in self._finders:
            held = self._texts.of(document) if self._texts else None
            if held is None:
                return None
            words = held.words(0, len(held))
            self._finders[document] = QuotationFinder(words, self._tables.get(document))
        return self._finders[document]

    def _place(self, document: IRI, place: Extent, alike: float = 1.0) -> CitedPlace:
        text, table = self._finders[document].text, self._tables.get(document)
        start, end = place
        sentence = table.at(start) if table else None
        return CitedPlace(
            document,
            start,
            end,
            text[start:end],
            text[max(0, start - AROUND) : start].rsplit("\n", 1)[-1],
            text[end : end + AROUND].split("\n", 1)[0],
            sentence.section if sentence else "",
            sentence.paragraph if sentence else 0,
            alike,
        )


__all__ = ["CitedPlace", "FoundPlaces", "TextSearch", "clause_prefix"]
