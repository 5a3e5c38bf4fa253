"""What the names of tools mean in a project: candidates/names.csv, a table that people edit.

A row has a kind (class or property), a tool's name and the project's term: a label, a prefixed name
or an IRI. `^` before a property turns subject and value around; `-` leaves a name out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cgkg.authoring.formatting import FileChange
from cgkg.errors import SourceError
from cgkg.intake.annotations.proposals import TYPE
from cgkg.intake.candidates import FOLDER, NAMES, Candidate
from cgkg.intake.names import NameCandidates, ProjectNames
from cgkg.intake.rows import UnresolvedRow
from cgkg.intake.sheets import csv_text
from cgkg.project.folder import Project
from cgkg.tables import Table, read_table

CLASS, PROPERTY = "class", "property"
LEFT_OUT, INVERSE = "-", "^"
_COLUMNS = ("kind", "name", "term")
_NEAR = "near"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]+")


@dataclass(frozen=True)
class UnknownName:
    """A name that means nothing yet; `near` are names of the project that are much like it."""

    kind: str
    name: str
    near: str


class TermTable:
    """The names of tools, and what they mean."""

    def __init__(self, project: Project, names: ProjectNames) -> None:
        """
        Raises:
            SourceError: the table cannot be read, or a row is of another kind.
        """
        self.path: Path = project.folder / FOLDER / NAMES
        self._names = names
        self._terms: dict[tuple[str, str], str] = {}
        self._table = Table((), (*_COLUMNS, _NEAR), ())
        self._before = ""
        if not self.path.is_file():
            return
        self._table = read_table(self.path, _COLUMNS, others=True)
        self._before = self.path.read_bytes().decode("utf-8")
        for row in self._table.rows:
            kind = row["kind"].strip().casefold()
            if kind not in (CLASS, PROPERTY):
                raise row.error(f"kind {kind!r} is none", hint=f"write {CLASS} or {PROPERTY}")
            self._terms[kind, row["name"].strip()] = row["term"].strip()

    def term(self, kind: str, name: str) -> str:
        """What a name means: as the table says, else the name itself, in words if it is known so.

        A name in the style of programs is known by its words: `lends_tools_to`, `lendsToolsTo`.
        """
        told = self._terms.get((kind, name), "")
        if told or not name or name == TYPE or self._find(kind, name).iris:
            return told or name
        words = _HUMP.sub(" ", name).strip()
        named = self._find(kind, words).iris
        return words if named else name

    def unknown(self, candidates: Iterable[Candidate]) -> list[UnknownName]:
        """The names of candidates that mean nothing yet, each once."""
        unknown: dict[tuple[str, str], UnknownName] = {}
        for candidate in candidates:
            for kind, name in _names_of(candidate):
                if (kind, name) not in unknown and self._is_unknown(kind, name):
                    unknown[kind, name] = UnknownName(kind, name, self._near(kind, name))
        return list(unknown.values())

    def change(self, unknown: Iterable[UnknownName]) -> FileChange | None:
        """The table with rows for these names, for a person to fill in; None if it has them."""
        fresh = [one for one in unknown if (one.kind, one.name) not in self._terms]
        if not fresh:
            return None
        rows = [row.cells for row in self._table.rows]
        rows += [{"kind": one.kind, "name": one.name, _NEAR: one.near} for one in fresh]
        header = list(dict.fromkeys((*self._table.header, _NEAR)))
        text = csv_text(header, ([row.get(name, "") for name in header] for row in rows))
        return FileChange(self.path, self._before, text)

    def check(self) -> None:
        """See that each term of the table is one of the project.

        Raises:
            SourceError: one is not.
        """
        for (kind, name), term in self._terms.items():
            plain = term.removeprefix(INVERSE) if kind == PROPERTY else term
            if plain not in ("", LEFT_OUT, TYPE) and not self._find(kind, plain).iris:
                near = self._near(kind, plain)
                raise SourceError(
                    f"{name}: the project has no {kind} {plain!r}",
                    path=self.path, hint=f"near is {near}" if near else "",
                )  # fmt: skip

    def _is_unknown(self, kind: str, name: str) -> bool:
        term = self.term(kind, name).removeprefix(INVERSE)
        return term not in (LEFT_OUT, TYPE) and not self._find(kind, term).iris

    def _find(self, kind: str, name: str) -> NameCandidates:
        return self._names.class_(name) if kind == CLASS else self._names.property(name)

    def _near(self, kind: str, name: str) -> str:
        for each in dict.fromkeys((_HUMP.sub(" ", name).strip(), name)):
            try:
                self._names.one(kind, each, self._find(kind, each))
            except UnresolvedRow as why:
                if why.proposal:
                    return why.proposal
        return ""


def _names_of(candidate: Candidate) -> Iterable[tuple[str, str]]:
    """The names in a candidate that are of its tool, with the kind of each."""
    if candidate["property"] == TYPE:
        yield CLASS, candidate["value"]
    elif candidate["property"]:
        yield PROPERTY, candidate["property"]
    for column in ("subject_class", "value_class"):
        if candidate[column]:
            yield CLASS, candidate[column]


__all__ = ["CLASS", "INVERSE", "LEFT_OUT", "PROPERTY", "TermTable", "UnknownName"]
