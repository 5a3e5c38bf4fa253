"""Files of a project -> Sources: everything asserted, by layer, with terms as written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from cgkg.document.drafts import explain_draft
from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span, describe_spans
from cgkg.errors import SourceError, without_ontology
from cgkg.formats import Format
from cgkg.project.catalog import CatalogRemark
from cgkg.project.folder import Project
from cgkg.project.imports import Imports
from cgkg.project.kept import KeptFiles
from cgkg.project.ontology import Ontology, has_lines, namespace_of
from cgkg.project.registry import read_registry
from cgkg.project.source_files import CutDocument, Groups, SourceFile, by_subject
from cgkg.rdf.io import Reading, parse_file, syntax_of
from cgkg.rdf.lines import Locator, Place
from cgkg.rdf.terms import IRI, Literal, Quad, Triple
from cgkg.rdf.vocab import DCTERMS, GRAPH

__all__ = ["SourceFile", "Sources", "layers", "load", "namespace_of", "read_shapes"]

_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True)
class Sources:
    """What a project asserts, layer by layer.

    `graphs` holds the facts by named graph; `said` what files say about documents, sections,
    spans and graphs, by what it is about; `placed` what follows from the position of each span;
    `cut` the sentence tables as RDF, by document. These never enter the reasoner. `registry` has
    the statements of the registry, `rows` the place of each, `individuals` is about how many
    things they are; `read` has all files of RDF.
    """

    project: Project
    vocabulary: Ontology
    concepts: tuple[Triple, ...]
    rows: Mapping[Triple, Place]
    registry: tuple[Triple, ...]
    individuals: int
    graphs: Mapping[IRI, tuple[Triple, ...]]
    said: Groups
    placed: Mapping[IRI, tuple[Triple, ...]]
    cut: Mapping[IRI, tuple[Triple, ...]]
    spans: tuple[Span, ...]
    tables: Mapping[IRI, SentenceTable]
    outside_graphs: tuple[Quad, ...] = ()
    read: Mapping[Path, SourceFile] = field(default_factory=dict, repr=False)
    imports: Imports | None = field(default=None, repr=False, compare=False)

    @property
    def ontology(self) -> tuple[Triple, ...]:
        """What the modules of the ontology say, each triple once."""
        return self.vocabulary.triples

    @property
    def namespace(self) -> str:
        """The namespace of the ontology's own terms."""
        return self.vocabulary.namespace

    @property
    def imported(self) -> tuple[Path, ...]:
        """The modules of the ontology that are not the project's own."""
        return self.vocabulary.imported

    @property
    def remarks(self) -> tuple[CatalogRemark, ...]:
        """What is to be said of catalogs."""
        return self.vocabulary.remarks

    @property
    def files(self) -> tuple[Path, ...]:
        """The files read, but for tables of documents."""
        registry = self.project.registry
        return (
            *(path for path in self.read if path not in self.vocabulary.modules),
            *((registry,) if registry.is_file() else ()),
            *self.vocabulary.modules,
        )

    @cached_property
    def descriptions(self) -> tuple[Triple, ...]:
        """What is said about documents, sections, spans and graphs, each triple once."""
        parts = chain(self.said.values(), self.placed.values())
        return tuple(dict.fromkeys(chain.from_iterable(parts)))

    @cached_property
    def document_languages(self) -> Mapping[IRI, str]:
        """The language tag of each document of which one is said, or with which it was cut."""
        said = {
            document: next(
                (
                    triple.object.value
                    for triple in self.said.get(document, ())
                    if triple.predicate == DCTERMS.language and isinstance(triple.object, Literal)
                ),
                table.language,
            )
            for document, table in self.tables.items()
        }
        return {document: language for document, language in said.items() if language}

    @cached_property
    def sentences(self) -> tuple[Triple, ...]:
        """The sentence tables as RDF."""
        return tuple(chain.from_iterable(self.cut.values()))

    @cached_property
    def facts(self) -> tuple[Triple, ...]:
        """Identities, concepts and facts of all graphs, each triple once: what is reasoned over."""
        parts = (self.registry, self.concepts, *self.graphs.values())
        return tuple(dict.fromkeys(chain.from_iterable(parts)))

    @cached_property
    def locator(self) -> Locator:
        """Says on which line of which file a statement stands."""
        files = (path for path in self.files if path != self.project.registry and has_lines(path))
        return Locator(files, self.rows, prefixes=self.project.prefixes)

    def imports_alone(self, triple: Triple) -> bool:
        """Whether only files of others state it, which the project cannot change."""
        if triple not in self.vocabulary.foreign:
            return False
        parts = (self.registry, self.concepts, *self.graphs.values())
        others = (*self.said.values(), *self.placed.values())
        return not any(triple in part for part in (*parts, *others))


