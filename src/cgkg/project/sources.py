"""Files of a project -> Sources: everything asserted, by layer, with terms as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span, describe_spans
from cgkg.errors import ImportNotFoundError, SourceError
from cgkg.project.folder import Project, without_ontology
from cgkg.rdf.io import parse_file
from cgkg.rdf.lines import Locator
from cgkg.rdf.terms import IRI, Literal, Quad, Triple
from cgkg.rdf.vocab import CG, GRAPH, OWL, RDF, SKOS, VANN
from cgkg.tables import Row, read_table

REGISTRY_HEADER = ("id", "class", "zh", "en", "alt_zh", "alt_en", "note_zh", "note_en")
DEFINITIONS = ("def_zh", "def_en")  # columns that a registry may have besides
_CATALOG = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"


@dataclass(frozen=True)
class Sources:
    """What a project asserts, layer by layer.

    `graphs` holds the facts by named graph; `descriptions` what is said about documents, sections,
    spans and graphs, and `sentences` the sentence tables as RDF; these never enter the reasoner.
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
    stray: tuple[Quad, ...] = ()
    files: tuple[Path, ...] = field(default=(), repr=False)

    @cached_property
    def facts(self) -> tuple[Triple, ...]:
        """Identities, concepts and facts of all graphs, each triple once: what is reasoned over."""
        found = dict.fromkeys((*self.registry, *self.concepts))
        for triples in self.graphs.values():
            found.update(dict.fromkeys(triples))
        return tuple(found)

    @cached_property
    def locator(self) -> Locator:
        """Says on which line of which file a statement stands."""
        return Locator(self.files, ids=self.project.ids)

    @cached_property
    def namespace(self) -> str:
        """The namespace of the ontology's own terms."""
        return next(
            (
                triple.object.value
                for triple in self.ontology
                if triple.predicate == VANN.preferredNamespaceUri
                and isinstance(triple.object, (Literal, IRI))
            ),
            CG.base,
        )


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
    namespace = Sources(project, ontology, (), (), {}, (), (), (), {}).namespace
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
    described = dict.fromkeys(q.triple for path in project.description_files for q in _read(path))
    about = graphs.keys() | {span.iri for span in spans}
    described.update(dict.fromkeys(q.triple for q in said if q.subject in about))
    described.update(dict.fromkeys(describe_spans(spans, tables)))
    registry_files = (project.registry,) if project.registry.is_file() else ()
    return Sources(
        project=project,
        ontology=ontology,
        concepts=tuple(q.triple for path in project.concept_files for q in _read(path)),
        registry=tuple(t for path in registry_files for t in _registry(path, project, namespace)),
        graphs={name: tuple(triples) for name, triples in graphs.items()},
        descriptions=tuple(described),
        sentences=tuple(t for table in tables.values() for t in table.triples()),
        spans=spans,
        tables=tables,
        stray=tuple(q for q in said if q.subject not in about),
        files=(
            *project.fact_files,
            *registry_files,
            *project.concept_files,
            *project.description_files,
            *ontology_files,
        ),
    )


def read_shapes(project: Project, *names: str) -> tuple[Triple, ...]:
    """The triples of the named shapes files."""
    return tuple(q.triple for path in project.shapes(*names) for q in _read(path))


def _read(path: Path) -> list[Quad]:
    return parse_file(path, blank_prefix=path.stem.replace(".", "-") + "-")


def _spans(graphs: Mapping[IRI, object], said: list[Quad]) -> Iterator[Span]:
    """Every span that is the name of a graph or is described, in the order of the text."""
    names = [*graphs, *(q.subject for q in said if isinstance(q.subject, IRI))]
    found = {name: Span.parse(name) for name in dict.fromkeys(names)}
    spans = (span for span in found.values() if span)
    yield from sorted(spans, key=lambda span: (span.document.value, span.start, span.end))


def _ontology(project: Project) -> tuple[list[Path], tuple[Triple, ...]]:
    """The root ontology and everything it imports, resolved through the catalog."""
    catalog = _read_catalog(project.catalog)
    waiting, seen, triples = [project.ontology], [], dict[Triple, None]()
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.append(path)
        own = [quad.triple for quad in _read(path)]
        triples.update(dict.fromkeys(own))
        for triple in own:
            if triple.predicate == OWL.imports and isinstance(triple.object, IRI):
                target = catalog.get(triple.object.value)
                if target is None or not target.is_file():
                    place = Locator([path]).of(triple)
                    raise ImportNotFoundError(
                        triple.object.value, path=path, line=place.line if place else None
                    )
                waiting.append(target)
    return seen, tuple(triples)


def _read_catalog(path: Path) -> dict[str, Path]:
    """Ontology IRI -> file, from an OASIS XML catalog as Protégé reads it."""
    if not path.is_file():
        return {}
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        line, column = error.position
        raise SourceError(
            error.msg.split(":")[0], path=path, line=line, column=column + 1
        ) from None
    entries = ((e.get("name"), e.get("uri")) for e in root.iter(f"{_CATALOG}uri"))
    return {name: path.parent / uri for name, uri in entries if name and uri}


def _registry(path: Path, project: Project, namespace: str) -> Iterator[Triple]:
    """Types, labels and notes of the individuals, from the registry's rows."""
    seen: dict[str, int] = {}
    for row in read_table(path, REGISTRY_HEADER, optional=DEFINITIONS).rows:
        name = row["id"].strip()
        if not name or any(c in name for c in ' <>"{}|^`\\'):
            raise row.error(f"{name!r} is no id", hint="write kind/name, such as place/seoul")
        if name in seen:
            raise row.error(f"{name} is registered twice, first on line {seen[name]}")
        seen[name] = row.line
        yield from _individual(name, row, project, namespace)


def _individual(name: str, row: Row, project: Project, namespace: str) -> Iterator[Triple]:
    subject = IRI(project.ids + name)
    for kind in _parts(row["class"], ";"):
        yield Triple(subject, RDF.type, _class(kind, project.prefixes, namespace))
    for language in ("en", "zh"):
        label = row[language].strip()
        if label:
            yield Triple(subject, SKOS.prefLabel, Literal(label, language=language))
        for other in _parts(row[f"alt_{language}"], "|"):
            yield Triple(subject, SKOS.altLabel, Literal(other, language=language))
        for column, predicate in (("note", SKOS.editorialNote), ("def", SKOS.definition)):
            text = row[f"{column}_{language}"].strip()
            if text:
                yield Triple(subject, predicate, Literal(text, language=language))


def _class(name: str, prefixes: Mapping[str, str], namespace: str) -> IRI:
    """A class of the ontology itself by its name, or any by a prefixed name (cg:Country)."""
    prefix, colon, local = name.partition(":")
    return IRI(prefixes[prefix] + local if colon and prefix in prefixes else namespace + name)


def _parts(value: str, separator: str) -> list[str]:
    return [part.strip() for part in value.split(separator) if part.strip()]


def layers(sources: Sources) -> dict[IRI, tuple[Triple, ...]]:
    """Every asserted layer by the name of its graph."""
    return {
        GRAPH.ontology: sources.ontology,
        GRAPH.concepts: sources.concepts,
        GRAPH.registry: sources.registry,
        GRAPH.spans: (*sources.descriptions, *sources.sentences),
        **sources.graphs,
    }
