"""What resolved rows change in the files of a project; nothing is written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.document.spans import Span
from cgkg.intake.factfiles import FactFile
from cgkg.intake.registering import registry_with
from cgkg.intake.rows import Clause, ClauseDescription, NewIndividual, ResolvedStatement
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import CG

Removal = tuple[Clause, Triple]
"""A statement of a clause that is to be taken out."""


@dataclass(frozen=True)
class Wanted:
    """What is to be written: statements, what is said of clauses, and what is taken out."""

    statements: Sequence[ResolvedStatement]
    descriptions: Mapping[IRI, ClauseDescription] = field(default_factory=dict)
    removed: Sequence[Removal] = ()


class ProjectFiles:
    """The files of facts of a project as they are read, and how `Wanted` changes them."""

    def __init__(self, sources: Sources) -> None:
        self._sources, self._project = sources, sources.project
        self._texts = {path: path.read_bytes().decode("utf-8") for path in self._project.fact_files}
        self._prefixes: Mapping[str, str] = self._project.prefixes
        self._places: dict[IRI, list[tuple[int, int, Path]]] = {}
        self._ready: dict[str, Path] = {}  # files that declare a prefix for clauses, by those
        for path in self._texts:
            file = self._open(path)
            for space in file.namespaces:
                self._ready.setdefault(space, path)
            for block in file.blocks:
                span = block.span
                self._places.setdefault(span.document, []).append((span.start, span.end, path))
        for places in self._places.values():
            places.sort(key=lambda place: place[:2])

    def changes(self, wanted: Wanted) -> list[FileChange]:
        """The files that differ then, in the order of their paths."""
        files: dict[Path, FactFile] = {}
        by_clause: dict[Clause, list[Triple]] = {}
        new: dict[str, NewIndividual] = {}
        for statement in wanted.statements:
            new.update((one.id, one) for one in statement.individuals)
            if not statement.present:
                triples = by_clause.setdefault(statement.clause, [])
                if statement.triple not in triples:
                    triples.append(statement.triple)
        self._prefixes = self._prefixes_with(new.values())
        for clause in sorted(by_clause, key=lambda c: (c.document.value, c.start, c.end)):
            description = wanted.descriptions.get(clause.iri) or ClauseDescription(clause)
            self._add(files, clause, by_clause[clause], description)
        for file in files.values():
            file.commit()
        for clause, gone in self._by_clause(wanted.removed).items():
            for path in self._paths(clause):
                self._file(files, path).remove_statements(clause, gone)
        for file in files.values():
            file.commit()
        written = {statement.clause.iri for statement in wanted.statements}
        for iri in written & wanted.descriptions.keys():
            self._describe(files, wanted.descriptions[iri])
        changes = [
            FileChange(path, self._texts.get(path, ""), file.text())
            for path, file in sorted(files.items())
        ]
        if new:
            before, after = registry_with(self._project, new.values(), self._project.languages)
            changes.append(FileChange(self._project.registry, before, after))
        return [change for change in changes if change.before != change.after]

    def _add(
        self,
        files: dict[Path, FactFile],
        clause: Clause,
        triples: Sequence[Triple],
        description: ClauseDescription,
    ) -> None:
        for path in reversed(self._paths(clause)):
            file = self._file(files, path)
            if file.has(clause):
                file.add_statements(clause, triples)
                return
        self._file(files, self._home(clause)).add_block(clause, triples, description)

    def _describe(self, files: dict[Path, FactFile], changes: ClauseDescription) -> None:
        """Change what is said of a clause that had a description before."""
        for path in self._paths(changes.clause):
            file = self._file(files, path)
            if file.has(changes.clause):
                file.describe(changes.clause, changes, self._before[changes.clause.iri])
                return

    @cached_property
    def _before(self) -> Mapping[IRI, ClauseDescription]:
        """What the project says of each clause."""
        before = {s.iri: ClauseDescription(clause_of(s)) for s in self._sources.spans}
        for subject, predicate, value in map(parts, self._sources.descriptions):
            held = before.get(subject) if isinstance(subject, IRI) else None
            if held and predicate == CG.assertionMode and isinstance(value, IRI):
                held.mode = value
            elif held and predicate == CG.gist and isinstance(value, Literal):
                held.gists[value.language or ""] = value.value
        return before

    def _paths(self, clause: Clause) -> list[Path]:
        places = self._places.get(clause.document, [])
        at = bisect_left(places, (clause.start, clause.end), key=lambda place: place[:2])
        paths = []
        while at < len(places) and places[at][:2] == (clause.start, clause.end):
            paths.append(places[at][2])
            at += 1
        return list(dict.fromkeys(paths))

    def _home(self, clause: Clause) -> Path:
        """The file of the clause's neighbours, of the one before or of one in its section; else one
        that is ready for the document, or a new one."""
        places = self._places.get(clause.document, [])
        at = bisect_left(places, (clause.start, clause.end), key=lambda place: place[:2])
        before, after = places[at - 1] if at else None, places[at] if at < len(places) else None
        if before and after and before[2] != after[2]:
            here = self._section(clause.document, clause.start)
            if (
                here
                == self._section(clause.document, after[0])
                != self._section(clause.document, before[0])
            ):
                return after[2]
        near = before or after
        if near:
            return near[2]
        ready = self._ready.get(f"{clause.document.value}/c/")
        if ready:
            return ready
        name = clause.document.value.rsplit("/", 1)[1]
        return self._project.folder / "data" / f"{name}.trig"

    def _section(self, document: IRI, position: int) -> str:
        table = self._sources.tables.get(document)
        sentence = table.at(position) if table else None
        return sentence.section if sentence else ""

    def _file(self, files: dict[Path, FactFile], path: Path) -> FactFile:
        if path not in files:
            files[path] = self._open(path)
        return files[path]

    def _open(self, path: Path) -> FactFile:
        return FactFile(path, self._texts.get(path, ""), self._prefixes)

    def _prefixes_with(self, individuals: Iterable[NewIndividual]) -> Mapping[str, str]:
        """The project's prefixes, and one for each kind of individuals that has none."""
        prefixes = dict(self._project.prefixes)
        spaces = set(prefixes.values())
        for one in individuals:
            kind = one.id.partition("/")[0]
            space = f"{self._project.ids}{kind}/"
            if kind.isascii() and kind not in prefixes and space not in spaces:
                prefixes[kind] = space
        return prefixes

    @staticmethod
    def _by_clause(removed: Iterable[Removal]) -> dict[Clause, list[Triple]]:
        by_clause: dict[Clause, list[Triple]] = {}
        for clause, triple in removed:
            by_clause.setdefault(clause, []).append(triple)
        return by_clause


def clause_of(span: Span, digest: str = "") -> Clause:
    """The clause that a span names."""
    return Clause(span.document, span.start, span.end, digest)


__all__ = ["ProjectFiles", "Removal", "Wanted", "clause_of"]