def load(project: Project, files: KeptFiles | None = None) -> Sources:
    """Read every file of the project.

    Args:
        project: the project.
        files: what was read before; what did not change since is taken from it as it is, the very
            same objects.

    Raises:
        SourceError: a file is malformed; says file, line and column.
        ImportNotFoundError: an owl:imports has no entry in the catalog.
        ConfigError: the project is a bare folder of RDF.
    """
    if project.bare:
        raise without_ontology(project.folder)
    try:
        return _ProjectReader(project, files or KeptFiles()).read()
    except SourceError as error:
        raise explain_draft(error) from None


class _ProjectReader:
    """Reads a project; what did not change is taken from what is kept."""

    def __init__(self, project: Project, kept: KeptFiles) -> None:
        self._project, self._kept = project, kept
        self._reading = project.reading
        self._prefixes = tuple(project.prefixes.items())

    def read(self) -> Sources:
        project = self._project
        imports = Imports.of([project.ontology], keep=self._kept.make, prefixes=project.prefixes)
        modules = self._read_modules(imports)
        vocabulary = self._kept.same("ontology", self._vocabulary(imports, modules))
        facts = {path: self._read_facts(path) for path in project.fact_files}
        concepts = {path: self._read_triples(path) for path in project.concept_files}
        described = {path: self._read_triples(path) for path in project.description_files}
        cut = [self._read_table(path) for path in project.sentence_tables]
        documents = {each.table.document: each for each in cut}
        spans, placed = self._place([file.spans for file in facts.values()], cut)
        graphs = _merge(file.graphs for file in facts.values())
        loose = [quad for file in facts.values() for quad in file.loose]
        about = [by_subject(q.triple for q in loose if q.subject in graphs)] if loose else []
        rows, registry, individuals = self._read_registry(vocabulary.namespace)
        return Sources(
            project=project,
            vocabulary=vocabulary,
            concepts=self._kept.same(
                "concepts",
                tuple(chain.from_iterable(file.triples for file in concepts.values())),
            ),
            rows=rows,
            registry=registry,
            individuals=individuals,
            graphs=graphs,
            said=_merge(
                (
                    *(file.said for file in described.values()),
                    *(file.said for file in facts.values()),
                    *about,
                )
            ),
            placed=placed,
            cut={name: each.triples for name, each in documents.items()},
            spans=spans,
            tables={name: each.table for name, each in documents.items()},
            outside_graphs=tuple(quad for quad in loose if quad.subject not in graphs),
            read={**facts, **concepts, **described, **modules},
            imports=imports,
        )

    def _vocabulary(self, imports: Imports, modules: Mapping[Path, SourceFile]) -> Ontology:
        named = {
            file.path: file.statement.object.value
            for file in imports.files
            if file.statement and isinstance(file.statement.object, IRI)
        }
        triples = {path: file.triples for path, file in modules.items()}
        project = self._project
        return Ontology.of(
            project.base,
            project.ontology,
            triples,
            named,
            imports.remarks,
            project.prefixes,
        )

    def _place(
        self, groups: Sequence[Mapping[IRI, Span]], cut: Sequence[CutDocument]
    ) -> tuple[tuple[Span, ...], Mapping[IRI, tuple[Triple, ...]]]:
        """All spans in order, and what follows from the position of each."""

        def place() -> tuple[tuple[Span, ...], Mapping[IRI, tuple[Triple, ...]]]:
            spans = _in_order(groups)
            documents = {each.table.document: each for each in cut}
            return spans, {span.iri: _place(span, documents) for span in spans}

        return self._kept.derive("placed", (groups, cut), place)

    def _read_modules(self, imports: Imports) -> dict[Path, SourceFile]:
        """The root of the ontology and everything it imports, resolved through catalogs."""
        for error in (*imports.errors, *imports.missing):
            raise error
        modules = {}
        for file in imports.files:
            try:
                modules[file.path] = self._read_triples(file.path)
            except SourceError as error:
                raise imports.explain(error) from None
        return modules

    def _read_facts(self, path: Path) -> SourceFile:
        def read() -> SourceFile:
            quads = _quads(self._project, path, self._reading)
            return SourceFile.of_facts(path, quads, self._project.prefixes)

        return self._kept.make(path, ("facts", self._prefixes), read)

    def _read_triples(self, path: Path) -> SourceFile:
        def read() -> SourceFile:
            quads = _quads(self._project, path, self._reading)
            triples = tuple(quad.triple for quad in quads)
            return SourceFile.of(path, triples, self._project.prefixes)

        if syntax_of(path) is Format.JSON_LD:  # its contexts are files, too
            return read()
        return self._kept.make(path, ("triples", self._prefixes), read)

    def _read_table(self, path: Path) -> CutDocument:
        def read() -> CutDocument:
            table = SentenceTable.read(path, IRI(self._project.document(path)))
            return CutDocument(table, tuple(table.triples(self._project.languages)))

        return self._kept.make(path, (self._project.base, self._project.languages), read)

    def _read_registry(self, namespace: str) -> _Registry:
        project = self._project

        def read() -> _Registry:
            rows = read_registry(project, namespace)
            return rows, tuple(rows), len({triple.subject for triple in rows})

        if not project.registry.is_file():
            return {}, (), 0
        kind = (namespace, project.ids, *project.prefixes.items())
        return self._kept.make(project.registry, kind, read)


