"""In which file of a project, and on which line, what findings are about stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Any

from cgkg.project.sources import Sources
from cgkg.rdf.lines import FilePlaces, Key, Place, keys_of, keys_of_mention, note_places
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Term, Triple, parts
from cgkg.validation.report import Finding, Report, sort_key

__all__ = ["FindingPlaces", "LocatedFindings", "foci"]

_OF_ROWS = ("_rows_by_subject", "_all_rows")


class FindingPlaces:
    """Finds the places of findings in a project as read.

    A file is searched only for what it says something of, and by that once.
    """

    def __init__(self, sources: Sources, before: FindingPlaces | None = None) -> None:
        """Args: the project, and the places in it as it was before a change."""
        self.sources = sources
        self._files = [(file, file.places) for file in sources.read.values() if file.places]
        self._rows: dict[Term, dict[Key, Place]] = {}
        self._holding: dict[Term, list[FilePlaces]] = {}
        if before is not None and before.sources.rows is sources.rows:
            self._rows = before._rows
            vars(self).update(
                {name: vars(before)[name] for name in _OF_ROWS if name in vars(before)}
            )

    def locate(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings with file and line, and in the project's prefixes."""
        findings = list(findings)
        self._search({term for each in findings for term in foci(each)})
        return list(self._told(findings))

    def of(self, triple: Triple) -> Place | None:
        """The place of a statement, else of its subject."""
        subject = parts(triple)[0]
        self._search({subject})
        keys = keys_of(triple.subject, triple.predicate, triple.object)
        return self._first(subject, keys)

    def _search(self, terms: set[Term]) -> None:
        blank = any(isinstance(term, BlankNode) for term in terms)
        for file, places in self._files:
            places.look(None if blank else terms & file.subjects)

    def _told(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        prefixes = self.sources.project.prefixes
        for finding in findings:
            place = None if finding.path else self._place(finding)
            message, hint = (
                {language: abbreviate_text(said, prefixes) for language, said in texts.items()}
                for texts in (finding.message, finding.hint)
            )
            causes = tuple(self._told(finding.causes))
            told = replace(finding, message=message, hint=hint, causes=causes)
            yield replace(told, path=place.path, line=place.line) if place else told

    def _place(self, finding: Finding) -> Place | None:
        focus = finding.focus
        if focus is None:
            return None
        if isinstance(focus, IRI) and finding.predicate:
            graph = finding.graph if finding.value is not None else None
            return self._first(focus, keys_of(focus, finding.predicate, finding.value, graph))
        return self._first(focus, keys_of(focus)) or self._mention(focus)

    def _first(self, term: Term, keys: Sequence[Key]) -> Place | None:
        rows = self._rows_about(term)
        for key in keys:
            for places in self._files_about(term):
                if place := places.get(key):
                    return place
            if place := rows.get(key):
                return place
        return None

    def knows(self, term: Term) -> bool:
        """Whether the place of what is said of a term depends on files about it alone."""
        if isinstance(term, BlankNode):
            return False
        return bool(self._files_about(term) or self._rows_about(term))

    def _files_about(self, term: Term) -> Sequence[FilePlaces]:
        held = self._holding.get(term)
        if held is None:
            blank = isinstance(term, BlankNode)
            held = [places for file, places in self._files if blank or term in file.subjects]
            self._holding[term] = held
        return held

    def _mention(self, term: Term) -> Place | None:
        for key in keys_of_mention(term):
            for _, places in self._files:
                places.look(None)
                if place := places.get(key):
                    return place
            if place := self._all_rows.get(key):
                return place
        return None

    def _rows_about(self, term: Term) -> Mapping[Key, Place]:
        held = self._rows.get(term)
        if held is None:
            held = self._rows[term] = {}
            about = self._rows_by_subject.get(term, ())
            note_places(held, ((triple, self.sources.rows[triple]) for triple in about))
        return held

    @cached_property
    def _rows_by_subject(self) -> Mapping[object, list[Triple]]:
        triples_of: dict[object, list[Triple]] = {}
        for triple in self.sources.registry:
            triples_of.setdefault(triple.subject, []).append(triple)
        return triples_of

    @cached_property
    def _all_rows(self) -> Mapping[Key, Place]:
        places: dict[Key, Place] = {}
        note_places(places, self.sources.rows.items())
        return places


class LocatedFindings:
    """Findings with their places, each kept as long as its place cannot have changed."""

    def __init__(self) -> None:
        self._held: dict[int, _Located] = {}
        self._places: FindingPlaces | None = None

    def places(self, sources: Sources) -> FindingPlaces:
        """Where statements of the project stand, now that it is this."""
        if self._places is None or self._places.sources is not sources:
            self._places = FindingPlaces(sources, self._places)
        return self._places

    def report(
        self, sources: Sources, findings: Iterable[Finding], moved: Set[object] | None
    ) -> Report:
        """The report of these findings.

        Args:
            sources: the project as it is.
            findings: those that were there before are the same objects as before.
            moved: what something is said of in files that changed; None for all there are.
        """
        all_findings, before = list(findings), self._held
        places = self.places(sources)
        kept = {
            id(each): held
            for each in all_findings
            if moved is not None
            and (held := before.get(id(each))) is not None
            and held.sure
            and moved.isdisjoint(held.foci)
        }
        new = [each for each in all_findings if id(each) not in kept]
        for finding, told in zip(new, places.locate(new), strict=True):
            about = frozenset(foci(finding))
            sure = all(map(places.knows, about))
            kept[id(finding)] = _Located(finding, about, sure, told, sort_key(told))
        self._held = kept
        return Report.sorted(_distinct(kept.values()), sources.project.prefixes)


@dataclass(frozen=True, slots=True)
class _Located:
    """A finding, what its place depends on, and the same with its place."""

    finding: Finding
    foci: frozenset[Term]
    sure: bool
    told: Finding
    key: tuple[Any, ...]


def _distinct(located: Iterable[_Located]) -> Iterator[Finding]:
    """The findings in the order of a report, each once."""
    last: list[Finding] = []
    key: tuple[Any, ...] | None = None
    for each in sorted(located, key=attrgetter("key")):
        if each.key != key:
            key, last = each.key, []
        if each.told not in last:
            last.append(each.told)
            yield each.told


def foci(finding: Finding) -> Iterator[Term]:
    """What a finding and its causes are about, as far as they have no place yet."""
    if finding.focus is not None and not finding.path:
        yield finding.focus
    for cause in finding.causes:
        yield from foci(cause)
