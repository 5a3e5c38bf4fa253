"""Files of a project -> Sources: everything asserted, by layer, with terms as written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span, describe_spans
from cgkg.errors import ImportNotFoundError, without_ontology
from cgkg.project.catalog import read_catalog
from cgkg.project.folder import Project
from cgkg.project.registry import read_registry
from cgkg.rdf.io import Reading, parse_file
from cgkg.rdf.lines import Locator, Place
from cgkg.rdf.terms import IRI, Literal, Quad, Triple
from cgkg.rdf.vocab import CG, GRAPH, OWL, VANN

_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True)
class Sources:
    """What a project asserts, layer by layer.

    `graphs` holds the facts by named graph; `descriptions` what is said about documents, sections,
    spans and graphs, and `sentences` the sentence tables as RDF; these never enter the reasoner.
    `rows` has the place of each statement of the registry.
    """

    project: Project
    ontology: tuple[Triple, ...]
    concepts: tuple[Triple, ...]
    registry: tuple[Triple, ...]
    graphs: Mapping[IRI, tuple[Triple, ...]]
    descriptions: tuple[Triple, ...]
    sentences: tuple[Triple, ...]
    spans: tuple[Span, ...]
    tables: Mapping[IRI, SentenceTable]
    outside_graphs: tuple[Quad, ...] = ()
    files: tuple[Path, ...] = field(default=(), repr=False)
    rows: Mapping[Triple, Place] = field(default_factory=dict, repr=False)

    @cached_property
    def facts(self) -> tuple[Triple, ...]:
        """Identities, concepts and facts of all graphs, each triple once: what is reasoned over."""
        distinct = dict.fromkeys((*self.registry, *self.concepts))
        for triples in self.graphs.values():
            distinct.update(dict.fromkeys(triples))
        return tuple(distinct)

    @cached_property
    def locator(self) -> Locator:
        """Says on which line of which file a statement stands."""
        files = (path for path in self.files if path != self.project.registry)
        return Locator(files, self.rows)

    @cached_property
    def namespace(self) -> str:
        """The namespace of the ontology's own terms."""
        return namespace_of(self.ontology)


def load(project: Project) -> Sources:
    """Read every file of the project.

    Raises:
        SourceError: a file is malformed; says file, line and column.
        ImportNotFoundError: an owl:imports has no entry in the catalog.
        ConfigError: the project is a bare folder of RDF.
    """
    if project.bare:
        raise without_ontology(project.folder)
    ontology_files, ontology = _ontology(project)
    namespace = namespace_of(ontology)
    quads = [quad for path in project.fact_files for quad in parse_file(path)]
    graphs: dict[IRI, dict[Triple, None]] = {}
    said: list[Quad] = []
    for quad in quads:
        if isinstance(quad.graph_name, IRI):
            graphs.setdefault(quad.graph_name, {})[quad.triple] = None
        else:
            said.append(quad)
    spans = tuple(_spans(graphs, said))
    tables = {
        IRI(project.document(path)): SentenceTable.read(path, IRI(project.document(path)))
        for path in project.sentence_tables
    }
    described = dict.fromkeys(_triples(project, project.description_files))
    about = graphs.keys() | {span.iri for span in spans}
    described.update(dict.fromkeys(q.triple for q in said if q.subject in about))
    described.update(dict.fromkeys(describe_spans(spans, tables)))
    rows = read_registry(project, namespace)
    return Sources(
        project=project,
        ontology=ontology,
        concepts=tuple(_triples(project, project.concept_files)),
        registry=tuple(rows),
        graphs={name: tuple(triples) for name, triples in graphs.items()},
        descriptions=tuple(described),
        sentences=tuple(t for table in tables.values() for t in table.triples()),
        spans=spans,
        tables=tables,
        outside_graphs=tuple(q for q in said if q.subject not in about),
        files=(
            *project.fact_files,
            *((project.registry,) if project.registry.is_file() else ()),
            *project.concept_files,
            *project.description_files,
            *ontology_files,
        ),
        rows=rows,
    )


def read_shapes(project: Project, *names: str) -> tuple[Triple, ...]:
    """The triples of the named shapes files."""
    return tuple(_triples(project, project.shapes(*names)))


def _triples(project: Project, paths: Iterable[Path]) -> Iterator[Triple]:
    """The triples of files; no two files of the project share the label of a blank node."""
    reading = Reading(project.contexts)
    for path in paths:
        place = os.path.relpath(path, project.folder)
        label = _NOT_IN_LABELS.sub(lambda match: f"_{ord(match[0]):x}_", place)
        for quad in parse_file(path, blank_prefix=f"{label}-", reading=reading):
            yield quad.triple


def _spans(graphs: Mapping[IRI, object], said: list[Quad]) -> Iterator[Span]:
    """Every span that is the name of a graph or is described, in the order of the text."""
    names = [*graphs, *(q.subject for q in said if isinstance(q.subject, IRI))]
    parsed = {name: Span.parse(name) for name in dict.fromkeys(names)}
    spans = (span for span in parsed.values() if span)
    yield from sorted(spans, key=lambda span: (span.document.value, span.start, span.end))


def _ontology(project: Project) -> tuple[list[Path], tuple[Triple, ...]]:
    """The root ontology and everything it imports, resolved through the catalog."""
    catalog = read_catalog(project.catalog)
    folder = project.catalog.parent
    waiting, seen, triples = [project.ontology], [], dict[Triple, None]()
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.append(path)
        own = list(_triples(project, [path]))
        triples.update(dict.fromkeys(own))
        for triple in own:
            if triple.predicate == OWL.imports and isinstance(triple.object, IRI):
                target = folder / catalog.get(triple.object.value, "")
                if not target.is_file():
                    place = Locator([path]).of(triple)
                    raise ImportNotFoundError(
                        triple.object.value, path=path, line=place.line if place else None
                    )
                waiting.append(target)
    return seen, tuple(triples)


def namespace_of(ontology: Iterable[Triple]) -> str:
    """The namespace of an ontology's own terms: the first that it prefers, or cgkg's."""
    return next(
        (
            triple.object.value
            for triple in ontology
            if triple.predicate == VANN.preferredNamespaceUri
            and isinstance(triple.object, (Literal, IRI))
        ),
        CG.base,
    )


def layers(sources: Sources) -> dict[IRI, tuple[Triple, ...]]:
    """Every asserted layer by the name of its graph."""
    return {
        GRAPH.ontology: sources.ontology,
        GRAPH.concepts: sources.concepts,
        GRAPH.registry: sources.registry,
        GRAPH.spans: (*sources.descriptions, *sources.sentences),
        **sources.graphs,
    }
