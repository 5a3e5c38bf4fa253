"""What a release is made from: a generation's quads as parsed, and the parts they fall into."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cgkg.errors import StoreError
from cgkg.formats import Format
from cgkg.languages import SOURCE, known
from cgkg.presentation.resource import LABELS, texts
from cgkg.project.tables import TABLE_NAME, ReleaseTable
from cgkg.rdf.io import canonicalize, parse_bytes, parse_file, serialize
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, RDF, STANDARD
from cgkg.rdf.xmlnames import unwritable
from cgkg.store.generations import MANIFEST, Generation
from cgkg.store.graph import Graph
from cgkg.store.lines import Parts

# Graphs that nobody's assertions of facts are in.
APART = frozenset({GRAPH.shapes, GRAPH.mappings})
_NO_EVIDENCE = APART | {GRAPH.ontology, GRAPH.concepts, GRAPH.registry, GRAPH.spans, GRAPH.inferred}

_NEEDED = ("cgkg", "generation", "project", "counts", "inputs")  # of a manifest
_LAST = "\U0010ffff"  # after every IRI

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Content:
    """The dataset in canonical form, and what the build said of it.

    Attributes:
        quads: every quad once, blank nodes labelled by RDFC-1.0, sorted as N-Quads lines.
        manifest: the manifest of the generation.
        of_file: whether the digest is the SHA-256 of the N-Quads file, as it was in releases of
            before there were parts (`cgkg.store.lines`).
    """

    quads: tuple[Quad, ...]
    manifest: Mapping[str, Any]
    of_file: bool = False

    @classmethod
    def load(cls, generation: Generation) -> Content:
        """The content of a generation, or of a release, which holds the same files.

        Raises:
            SourceError, StoreError: a file of it cannot be read.
        """
        manifest = generation.manifest
        project = manifest.get("project", {})
        lacking = [key for key in _NEEDED if key not in manifest]
        lacking += ["base of its project"] if "base" not in project else []
        if lacking:
            raise StoreError(
                f"{generation.folder / MANIFEST} lacks {', '.join(lacking)}", hint="run cgkg build"
            )
        return cls(tuple(canonicalize(_read_quads(generation))), manifest)

    @property
    def base(self) -> str:
        """What the project's IRIs begin with; a name of our own for a bare folder without."""
        return str(self.manifest["project"]["base"]) or "urn:cgkg:"

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes of the project."""
        prefixes: Mapping[str, str] = self.manifest["project"].get("prefixes", STANDARD)
        return prefixes

    @property
    def tables(self) -> tuple[ReleaseTable, ...]:
        """The tables that the project adds, as the build found them."""
        held: Mapping[str, str] = self.manifest["project"].get("tables", {})
        odd = next((name for name in held if not TABLE_NAME.fullmatch(name)), None)
        if odd is not None:
            raise StoreError(
                f"the manifest names a table {odd[:200]!r}, which is no name of a file",
                hint="run cgkg build",
            )
        return tuple(ReleaseTable.of(name, query) for name, query in sorted(held.items()))

    @property
    def generation(self) -> str:
        """The generation's id."""
        return str(self.manifest["generation"])

    @cached_property
    def digest(self) -> str:
        """The version that people cite: the digest of the canonical N-Quads (RDFC-1.0 §4.4)."""
        body = serialize(self.quads, Format.N_QUADS)
        if self.of_file:
            return hashlib.sha256(body).hexdigest()
        return Parts.of(body.splitlines(keepends=True)).digest

    @cached_property
    def graphs(self) -> Mapping[IRI, tuple[Triple, ...]]:
        """The triples of every named graph, in the order of the graphs' names."""
        by_name: dict[IRI, list[Triple]] = {}
        for quad in self.quads:
            if isinstance(quad.graph_name, IRI):
                by_name.setdefault(quad.graph_name, []).append(quad.triple)
        ordered = sorted(by_name.items(), key=lambda item: item[0].value)
        return {name: tuple(triples) for name, triples in ordered}

    @cached_property
    def graph(self) -> Graph:
        """The dataset, to be queried."""
        return Graph.of(self.quads)

    @cached_property
    def merged(self) -> tuple[Triple, ...]:
        """Everything asserted and inferred: the default graph."""
        return tuple(q.triple for q in self.quads if q.graph_name == DefaultGraph())

    @property
    def inferred(self) -> tuple[Triple, ...]:
        """What the reasoner adds."""
        return self.graphs.get(GRAPH.inferred, ())

    @property
    def bare(self) -> bool:
        """Whether the graph is a folder of RDF as written: nothing merged, nothing inferred."""
        return bool(self.manifest.get("bare"))

    @cached_property
    def asserted_quads(self) -> tuple[Quad, ...]:
        """The asserted facts in their named graphs, and all of them in the default graph."""
        if self.bare:
            return self.quads
        named = [
            quad
            for quad in self.quads
            if isinstance(quad.graph_name, IRI) and quad.graph_name not in APART | {GRAPH.inferred}
        ]
        merged = dict.fromkeys(quad.triple for quad in named)
        whole = [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in merged]
        return tuple(sorted([*whole, *named], key=str))

    @cached_property
    def asserted(self) -> tuple[Triple, ...]:
        """The asserted facts with ontology, concepts, registry and descriptions of spans."""
        return tuple(q.triple for q in self.asserted_quads if q.graph_name == DefaultGraph())

    @cached_property
    def evidence(self) -> Mapping[IRI, tuple[Triple, ...]]:
        """The graphs that say where a statement is from: spans, background, interpretation …"""
        return {name: part for name, part in self.graphs.items() if name not in _NO_EVIDENCE}

    @cached_property
    def unwritable(self) -> Mapping[Triple, str]:
        """The triples of the merged graph that RDF/XML cannot hold, and why."""
        reasons = ((triple, unwritable(triple)) for triple in self.merged)
        return {triple: why for triple, why in reasons if why}

    @cached_property
    def about(self) -> Mapping[IRI, Mapping[IRI, tuple[Term, ...]]]:
        """What the merged graph says of each IRI: values by property."""
        about: dict[IRI, dict[IRI, list[Term]]] = {}
        for triple in self.merged:
            subject, predicate, value = parts(triple)
            if isinstance(subject, IRI):
                about.setdefault(subject, {}).setdefault(predicate, []).append(value)
        return {s: {p: tuple(v) for p, v in held.items()} for s, held in about.items()}

    def values(self, subject: IRI, predicate: IRI) -> tuple[Term, ...]:
        """The values of a property, sorted as they are written."""
        return self.about.get(subject, {}).get(predicate, ())

    def value(self, subject: IRI, predicate: IRI) -> str:
        """The one value of a property as plain text; empty where there is none."""
        return next((value.value for value in self.values(subject, predicate)), "")

    def iris(self, subject: IRI, predicate: IRI) -> tuple[IRI, ...]:
        """The values of a property that are IRIs."""
        return tuple(v for v in self.values(subject, predicate) if isinstance(v, IRI))

    def texts(self, subject: IRI, *predicates: IRI) -> Texts:
        """One text per language; the first property that has one in it wins."""
        said = (Triple(subject, p, v) for p in predicates for v in self.values(subject, p))
        return texts(said, predicates)

    @cached_property
    def labels(self) -> Mapping[IRI, Texts]:
        """The names of every IRI that has some, by language."""
        labels = {iri: self.texts(iri, *LABELS) for iri in self.about}
        return {iri: names for iri, names in labels.items() if names}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that things are named in: the project's first, then those that pages can be
        in, then by tag."""
        registered = {triple.subject for triple in self.graphs.get(GRAPH.registry, ())}
        named = [names for iri, names in self.labels.items() if iri in registered]
        named.append(self.manifest["project"].get("name") or {})
        spoken = {language for names in named for language in names if language}
        dearest = (*self.manifest["project"].get("languages", ()), *known())
        first = [language for language in dict.fromkeys(dearest) if language in spoken]
        return (*first, *sorted(spoken.difference(first))) or (SOURCE,)

    @cached_property
    def spans(self) -> tuple[IRI, ...]:
        """The cited clauses, in the order of the documents."""
        spans = [s for s, held in self.about.items() if CG.TextSpan in held.get(RDF.type, ())]
        return tuple(sorted(spans, key=self.position))

    def position(self, span: IRI) -> tuple[str, int, int, str]:
        """Where a span stands, to sort by; what is no span goes last."""
        document, mark, place = span.value.rpartition("/c/")
        start, _, end = place.partition("-")
        if mark and start.isdigit() and end.isdigit():
            return document, int(start), int(end), span.value
        return _LAST, 0, 0, span.value

    def is_span(self, name: IRI) -> bool:
        """Whether the name is that of a clause of a document."""
        return self.position(name)[0] != _LAST


def _read_quads(generation: Generation) -> list[Quad]:
    lines = generation.dataset
    if not lines.change:
        return parse_file(lines.base)
    return parse_bytes(lines.read(), Format.N_QUADS, lines.base)


def literal_texts(values: Iterable[Term], language: str) -> list[str]:
    """The texts in a language among the values, in order."""
    return [v.value for v in values if isinstance(v, Literal) and (v.language or "") == language]
