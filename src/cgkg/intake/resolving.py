"""Rows -> what they stand for: the clause, the terms, and whether the graph says it already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from cgkg.document.cutting import guess_language
from cgkg.document.text import TextsAtHand
from cgkg.intake.clauses import ClauseFinder
from cgkg.intake.describing import ClauseDescriptions
from cgkg.intake.individuals import NewIndividuals
from cgkg.intake.literals import SeveralMeanings, literal
from cgkg.intake.names import ProjectNames
from cgkg.intake.rows import (
    Clause,
    ClauseDescription,
    NewIndividual,
    Registration,
    ResolvedStatement,
    RowOutcome,
    RowStatus,
    StatementRow,
    UnresolvedRow,
    in_column,
    place_of,
)
from cgkg.messages import M_, Message
from cgkg.project.sources import Sources
from cgkg.rdf.notation import read_term
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import RDF

_HALVES = re.compile("[\ud800-\udfff\0]")  # of UTF-16, and NUL
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^\S+)?', re.DOTALL)


class RowResolver:
    """Resolves rows against a project as it is read; nothing is written, no text is kept.

    One resolver takes all rows of a sheet at once: what one row registers, others may name.
    """

    def __init__(
        self, sources: Sources, texts: TextsAtHand | None, *, replace: bool = False
    ) -> None:
        """
        Args:
            sources: the project.
            texts: the words of its documents that are at hand.
            replace: whether the mode and the gists of clauses that are cited already may change.
        """
        self._sources = sources
        self.names = ProjectNames(sources)
        self._described = ClauseDescriptions(sources, self.names, replace=replace)
        self._clauses = ClauseFinder(sources, texts, self.names, self._described.cited)
        self._new = NewIndividuals(sources, self.names)
        self._said: dict[tuple[IRI, Triple], StatementRow] = {}
        self._languages = dict(sources.document_languages)

    def resolve(self, rows: Sequence[StatementRow]) -> list[RowOutcome]:
        """How each row ends, in their order, as far as can be told without the shapes."""
        self._new.enter(rows)
        outcomes: list[RowOutcome] = []
        previous: StatementRow | None = None
        for row in rows:
            if not row.quote and row.start is None and previous is not None:
                # The cell is left empty for the clause of the row above.
                row = replace(row, quote=previous.quote, start=previous.start, end=previous.end,
                              prefix=row.prefix or previous.prefix, accepted=previous.accepted,
                              suffix=row.suffix or previous.suffix,
                              section=row.section or previous.section,
                              document=row.document or previous.document)  # fmt: skip
            previous = row
            try:
                outcomes.append(self._resolve(row))
            except UnresolvedRow as why:
                outcomes.append(RowOutcome(row, why.status, why.message, why.proposal))
        return outcomes

    @property
    def descriptions(self) -> Mapping[IRI, ClauseDescription]:
        """What the rows say of clauses that the project does not say, by the clause."""
        return self._described.changed

    def clause_of(self, row: StatementRow) -> Clause | None:
        """The clause that a row is about, if it is found, whatever else the row says."""
        try:
            return self._clauses.clause(row)
        except UnresolvedRow:
            return None

    def value_of(self, text: str, property_: IRI, document: IRI, *, exact: bool = False) -> Term:
        """What the cell of a value stands for.

        Raises:
            UnresolvedRow: nothing, or several things; says what to do.
        """
        return self._value(text, property_, document, Registration(), exact=exact)[0]

    def _resolve(self, row: StatementRow) -> RowOutcome:
        if _HALVES.search("".join(_texts_of(row))):
            raise UnresolvedRow(
                RowStatus.UNKNOWN_TERM, M_("it holds what is no character of a text")
            )
        clause = self._clauses.clause(row)
        self._described.note(row, clause)
        subject, first = self._individual("subject", row.subject, row.new_subject)
        if not row.property:
            raise UnresolvedRow(RowStatus.UNKNOWN_TERM, _empty("property"))
        property_ = self.names.one("property", row.property, self.names.property(row.property))
        value, second = self._value(
            row.value, property_, clause.document, row.new_value, exact=row.exact_value
        )
        triple = Triple(subject, property_, value)
        statement = ResolvedStatement(clause, triple, tuple(one for one in (first, second) if one))
        if triple in self._stated.get(clause.iri, ()):
            return RowOutcome(
                row, RowStatus.OK, M_("already there"), resolved=replace(statement, present=True)
            )
        earlier = self._said.setdefault((clause.iri, triple), row)
        said = "" if earlier is row else M_("as {place}", place=place_of(earlier))
        return RowOutcome(row, RowStatus.OK, said, resolved=statement)

    # Terms

    def _individual(
        self, column: str, name: str, new: Registration
    ) -> tuple[IRI, NewIndividual | None]:
        if not name:
            raise UnresolvedRow(RowStatus.UNKNOWN_TERM, _empty(column))
        entry = self._new.find(column, name, new)
        if entry:
            return entry.iri, entry if entry.id else None
        hint = (
            ""
            if new.class_name
            else M_("to register it, say its class in {column}", column=f"{column}_class")
        )
        return self.names.one(column, name, self.names.individual(name), hint), None

    def _value(
        self, text: str, property_: IRI, document: IRI, new: Registration, *, exact: bool
    ) -> tuple[Term, NewIndividual | None]:
        if not text:
            raise UnresolvedRow(RowStatus.UNKNOWN_TERM, _empty("value"))
        if _LITERAL.fullmatch(text):
            try:
                return read_term(text, self.names.prefixes), None
            except ValueError as error:
                raise UnresolvedRow(RowStatus.UNKNOWN_TERM, in_column("value", error)) from None
        takes = self.names.takes_literals(property_)
        if property_ == RDF.type:
            return self.names.one("value", text, self.names.class_(text)), None
        if takes is False:
            return self._individual("value", text, new)
        if takes is None:
            individual = self.names.individual(text)
            if individual.one is not None:
                return individual.one, None
        datatype = self.names.datatype(property_)
        if datatype is None:
            return Literal(text), None
        try:
            return literal(text, datatype, self._language(document), exact=exact), None
        except SeveralMeanings as error:
            raise UnresolvedRow(
                RowStatus.SEVERAL_TERMS, in_column("value", error), "; ".join(error.choices)
            ) from None
        except ValueError as error:
            raise UnresolvedRow(RowStatus.UNKNOWN_TERM, in_column("value", error)) from None

    def _language(self, document: IRI) -> str:
        """The language of a document: as is said of it, or by its words."""
        if document not in self._languages:
            self._languages[document] = guess_language(self._clauses.text(document)) or ""
        return self._languages[document]

    @cached_property
    def _stated(self) -> Mapping[IRI, frozenset[Triple]]:
        return {name: frozenset(part) for name, part in self._sources.graphs.items()}


def _empty(column: str) -> Message:
    return in_column(column, M_("the cell is empty"))


def _texts_of(row: StatementRow) -> Iterator[str]:
    """What of a row is written into files."""
    yield from (row.subject, row.property, row.value)
    for texts in (row.gists, row.new_subject.texts, row.new_value.texts):
        yield from texts.values()


__all__ = ["RowResolver"]
