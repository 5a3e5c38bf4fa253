"""The clause of a row: by its quote, by where that stands, or by a clause that is cited already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cgkg.document.quotes import Extent, Quotation, QuotationFinder
from cgkg.document.sentences import digest
from cgkg.document.text import TextsAtHand
from cgkg.intake.describing import CitedClause
from cgkg.intake.names import ProjectNames
from cgkg.intake.rows import Clause, RowStatus, StatementRow, UnresolvedRow, in_column
from cgkg.messages import M_
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI

_SHOWN = 5  # places in a message
_AROUND = 24
_FIGURES = re.compile(r"\d+")
_NOT_AT_HAND = M_("the text is not at hand: put it into texts/, or give --source FILE")


class ClauseFinder:
    """Finds the clauses that rows are about in the texts at hand."""

    def __init__(
        self,
        sources: Sources,
        texts: TextsAtHand | None,
        names: ProjectNames,
        cited: Mapping[IRI, CitedClause],
    ) -> None:
        self._sources, self._texts, self._names, self._cited = sources, texts, names, cited
        self._finders: dict[IRI, QuotationFinder] = {}

    def clause(self, row: StatementRow) -> Clause:
        """The one clause that a row is about.

        Raises:
            UnresolvedRow: there is none, or several, or one that a person has to accept.
        """
        documents = self._documents(row)
        if not row.quote:
            return self._by_offsets(row, documents)
        standing: list[tuple[IRI, Extent]] = []
        hands = [document for document in documents if self._finder(document)]
        quotation = Quotation(row.quote, row.prefix, row.suffix, row.section, row.start)
        for document in hands:
            places = self._finders[document].find(quotation).places
            standing.extend((document, place) for place in places)
        if len(standing) == 1:
            return self._at(*standing[0])
        if standing:
            shown = "; ".join(self._told(*each) for each in standing[:_SHOWN])
            raise UnresolvedRow(
                RowStatus.SEVERAL_PLACES,
                in_column(
                    "quote",
                    M_(
                        "the words stand in {count} places: say section, prefix, suffix or start",
                        count=len(standing),
                    ),
                ),
                shown,
            )
        if not hands:
            return self._without_text(row, documents)
        near = [(-alike, document, place) for document in hands
                for place, alike in self._finders[document].propose(row.quote)]  # fmt: skip
        if near:
            near.sort(key=lambda each: each[0])
            return self._accepted(row, [each[1:] for each in near])
        raise UnresolvedRow(
            RowStatus.NOT_FOUND,
            in_column("quote", M_("the words, or words like them, are not in the text")),
        )

    def text(self, document: IRI) -> str:
        """The words of a document, none if it is not at hand."""
        finder = self._finder(document)
        return finder.text if finder else ""

    def _accepted(self, row: StatementRow, near: Sequence[tuple[IRI, Extent]]) -> Clause:
        words = [self._finders[document].words(place) for document, place in near]
        if row.accepted is None and len(near) == 1:
            return self._at(*near[0])
        chosen = [n for n, each in enumerate(words) if row.accepted and each == row.accepted]
        if len(chosen) == 1:
            return self._at(*near[chosen[0]])
        said = M_("the text has other words")
        if _FIGURES.findall(words[0]) != _FIGURES.findall(row.quote):
            said = M_("the text has other words and other figures")
        if len(near) > 1:
            said = M_("{said}, in {count} places like it", said=said, count=len(near))
        if row.accepted:
            said = M_("what was accepted is not what the text has")
        raise UnresolvedRow(
            RowStatus.PROPOSAL,
            in_column(
                "quote",
                M_("{said}: if the proposal is meant, write yes in the column accept", said=said),
            ),
            words[0],
        )

    def _documents(self, row: StatementRow) -> list[IRI]:
        if row.document:
            candidates = self._names.document(row.document)
            return [self._names.one("document", row.document, candidates)]
        return list(self._names.documents)

    def _finder(self, document: IRI) -> QuotationFinder | None:
        if document not in self._finders:
            held = self._texts.of(document) if self._texts else None
            if held is None:
                return None
            text = held.words(0, len(held))
            self._finders[document] = QuotationFinder(text, self._sources.tables.get(document))
        return self._finders[document]

    def _at(self, document: IRI, place: Extent) -> Clause:
        return Clause(document, *place, digest(self._finders[document].words(place)))

    def _by_offsets(self, row: StatementRow, documents: Sequence[IRI]) -> Clause:
        if row.start is None or row.end is None:
            raise UnresolvedRow(RowStatus.NOT_FOUND, M_("there is no quote"))
        if len(documents) != 1:
            raise UnresolvedRow(RowStatus.NOT_FOUND, M_("say of which document start and end are"))
        clause = Clause(documents[0], row.start, row.end, "")
        cited = self._cited.get(clause.iri)
        if cited and cited.digest:
            return replace(clause, digest=cited.digest)
        finder = self._finder(documents[0])
        if finder is None:
            raise UnresolvedRow(RowStatus.NOT_FOUND, _NOT_AT_HAND)
        if not row.start < row.end <= len(finder.text):
            raise UnresolvedRow(RowStatus.NOT_FOUND, M_("start and end are not within the text"))
        return self._at(documents[0], (row.start, row.end))

    def _without_text(self, row: StatementRow, documents: Iterable[IRI]) -> Clause:
        """A clause that is cited already, told by the digest of the quote."""
        sha256 = digest(row.quote)
        spans = [
            span
            for span in self._sources.spans
            if span.document in documents and self._cited[span.iri].digest == sha256
        ]
        spans = [span for span in spans if row.start in (None, span.start)]
        if len(spans) == 1:
            return Clause(spans[0].document, spans[0].start, spans[0].end, sha256)
        raise UnresolvedRow(RowStatus.NOT_FOUND, _NOT_AT_HAND)

    def _told(self, document: IRI, place: Extent) -> str:
        finder = self._finders[document]
        table = self._sources.tables.get(document)
        sentence = table.at(place[0]) if table else None
        section = f" section {sentence.section}" if sentence else ""
        before = finder.text[max(0, place[0] - _AROUND) : place[0]].split("\n")[-1]
        name = f"{document.value.rsplit('/', 1)[1]} " if len(self._names.documents) > 1 else ""
        return f"{name}start {place[0]}{section} after \u201c{before}\u201d"


__all__ = ["ClauseFinder"]
