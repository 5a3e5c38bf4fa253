"""Candidates as rows: their names in the project's terms, and how each would end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cgkg.document.text import TextsAtHand
from cgkg.intake.annotations.proposals import TYPE
from cgkg.intake.candidates import Candidate, CandidateStatus
from cgkg.intake.names import ProjectNames
from cgkg.intake.resolving import RowResolver
from cgkg.intake.rows import (
    Registration,
    RowOutcome,
    RowStatus,
    StatementRow,
    UnresolvedRow,
    read_row,
)
from cgkg.intake.terms import CLASS, INVERSE, LEFT_OUT, PROPERTY, TermTable
from cgkg.messages import M_
from cgkg.project.sources import Sources


@dataclass(frozen=True)
class CandidateFilter:
    """Which candidates are meant: those that every condition holds for; an empty one holds.

    Attributes:
        ids: of the candidates.
        status: what was decided of them; None is whatever.
        document, section: where the clause stands; a section is named by its number, and has
            those below it.
        class_, property_: by any name, the tool's or the project's.
        extractor: words of who proposed it, in any case.
        confidence: how sure its tool is, at least; those that do not say it are not meant.
        file: the name of their table, with `.csv` or without.
    """

    ids: Collection[str] = ()
    status: CandidateStatus | None = CandidateStatus.WAITING
    document: str = ""
    section: str = ""
    class_: str = ""
    property_: str = ""
    extractor: str = ""
    confidence: float | None = None
    file: str = ""

    @property
    def conditions(self) -> bool:
        """Whether there is one beside the status."""
        return self != CandidateFilter(status=self.status)


@dataclass(frozen=True)
class OfferedCandidate:
    """A candidate, its row, and how that would end without the project's shapes.

    `section` is that of its clause, if this was found.
    """

    candidate: Candidate
    row: StatementRow
    outcome: RowOutcome
    section: str = ""
    document: str = ""


class CandidateRows:
    """The rows of candidates of a project."""

    def __init__(self, sources: Sources, texts: TextsAtHand | None) -> None:
        self._sources, self._texts = sources, texts
        self.names = ProjectNames(sources)
        self.terms = TermTable(sources.project, self.names)

    def row(self, candidate: Candidate, *, register: bool = False) -> StatementRow:
        """The row of a candidate, in the project's terms.

        Args:
            candidate: in the words of its tool.
            register: whether what the project does not know is registered with the class that the
                tool says.

        Raises:
            UnresolvedRow: its name is left out by the table of names, or nothing is quoted.
        """
        cells = dict(candidate.cells)
        try:
            row = read_row(candidate.number, cells, exact_value=bool(candidate["exact"]))
        except ValueError as error:
            raise UnresolvedRow(RowStatus.NOT_FOUND, str(error)) from None
        if not row.quote and (row.start is None or row.end is None):
            raise UnresolvedRow(RowStatus.NOT_FOUND, M_("there is no quote"))
        classes = [self._class(candidate[f"{each}_class"]) for each in ("subject", "value")]
        term = self.terms.term(PROPERTY, row.property)
        row = replace(
            row,
            property=term.removeprefix(INVERSE),
            subject=self._named(candidate["subject_id"]) or row.subject,
            value=self._named(candidate["value_id"]) or row.value,
            new_subject=replace(row.new_subject, class_name=classes[0] if register else ""),
            new_value=replace(row.new_value, class_name=classes[1] if register else ""),
        )
        if row.property == TYPE:
            row = self._typed(row, register=register)
        if LEFT_OUT in (row.property, row.value if row.property == TYPE else ""):
            raise UnresolvedRow(
                RowStatus.UNKNOWN_TERM, M_("{file} leaves it out", file=self.terms.path.name)
            )
        if term.startswith(INVERSE):
            row = replace(row, subject=row.value, value=row.subject,
                          new_subject=row.new_value, new_value=row.new_subject)  # fmt: skip
        return row

    def offered(
        self, candidates: Sequence[Candidate], *, register: bool = False
    ) -> list[OfferedCandidate]:
        """How each candidate would end, in their order, as far as can be told without shapes."""
        rows: list[StatementRow] = []
        failed: dict[int, RowOutcome] = {}
        for number, candidate in enumerate(candidates):
            try:
                rows.append(self.row(candidate, register=register))
            except UnresolvedRow as why:
                row = StatementRow(candidate.number, property=candidate["property"])
                failed[number] = RowOutcome(row, why.status, why.message, why.proposal)
        resolver = RowResolver(self._sources, self._texts)
        resolved = iter(resolver.resolve(rows))
        outcomes = [failed.get(n) or next(resolved) for n in range(len(candidates))]
        return [
            OfferedCandidate(candidate, outcome.row, outcome, *self._place(resolver, outcome.row))
            for candidate, outcome in zip(candidates, outcomes, strict=True)
        ]

    def choose(
        self, candidates: Iterable[Candidate], wanted: CandidateFilter
    ) -> list[OfferedCandidate]:
        """The candidates that a filter means, in their order."""
        likely = [each for each in candidates if self._may_be(each, wanted)]
        return [each for each in self.offered(likely) if self._is(each, wanted)]

    def _may_be(self, candidate: Candidate, wanted: CandidateFilter) -> bool:
        """What can be told without resolving it."""
        least, sure = wanted.confidence, candidate.confidence
        file = wanted.file.removesuffix(".csv")
        return (
            (not wanted.ids or candidate["id"] in wanted.ids)
            and wanted.status in (None, candidate.status)
            and wanted.extractor.casefold() in candidate["attributed_to"].casefold()
            and (least is None or (sure is not None and sure >= least))
            and file in ("", candidate.path.stem)
        )

    def _is(self, offered: OfferedCandidate, wanted: CandidateFilter) -> bool:
        held = offered.candidate
        classes = {held["subject_class"], held["value_class"]}
        properties = {held["property"]}
        if held["property"] == TYPE:
            classes.add(held["value"])
        return (
            (not wanted.section or f"{offered.section}.".startswith(f"{wanted.section}."))
            and (not wanted.document or wanted.document in (offered.document, held["document"]))
            and self._means(CLASS, wanted.class_, classes)
            and self._means(PROPERTY, wanted.property_, properties)
        )

    def _means(self, kind: str, wanted: str, told: Collection[str]) -> bool:
        """Whether a name, the tool's or the project's, is one of what a tool tells."""
        if not wanted or wanted in told:
            return True
        find = self.names.class_ if kind == CLASS else self.names.property
        meant = find(wanted).one
        terms = (self.terms.term(kind, name).removeprefix(INVERSE) for name in told if name)
        return meant is not None and any(find(term).one == meant for term in terms)

    def _typed(self, row: StatementRow, *, register: bool) -> StatementRow:
        """A statement of a class: what it names is registered with that, if it is to be."""
        class_ = self.terms.term(CLASS, row.value)
        new = replace(row.new_subject, class_name=class_ if register else "")
        return replace(row, value=class_, new_subject=new, new_value=Registration())

    def _class(self, name: str) -> str:
        term = self.terms.term(CLASS, name)
        return "" if term == LEFT_OUT else term

    def _named(self, identifier: str) -> str:
        """An identifier, if it is of something that is registered."""
        iri = self.names.individual(identifier).one if identifier else None
        return self.names.short(iri) if iri and self.names.knows(iri) else ""

    def _place(self, resolver: RowResolver, row: StatementRow) -> Iterator[str]:
        """The section and the document of a row's clause, if that is found."""
        clause = resolver.clause_of(row) if row.quote or row.start is not None else None
        if clause is None:
            return iter(("", ""))
        table = self._sources.tables.get(clause.document)
        sentence = table.at(clause.start) if table else None
        name = clause.document.value.rsplit("/", 1)[1]
        return iter((sentence.section if sentence else "", name))


__all__ = ["CandidateFilter", "CandidateRows", "OfferedCandidate"]
