"""What is said of a clause beside its statements, its mode and gists: by the project, by rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cgkg.intake.names import NameCandidates, ProjectNames
from cgkg.intake.rows import (
    Clause,
    ClauseDescription,
    RowStatus,
    StatementRow,
    UnresolvedRow,
    place_of,
)
from cgkg.messages import M_, Message
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, parts
from cgkg.rdf.vocab import CG, MODE


@dataclass
class CitedClause:
    """What is said of a clause so far; `by` has the rows that said it, by language, mode by ""."""

    digest: str = ""
    mode: IRI | None = None
    gists: dict[str, str] = field(default_factory=dict)
    by: dict[str, Message] = field(default_factory=dict)


class ClauseDescriptions:
    """Descriptions of clauses: those of the project, and in `changed` what rows add to them."""

    def __init__(self, sources: Sources, names: ProjectNames, *, replace: bool) -> None:
        self._sources, self._names, self._replace = sources, names, replace
        self.changed: dict[IRI, ClauseDescription] = {}

    def note(self, row: StatementRow, clause: Clause) -> None:
        """Note the mode and the gists that a row gives its clause."""
        gists = self._gists(row)
        mode = self._mode(row.mode) if row.mode else None
        cited = self.cited.get(clause.iri)
        if cited is None:
            cited = self.cited[clause.iri] = CitedClause(clause.digest)
        if cited.digest and cited.digest != clause.digest:
            raise UnresolvedRow(
                RowStatus.NOT_FOUND,
                M_("the clause is cited with other words: cgkg check says more"),
            )
        fresh = {k: v for k, v in gists.items() if cited.gists.get(k) != v}
        for language in fresh:
            if language in cited.gists:
                self._may_change(
                    cited, language, M_("gist in {language}", language=language),
                    cited.gists[language],
                )  # fmt: skip
        if mode is not None and cited.mode not in (None, mode):
            self._may_change(cited, "", M_("mode"), self._names.short(cited.mode or mode))
        new_mode = mode if mode != cited.mode else None
        if fresh or new_mode is not None:
            described = self.changed.setdefault(clause.iri, ClauseDescription(clause))
            described.gists.update(fresh)
            described.mode = new_mode or described.mode
            cited.gists.update(fresh)
            cited.mode = mode or cited.mode
            cited.by.update(dict.fromkeys((*fresh, *([""] if new_mode else ())), place_of(row)))

    def _may_change(self, cited: CitedClause, key: str, what: str, held: str) -> None:
        """Refuse another mode or gist of a clause, unless the project's is to be replaced."""
        place = cited.by.get(key)
        if place is None and self._replace:
            return
        said = (
            M_("{place} gives the clause another {what}", place=place, what=what)
            if place
            else M_(
                "the project gives the clause another {what}; --replace takes this one", what=what
            )
        )
        raise UnresolvedRow(RowStatus.DIFFERS, said, held)

    def _gists(self, row: StatementRow) -> Mapping[str, str]:
        first = self._sources.project.languages[0]
        return {language or first: text for language, text in row.gists.items()}

    def _mode(self, name: str) -> IRI:
        candidates = self._names.individual(name)
        used = {cited.mode for cited in self.cited.values()}
        modes = [m for m in candidates.iris if m in used or self._names.is_a(m, CG.AssertionMode)]
        if not modes and ":" not in name:
            one = IRI(MODE.base + name) if re.fullmatch(r"[\w-]+", name) else None
            modes = [one] if one and self._names.is_a(one, CG.AssertionMode) else []
        if not modes and not self._names.instances(CG.AssertionMode):
            written = self._names.written(name)  # a project that describes no modes
            modes = [written] if written else []
        return self._names.one("mode", name, NameCandidates(tuple(modes)))

    @cached_property
    def cited(self) -> dict[IRI, CitedClause]:
        cited = {span.iri: CitedClause() for span in self._sources.spans}
        for subject, predicate, value in map(parts, self._sources.descriptions):
            held = cited.get(subject) if isinstance(subject, IRI) else None
            if held is None:
                continue
            if predicate == CG.wordsDigest:
                held.digest = value.value
            elif predicate == CG.assertionMode and isinstance(value, IRI):
                held.mode = value
            elif predicate == CG.gist and isinstance(value, Literal):
                held.gists[value.language or ""] = value.value
        return cited


__all__ = ["CitedClause", "ClauseDescriptions"]
