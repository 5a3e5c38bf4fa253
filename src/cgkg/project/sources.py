"""Files of a project -> Sources: everything asserted, by layer, with terms as written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgkg.document.drafts import explain_draft
from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span, describe_spans
from cgkg.errors import SourceError, without_ontology
from cgkg.formats import Format
from cgkg.project.catalog import CatalogRemark
from cgkg.project.folder import Project
from cgkg.project.imports import Imports
from cgkg.project.registry import read_registry
from cgkg.rdf.io import Reading, is_rdf, parse_file, syntax_of
from cgkg.rdf.lines import Locator, Place
from cgkg.rdf.terms import IRI, Literal, Quad, Term, Triple
from cgkg.rdf.vocab import CG, GRAPH, OWL, RDF, VANN

_LINED = (Format.TURTLE, Format.TRIG, Format.N_TRIPLES, Format.N_QUADS)
_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True)
class Sources:
    """What a project asserts, layer by layer.

    `graphs` holds the facts by named graph; `descriptions` what is said about documents, sections,
    spans and graphs, and `sentences` the sentence tables as RDF; these never enter the reasoner.
    `rows` has the place of each statement of the registry. `modules` is the ontology by file,
    `imported` those of the files that are not the project's own; `remarks` are about catalogs.
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
    modules: Mapping[Path, tuple[Triple, ...]] = field(default_factory=dict, repr=False)
    imported: tuple[Path, ...] = field(default=(), repr=False)
    remarks: tuple[CatalogRemark, ...] = field(default=(), repr=False)
    _locators: dict[Path, Locator] = field(default_factory=dict, repr=False, compare=False)
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
        return self.locator_about(None)

    def locator_about(self, subjects: Iterable[Term] | None) -> Locator:
        """A locator that knows these subjects alone, several times faster."""
        files = (path for path in self.files if path != self.project.registry and _has_lines(path))
        return Locator(files, self.rows, subjects)

    def place_of_axiom(self, triple: Triple) -> Place | None:
        """The module of the ontology that states a triple, and the line.

        The line is 0 where the syntax is one in which it is not looked for, as RDF/XML.
        """
        path = next((path for path, part in self._axioms.items() if triple in part), None)
        if path is None:
            return None
        if path not in self._locators:
            self._locators[path] = Locator([path] if _has_lines(path) else [])
        return self._locators[path].of(triple) or Place(path, 0)

    @cached_property
    def _axioms(self) -> Mapping[Path, frozenset[Triple]]:
        return {path: frozenset(part) for path, part in self.modules.items()}

    @cached_property
    def namespace(self) -> str:
        """The namespace of the ontology's own terms."""
        own = (part for path, part in self.modules.items() if path not in self.imported)
        return namespace_of(t for part in (*own, self.ontology) for t in part)

    @cached_property
    def own(self) -> frozenset[Triple]:
        """What the project's own modules of the ontology say."""
        own = (part for path, part in self.modules.items() if path not in self.imported)
        return frozenset(triple for part in own for triple in part)

    @cached_property
    def _own_spaces(self) -> tuple[str, ...]:
        """What the project's own terms begin with; nothing if its modules name no namespace."""
        return tuple(dict.fromkeys(_namespaces(self.own)))

    @cached_property
    def _own_subjects(self) -> frozenset[object]:
        others = {t.subject for t in frozenset(self.ontology) - self.own}
        return frozenset({t.subject for t in self.own} - others)

    @cached_property
    def _own_headers(self) -> frozenset[object]:
        return frozenset(map(IRI, _ontologies(self.own)))

    def imports(self, triple: Triple) -> bool:
        """Whether only files of others state it, which the project cannot change."""
        return triple in self._imported_triples

    @cached_property
    def _imported_triples(self) -> frozenset[Triple]:
        stated = (*self.own, *self.facts, *self.descriptions)
        return frozenset(self.ontology) - frozenset(stated)

    def is_own(self, term: Term | Triple | None) -> bool:
        """Whether a term of the ontology is the project's, and not an imported or borrowed one.

        It is if it begins with the project's base or with a namespace that its modules prefer;
        where they prefer none, if they alone describe it. So do nodes without a name, and headers.
        """
        if not isinstance(term, IRI) or not self._own_spaces or term in self._own_headers:
            return term in self._own_subjects
        return term.value.startswith((self.project.base, *self._own_spaces))


def load(project: Project) -> Sources:
    """Read every file of the project.

    Raises:
        SourceError: a file is malformed; says file, line and column.
        ImportNotFoundError: an owl:imports has no entry in the catalog.
        ConfigError: the project is a bare folder of RDF.
    """
    if project.bare:
        raise without_ontology(project.folder)
    try:
        return _load(project)
    except SourceError as error:
        raise explain_draft(error) from None


