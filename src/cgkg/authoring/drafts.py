"""Draft clauses become spans: quotations are looked up, positions and digests written."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cgkg.authoring.declarations import declare_used
from cgkg.authoring.formatting import FileChange, files_of
from cgkg.document.citing import CitedPlace, TextSearch, clause_prefix
from cgkg.document.drafts import FORMS, DraftClause, drafts_of
from cgkg.document.quotes import Quotation
from cgkg.document.sentences import SentenceTable
from cgkg.errors import SourceError
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.lines import TOKEN, StatementReader, statements
from cgkg.rdf.terms import IRI
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import CG, MODE

_TYPE = re.compile(r"\s+a\s+\S+\s*(?=[;.])")
_LINE_END = re.compile(r"[^\S\n]*\n")
_SHOWN = 5


@dataclass(frozen=True)
class Resolution:
    """What becomes of drafts.

    Attributes:
        changes: of the files; none while there are problems.
        resolved: how many drafts got a position.
        problems: the drafts that did not, each with its place and what to do.
    """

    changes: tuple[FileChange, ...]
    resolved: int
    problems: tuple[SourceError, ...]


def resolve_drafts(
    project: Project, files: Iterable[Path] = (), source: Path | None = None
) -> Resolution:
    """The files with the spans of their drafts in the place of quotations; nothing is written.

    A quotation counts if it is exact, or the same but for blanks, case, width and forms of marks;
    what is only much like it is proposed. The digest is that of the document's words. A graph that
    nothing describes yet gets what `cgkg span` prints, with gists to fill in.

    Args:
        project: its documents are looked into.
        files: Turtle or TriG; without any, all facts, the ontology's modules and the concepts.
        source: a document that is not in texts/.

    Raises:
        SourceError: a file cannot be read.
    """
    search = TextSearch(
        open_texts(project, source),
        [SentenceTable.read(path, IRI(project.document(path))) for path in project.sentence_tables],
    )
    changes: list[FileChange] = []
    problems: list[SourceError] = []
    resolved = 0
    for path in tuple(files) or (*project.fact_files, *files_of(project)):
        text = read_decompressed(path).decode("utf-8")
        places: list[tuple[DraftClause, CitedPlace]] = []
        for draft in drafts_of(text):
            try:
                places.append((draft, _place(search, draft, path, text)))
            except SourceError as error:
                problems.append(error)
        if places:
            resolved += len(places)
            changes.append(FileChange(path, text, _File(text, project).with_spans(places)))
    return Resolution(() if problems else tuple(changes), resolved, tuple(problems))


def _place(search: TextSearch, draft: DraftClause, path: Path, text: str) -> CitedPlace:
    """The one place of a draft.

    Raises:
        SourceError: there is none, or several.
    """
    column = draft.start - text.rfind("\n", 0, draft.start)

    def wrong(what: str, hint: str) -> SourceError:
        return SourceError(what, path=path, line=draft.line, column=column, hint=hint)

    if draft.mistake:
        raise wrong(draft.mistake, f"write it as: {FORMS}")
    document = search.named(draft.name)
    if document is None:
        there = ", ".join(search.names) or "none"
        raise wrong(f"there is no document {draft.name!r}", f"there are: {there}")
    if document not in search.documents:
        raise wrong(f"the text of {draft.name} is not at hand", "put it into texts/, or --source")
    result = search.find(draft.quotation, document)
    shown = result.places[:_SHOWN]
    if not shown and search.find(Quotation(draft.quotation.words), document).how != "none":
        raise wrong("the words do not stand where the brackets say", "correct the brackets")
    if result.how == "none":
        raise wrong(f"these words are not in {draft.name}", "nor are words like them: quote it")
    if result.how == "near":
        near = "\n".join(f"{place.alike:.0%} {place.told()}" for place in shown)
        raise wrong(f"{draft.name} has other words; write them if they are meant", near)
    if len(result.places) > 1:
        said = "\n".join(place.told() for place in shown)
        what = f"the words stand in {len(result.places)} places; say behind them which: ({FORMS})"
        raise wrong(what, said)
    return result.places[0]


class _File:
    """A text in which drafts are replaced."""

    def __init__(self, text: str, project: Project) -> None:
        self._text, self._project = text, project
        reader = StatementReader(dict(project.prefixes))
        for match in TOKEN.finditer(text):
            if match.lastgroup != "skip":
                deque(reader.take(match.lastgroup or "", match[0], 0), maxlen=0)
        self._prefixes = reader.prefixes

    def with_spans(self, places: Sequence[tuple[DraftClause, CitedPlace]]) -> str:
        """The text with the names of these spans, what describes them, and their prefixes."""
        names = [(d.start, d.end, f"<{place.iri.value}>") for d, place in places]
        known = {
            subject
            for _, _, subject, predicate, _ in statements(
                _edited(self._text, names), prefixes=self._project.prefixes
            )
            if predicate == CG.wordsDigest.value
        }
        described = {place.iri for draft, place in places if draft.subject}
        edits: list[tuple[int, int, str]] = []
        for draft, place in places:
            self._see_to_prefix(place.document)
            name = self._term(place.iri)
            edits.append((draft.start, draft.end, name))
            if place.iri.value in known:
                continue
            if draft.subject:
                edits.append(self._digest(draft, place))
            elif draft.opens and place.iri not in described:
                edits.append(self._description(draft, place, name))
            else:
                continue
            known.add(place.iri.value)
        return declare_used(_edited(self._text, edits), self._prefixes)

    def _digest(self, draft: DraftClause, place: CitedPlace) -> tuple[int, int, str]:
        """The digest as the first that is said of the clause, behind its type."""
        said = f'{self._term(CG.wordsDigest)} "{place.sha256}"'
        typed = _TYPE.match(self._text, draft.end)
        if typed:
            return typed.end(), typed.end(), f";\n    {said} "
        broken = _LINE_END.match(self._text, draft.end)
        return draft.end, draft.end, f" {said} ;" + ("" if broken else "\n   ")

    def _description(
        self, draft: DraftClause, place: CitedPlace, name: str
    ) -> tuple[int, int, str]:
        """What describes the clause, behind the block."""
        gists = " , ".join(f'""@{language}' for language in self._project.languages)
        at = _block_end(self._text, draft.end)
        return at, at, (
            f"\n{name} a {self._term(CG.TextSpan)} ;\n"
            f'    {self._term(CG.wordsDigest)} "{place.sha256}" ;\n'
            f"    {self._term(CG.assertionMode)} {self._term(MODE.stated)} ;\n"
            f"    {self._term(CG.gist)} {gists} ."
        )  # fmt: skip

    def _term(self, iri: IRI) -> str:
        return Layout((), self._prefixes).term(iri)

    def _see_to_prefix(self, document: IRI) -> None:
        """A prefix for the clauses of a document that has none, if its name can be one."""
        name = clause_prefix(document, self._prefixes)
        if name is not None:
            self._prefixes.setdefault(name, f"{document.value}/c/")


def _edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _block_end(text: str, at: int) -> int:
    """Behind the brace that closes the block that opens next."""
    for match in TOKEN.finditer(text, at):
        if match.lastgroup == "mark" and match[0] == "}":
            return match.end()
    return len(text)


__all__ = ["Resolution", "resolve_drafts"]
