"""A project's statements as a sheet, one a row, in the form in which a sheet is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cgkg.document.spans import Span
from cgkg.document.text import TextsAtHand
from cgkg.intake.resolving import RowResolver
from cgkg.intake.rows import UnresolvedRow
from cgkg.project.folder import Project
from cgkg.project.sources import Sources, load
from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, parts
from cgkg.rdf.vocab import CG, PROV, RDF

_OF_CLAUSES = frozenset(
    {
        RDF.type, PROV.wasQuotedFrom, CG.charStart, CG.charEnd, CG.inSection, CG.inSentence,
        CG.inParagraph, CG.wordsDigest, CG.assertionMode, CG.gist,
    }
)  # fmt: skip


@dataclass(frozen=True)
class ExportedSheet:
    """A table of statements.

    `quoted` says that it holds words of documents; `left_out` how many statements have no row,
    and `why`.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    quoted: bool
    left_out: Mapping[str, int]


def sheet_of(
    project: Project, texts: TextsAtHand | None, *, with_words: bool = True
) -> ExportedSheet:
    """Every statement that a clause makes, in document order; imported again it changes nothing.

    A cell is the shortest form that stands for the same: a plain value where the property's range
    and the document's language give it back, else the literal with its datatype or language.

    Args:
        project: as its files are; no build is needed.
        texts: the documents at hand; clauses of others have start and end, and no quote.
        with_words: whether there are quotes at all.

    Raises:
        SourceError: a file cannot be read.
    """
    sources = load(project)
    return _Exporter(sources, texts if with_words else None).sheet()


class _Exporter:
    def __init__(self, sources: Sources, texts: TextsAtHand | None) -> None:
        self._sources, self._texts = sources, texts
        self._resolver = RowResolver(sources, texts)
        self._names = self._resolver.names
        self._modes: dict[IRI, str] = {}
        self._gists: dict[IRI, dict[str, str]] = {}
        for subject, predicate, value in map(parts, sources.descriptions):
            if not isinstance(subject, IRI):
                continue
            if predicate == CG.assertionMode:
                self._modes[subject] = self._names.short(value)
            elif predicate == CG.gist and isinstance(value, Literal):
                self._gists.setdefault(subject, {})[value.language or ""] = value.value

    def sheet(self) -> ExportedSheet:
        tags = list(self._sources.project.languages)
        used = {tag for gists in self._gists.values() for tag in gists if tag}
        tags += sorted(used - set(tags))
        header = (
            "document", "section", "start", "end", "quote", "subject", "property", "value", "mode",
            *(f"gist_{tag}" for tag in tags),
        )  # fmt: skip
        spans = {span.iri for span in self._sources.spans}
        graphs = self._sources.graphs
        nodes = sum(_blank(t.subject, t.object) for n in spans for t in graphs.get(n, ()))
        others = sum(len(part) for name, part in graphs.items() if name not in spans)
        about = sum(t.subject in spans and t.predicate not in _OF_CLAUSES
                    for t in self._sources.descriptions)  # fmt: skip
        rows = [row for span in self._sources.spans for row in self._rows(span, tags)]
        left_out = {
            "with a node that has no name": nodes,
            "about clauses, beside mode and gist": about,
            "in graphs that are of no clause": others,
        }
        quoted = any(row[4] for row in rows)
        return ExportedSheet(
            header, tuple(rows), quoted, {why: n for why, n in left_out.items() if n}
        )

    def _rows(self, span: Span, tags: list[str]) -> Iterator[tuple[str, ...]]:
        held = self._texts.of(span.document) if self._texts else None
        table = self._sources.tables.get(span.document)
        sentence = table.at(span.start) if table else None
        place = (
            span.document.value.rsplit("/", 1)[1],
            sentence.section if sentence else "",
            str(span.start),
            str(span.end),
            held.words(span.start, span.end) if held else "",
        )
        gists = self._gists.get(span.iri, {})
        said = (self._modes.get(span.iri, ""), *(gists.get(tag, "") for tag in tags))
        for triple in self._sources.graphs.get(span.iri, ()):
            subject, predicate, value = parts(triple)
            if _blank(subject, value):
                continue
            terms = (
                self._names.short(subject),
                "a" if predicate == RDF.type else self._names.short(predicate),
                self._value(value, predicate, span.document),
            )
            yield (*place, *terms, *said)
            said = ("",) * len(said)  # once for each clause

    def _value(self, value: Term, predicate: IRI, document: IRI) -> str:
        """The plainest text that stands for a value."""
        if not isinstance(value, Literal):
            return self._names.short(value)
        plain = value.value
        if plain.strip() == plain and plain:
            try:
                if self._resolver.value_of(plain, predicate, document) == value:
                    return plain
            except UnresolvedRow:
                pass
        return self._names.short(value)


def _blank(subject: object, value: object) -> bool:
    return isinstance(subject, BlankNode) or isinstance(value, BlankNode)


__all__ = ["ExportedSheet", "sheet_of"]
