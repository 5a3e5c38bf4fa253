"""The page of what the graph says of every sentence, by document and section, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, request
from werkzeug.exceptions import NotFound

from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import DCTERMS
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.paging import ListPage
from cgkg.web.rendering import page, view_of
from cgkg.web.request import page_number
from cgkg.web.site import Site

ROWS = 200
"""The sentences of a page."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sentences:
    """The sentences of a generation.

    Attributes:
        sections: the rows by document, and by section of it, in the order of the text.
        gaps: what no statement mentions, by document and sentence.
    """

    sections: Mapping[str, Mapping[str, Sequence[Row]]]
    gaps: Mapping[tuple[object, object], Row]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Sentences:
        """Those of the report of a build."""
        sections: dict[str, dict[str, list[Row]]] = {}
        for row in report["rows"]:
            held = sections.setdefault(row.get("document", ""), {})
            held.setdefault(row["section"], []).append(row)
        unmentioned = report.get("unmentioned", ())
        return cls(sections, {(m.get("document"), m["sentence"]): m for m in unmentioned})

    def chosen(self, document: str, section: str) -> list[Row]:
        """The rows of a document or a section of it, or all.

        Raises:
            NotFound: there is no such document or section.
        """
        if document and document not in self.sections:
            raise NotFound(f"no document here is named {document[:200]!r}")
        held = [self.sections[document]] if document else list(self.sections.values())
        if section and (len(held) != 1 or section not in held[0]):
            raise NotFound(f"there is no section {section[:50]!r}: name its document, too")
        parts = [rows for part in held for name, rows in part.items() if section in ("", name)]
        return [row for rows in parts for row in rows]


def coverage() -> Response:
    """Every sentence with the graphs that cite it, or what it says and lacks.

    Of one document or section by `?document=` and `?section=`.
    """
    view = view_of()
    site, report = view.site, view.site.generation.coverage
    sentences = site.kept.once("coverage", lambda: Sentences.of(report))
    document, section = request.args.get("document", ""), request.args.get("section", "")
    part = ListPage.of(sentences.chosen(document, section), page_number(), ROWS)
    documents = [IRI(name) for name in sentences.sections if name]
    if site.settings.source:
        site.graph.take(about(documents, DCTERMS.language, g=DEFAULT))
    view.read_names(documents)
    grouped = groupby(part.rows, key=lambda row: (row.get("document", ""), row["section"]))
    several = len(sentences.sections) > 1
    named = document if document or several else next(iter(sentences.sections), "")
    return page(
        "coverage.html",
        view,
        coverage=report,
        sections=[(of, name, list(rows)) for (of, name), rows in grouped],
        several=several,
        part=part,
        documents=documents if several else [],
        document=document,
        section=section,
        names=list(sentences.sections.get(named, ())),
        gap=lambda row: sentences.gaps.get((row.get("document"), row["sentence"])),
        words=lambda row: _words(site, row),
        iri=IRI,
    )


def _words(site: Site, row: Row) -> str:
    """The words of a sentence that is not accounted for, where they are at hand."""
    source = site.settings.source
    held = source.of(IRI(row["document"])) if source and row.get("document") else None
    return held.words(row["start"], row["end"]) if held else ""