def _load(project: Project) -> Sources:
    read = _read_ontology(project)
    own = read.own(project)
    ontology = read.triples
    namespace = namespace_of(t for part in (*own.values(), ontology) for t in part)
    quads = list(_quads(project, project.fact_files))
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
        modules=read.parts,
        concepts=tuple(_triples(project, project.concept_files)),
        registry=tuple(rows),
        graphs={name: tuple(triples) for name, triples in graphs.items()},
        descriptions=tuple(described),
        sentences=tuple(t for table in tables.values() for t in table.triples(project.languages)),
        spans=spans,
        tables=tables,
        outside_graphs=tuple(q for q in said if q.subject not in about),
        files=(
            *project.fact_files,
            *((project.registry,) if project.registry.is_file() else ()),
            *project.concept_files,
            *project.description_files,
            *read.parts,
        ),
        imported=tuple(path for path in read.parts if path not in own),
        remarks=read.imports.remarks,
        rows=rows,
    )


def _has_lines(path: Path) -> bool:
    """Whether the lines of its statements can be found: Turtle, TriG and what is like them."""
    return is_rdf(path) and syntax_of(path) in _LINED


def read_shapes(project: Project, *names: str) -> tuple[Triple, ...]:
    """The triples of the named shapes files."""
    return tuple(_triples(project, project.shapes(*names)))


def _triples(project: Project, paths: Iterable[Path]) -> Iterator[Triple]:
    return (quad.triple for quad in _quads(project, paths))


def _quads(project: Project, paths: Iterable[Path]) -> Iterator[Quad]:
    """The quads of files. A label of a blank node is of its file alone (RDF 1.1 Concepts, 3.4), so
    no two files of the project share a node."""
    reading = Reading(project.contexts)
    for path in paths:
        place = os.path.relpath(path, project.folder)
        label = _NOT_IN_LABELS.sub(lambda match: f"_{ord(match[0]):x}_", place)
        yield from parse_file(path, blank_prefix=f"{label}-", reading=reading)


def _spans(graphs: Mapping[IRI, object], said: list[Quad]) -> Iterator[Span]:
    """Every span that is the name of a graph or is described, in the order of the text."""
    names = [*graphs, *(q.subject for q in said if isinstance(q.subject, IRI))]
    parsed = {name: Span.parse(name) for name in dict.fromkeys(names)}
    spans = (span for span in parsed.values() if span)
    yield from sorted(spans, key=lambda span: (span.document.value, span.start, span.end))


@dataclass(frozen=True)
class _Ontology:
    """The root ontology and all that it imports, file by file; what is whose."""

    imports: Imports
    parts: Mapping[Path, tuple[Triple, ...]]

    @property
    def triples(self) -> tuple[Triple, ...]:
        return tuple(dict.fromkeys(t for part in self.parts.values() for t in part))

    def own(self, project: Project) -> dict[Path, tuple[Triple, ...]]:
        """The modules that are the project's: the root, and what its base begins the name of."""
        spaces = (project.base, *_namespaces(self.parts[project.ontology]))
        named = {
            file.path: file.statement.object.value
            for file in self.imports.files
            if file.statement and isinstance(file.statement.object, IRI)
        }
        return {
            path: part
            for path, part in self.parts.items()
            if path not in named
            or any(n.startswith(spaces) for n in (named[path], *_ontologies(part)))
        }


def _read_ontology(project: Project) -> _Ontology:
    """The root ontology and everything it imports, resolved through catalogs.

    Raises:
        SourceError: a file is malformed.
        ImportNotFoundError: an import leads nowhere.
    """
    imports = Imports.of([project.ontology])
    for error in (*imports.errors, *imports.missing):
        raise error
    parts = {}
    for file in imports.files:
        try:
            parts[file.path] = tuple(_triples(project, [file.path]))
        except SourceError as error:
            raise imports.explain(error) from None
    return _Ontology(imports, parts)


def _ontologies(triples: Iterable[Triple]) -> Iterator[str]:
    for triple in triples:
        header = triple.predicate == RDF.type and triple.object == OWL.Ontology
        if header and isinstance(triple.subject, IRI):
            yield triple.subject.value


def _namespaces(triples: Iterable[Triple]) -> Iterator[str]:
    """The namespaces that ontologies prefer."""
    for triple in triples:
        value = triple.object
        if triple.predicate == VANN.preferredNamespaceUri and isinstance(value, (Literal, IRI)):
            yield value.value


def namespace_of(ontology: Iterable[Triple]) -> str:
    """The namespace of an ontology's own terms: the first that it prefers, or cgkg's."""
    return next(_namespaces(ontology), CG.base)


def layers(sources: Sources) -> dict[IRI, tuple[Triple, ...]]:
    """Every asserted layer by the name of its graph."""
    return {
        GRAPH.ontology: sources.ontology,
        GRAPH.concepts: sources.concepts,
        GRAPH.registry: sources.registry,
        GRAPH.spans: (*sources.descriptions, *sources.sentences),
        **sources.graphs,
    }