_Registry = tuple[Mapping[Triple, Place], tuple[Triple, ...], int]


def read_shapes(
    project: Project, *names: str, files: KeptFiles | None = None
) -> tuple[Triple, ...]:
    """The triples of the named shapes files.

    Args:
        project: whose shapes.
        names: as in shapes/.
        files: what was read before.

    Raises:
        SourceError: a file is malformed.
    """
    kept, reading = files or KeptFiles(), project.reading
    kind = ("shapes", *project.prefixes.items())

    def read(path: Path) -> tuple[Triple, ...]:
        return kept.make(
            path, kind, lambda: tuple(quad.triple for quad in _quads(project, path, reading))
        )

    return tuple(chain.from_iterable(map(read, project.shapes(*names))))


def _quads(project: Project, path: Path, reading: Reading) -> list[Quad]:
    """The quads of a file. A label of a blank node is of its file alone (RDF 1.1 Concepts, 3.4), so
    no two files of the project share a node."""
    place = os.path.relpath(path, project.folder)
    label = _NOT_IN_LABELS.sub(lambda match: f"_{ord(match[0]):x}_", place)
    return parse_file(path, blank_prefix=f"{label}-", reading=reading)


_Name = TypeVar("_Name")


def _merge(
    groups: Iterable[Mapping[_Name, tuple[Triple, ...]]],
) -> dict[_Name, tuple[Triple, ...]]:
    """All groups by their names; those of one name together, each triple once."""
    merged: dict[_Name, tuple[Triple, ...]] = {}
    several: dict[_Name, list[tuple[Triple, ...]]] = {}
    for group in groups:
        for name in merged.keys() & group.keys():
            several.setdefault(name, [merged[name]]).append(group[name])
        merged.update(group)
    for name, parts in several.items():
        merged[name] = tuple(dict.fromkeys(chain.from_iterable(parts)))
    return merged


def _in_order(spans: Iterable[Mapping[IRI, Span]]) -> tuple[Span, ...]:
    """Every span once, in the order of the text."""
    by_iri: dict[IRI, Span] = {}
    for group in spans:
        by_iri.update(group)
    by_document: dict[IRI, list[Span]] = {}
    for span in by_iri.values():
        by_document.setdefault(span.document, []).append(span)
    documents = sorted(by_document, key=lambda document: document.value)
    order = attrgetter("start", "end")
    return tuple(chain.from_iterable(sorted(by_document[each], key=order) for each in documents))


def _place(span: Span, documents: Mapping[IRI, CutDocument]) -> tuple[Triple, ...]:
    """What the IRI of a span and the sentence table say of it, as RDF."""
    document = documents.get(span.document)
    return document.place(span) if document else tuple(describe_spans([span], {}))


def layers(sources: Sources) -> dict[IRI, tuple[Triple, ...]]:
    """Every asserted layer by the name of its graph."""
    return {
        GRAPH.ontology: sources.ontology,
        GRAPH.concepts: sources.concepts,
        GRAPH.registry: sources.registry,
        GRAPH.spans: (*sources.descriptions, *sources.sentences),
        **sources.graphs,
    }
