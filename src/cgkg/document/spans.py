"""Spans: the clauses that a graph cites, named by document and position."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgkg.document.sentences import SentenceTable, integer
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import CG, PROV, RDF

if TYPE_CHECKING:
    from cgkg.store.excerpt import Lookups

_SPAN = re.compile(r"^(?P<document>.+)/c/(?P<start>\d+)-(?P<end>\d+)$")


@dataclass(frozen=True)
class Span:
    """A cited clause: where it is, what it says in our words, and how the graph uses it."""

    iri: IRI
    document: IRI
    start: int
    end: int
    digest: str = ""
    section: str = ""
    sentence: int = 0
    paragraph: int = 0
    mode: IRI | None = None
    gist: Mapping[str, str] | None = None

    @property
    def section_iri(self) -> IRI | None:
        """The section that it lies in, if its document has sections."""
        number = self.section.replace(".", "-")
        return IRI(f"{self.document.value}/sec/{number}") if number else None

    @property
    def place(self) -> tuple[str, int, int]:
        """The key of the order in which documents have clauses; no two clauses have the same."""
        return self.document.value, self.start, self.end

    @property
    def rank(self) -> tuple[bool, str, int, int]:
        """As `place`, but headings, which list what is told elsewhere, come last."""
        return not self.paragraph, *self.place

    @classmethod
    def parse(cls, iri: IRI) -> Span | None:
        """The span an IRI names (`<document>/c/<start>-<end>`), or None if it names none."""
        match = _SPAN.match(iri.value)
        if not match:
            return None
        document, start, end = match.group("document", "start", "end")
        return cls(iri, IRI(document), int(start), int(end))


def describe_spans(spans: Iterable[Span], tables: Mapping[IRI, SentenceTable]) -> Iterator[Triple]:
    """What the IRI of a span and the sentence table say of it, as RDF."""
    for span in spans:
        yield Triple(span.iri, RDF.type, CG.TextSpan)
        yield Triple(span.iri, PROV.wasQuotedFrom, span.document)
        yield Triple(span.iri, CG.charStart, integer(span.start))
        yield Triple(span.iri, CG.charEnd, integer(span.end))
        table = tables.get(span.document)
        placed = table.place(span.start, span.end) if table else None
        if table and placed:
            first, _ = placed
            yield Triple(span.iri, CG.inSection, table.section_iri(first.section))
            yield Triple(span.iri, CG.inSentence, table.sentence_iri(first))
            yield Triple(span.iri, CG.inParagraph, integer(first.paragraph))


def span_of(graph: Lookups, iri: IRI) -> Span | None:
    """The span as the graph describes it, or None if the IRI is no span."""
    bare = Span.parse(iri)
    if bare is None:
        return None
    values: dict[str, str] = {}
    gist: dict[str, str] = {}
    mode: IRI | None = None
    for triple in graph.triples(iri):
        if triple.predicate == CG.gist and isinstance(triple.object, Literal):
            gist[triple.object.language or ""] = triple.object.value
        elif triple.predicate == CG.assertionMode and isinstance(triple.object, IRI):
            mode = triple.object
        elif triple.predicate in CG and not isinstance(triple.object, Triple):
            values[CG.local(triple.predicate)] = triple.object.value
    if not values:
        return None
    return Span(
        iri,
        bare.document,
        bare.start,
        bare.end,
        digest=values.get("wordsDigest", ""),
        section=values.get("inSection", "").rsplit("/", 1)[-1].replace("-", "."),
        sentence=int(values.get("inSentence", "/0").rsplit("/", 1)[-1]),
        paragraph=int(values.get("inParagraph", "0")),
        mode=mode,
        gist=gist,
    )
