"""What single files of a project say, as values that are kept until the file changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span, describe_spans
from cgkg.project.ontology import has_lines
from cgkg.rdf.lines import FilePlaces
from cgkg.rdf.terms import IRI, Quad, Subject, Triple

__all__ = ["CutDocument", "Groups", "SourceFile", "by_subject"]

Groups = Mapping[Subject, tuple[Triple, ...]]
"""Statements by what they are about."""


@dataclass(frozen=True)
class SourceFile:
    """What one file says.

    `triples` are those of a file without named graphs, `said` the same by what they are about. Of
    a file of facts `graphs` are the named graphs, `said` is what stands outside of them about
    spans, `loose` what is about anything else, `spans` all that are named. `subjects` is what
    anything is said of, and `places` where, if that can be told.
    """

    triples: tuple[Triple, ...]
    graphs: Mapping[IRI, tuple[Triple, ...]]
    said: Groups
    loose: tuple[Quad, ...]
    spans: Mapping[IRI, Span]
    subjects: frozenset[object]
    places: FilePlaces | None = field(compare=False, repr=False)

    @classmethod
    def of(cls, path: Path, triples: tuple[Triple, ...], prefixes: Mapping[str, str]) -> SourceFile:
        """A file without named graphs; `prefixes` hold before its own."""
        said = by_subject(triples)
        places = FilePlaces(path, prefixes) if has_lines(path) else None
        return cls(triples, {}, said, (), {}, frozenset(said), places)

    @classmethod
    def of_facts(cls, path: Path, quads: Iterable[Quad], prefixes: Mapping[str, str]) -> SourceFile:
        """A file of facts; `prefixes` hold before its own."""
        graphs: dict[IRI, dict[Triple, None]] = {}
        outside: list[Quad] = []
        for quad in quads:
            name = quad.graph_name
            if not isinstance(name, IRI):
                outside.append(quad)
            elif name in graphs:
                graphs[name][quad.triple] = None
            else:
                graphs[name] = {quad.triple: None}
        about = by_subject(quad.triple for quad in outside)
        names = (name for name in dict.fromkeys((*graphs, *about)) if isinstance(name, IRI))
        spans = {name: span for name in names if (span := Span.parse(name))}
        within = {triple.subject for part in graphs.values() for triple in part}
        return cls(
            (),
            {name: tuple(part) for name, part in graphs.items()},
            {name: part for name, part in about.items() if name in spans},
            tuple(quad for quad in outside if quad.subject not in spans),
            spans,
            frozenset(within | about.keys()),
            FilePlaces(path, prefixes),
        )


@dataclass(frozen=True)
class CutDocument:
    """A sentence table, as RDF, and what it says of spans, which is kept."""

    table: SentenceTable
    triples: tuple[Triple, ...]
    _placed: dict[IRI, tuple[Triple, ...]] = field(default_factory=dict, repr=False)

    def place(self, span: Span) -> tuple[Triple, ...]:
        """What the position of a span says of it."""
        held = self._placed.get(span.iri)
        if held is None:
            held = tuple(describe_spans([span], {self.table.document: self.table}))
            self._placed[span.iri] = held
        return held


def by_subject(triples: Iterable[Triple]) -> dict[Subject, tuple[Triple, ...]]:
    """Triples by what they are about, each once."""
    triples_of: dict[Subject, dict[Triple, None]] = {}
    for triple in triples:
        triples_of.setdefault(triple.subject, {})[triple] = None  # type: ignore[arg-type]
    return {subject: tuple(part) for subject, part in triples_of.items()}
