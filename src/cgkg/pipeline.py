"""The pipeline: the only place that knows the order of the stages.

sources -> evidence -> validation (asserted) -> reasoning -> validation (closure) -> store
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cgkg import __version__, bare
from cgkg.coverage import cover
from cgkg.errors import BuildRejectedError, ConfigError, SourceError
from cgkg.evidence import SourceText
from cgkg.mappings import read_mappings
from cgkg.progress import Say, Stages, silent
from cgkg.project import Project, without_ontology
from cgkg.rdf.io import Format, canonical, parse_file, serialize
from cgkg.rdf.terms import IRI, DefaultGraph, Quad, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, RDF
from cgkg.reasoning import Closure, close
from cgkg.review import review_asserted, review_closure
from cgkg.sources import Sources, layers, load, read_shapes
from cgkg.store import ASSERTED, COVERAGE, DATASET, MANIFEST, Generation, GenerationStore, Graph
from cgkg.validation.report import Report

Engine = Literal["cgkg", "owlrl"]

_SHAPES = ("required", "recommended", "inferred", "ontology-style")
_NOT_FACTS = {GRAPH.ontology, GRAPH.spans, GRAPH.shapes, GRAPH.mappings, GRAPH.inferred}


@dataclass(frozen=True)
class Checked:
    """A project read, reasoned over and validated; `report` says whether it may be published."""

    sources: Sources
    closure: Closure
    inferred: tuple[Triple, ...]
    apart: Mapping[IRI, tuple[Triple, ...]]
    report: Report


def check(
    project: Project,
    *,
    text: SourceText | None = None,
    engine: Engine = "cgkg",
    say: Say = silent,
) -> Checked:
    """Read the project, validate what it asserts, close it, validate the closure.

    Blocks for seconds, most of them validation; nothing is written.

    Args:
        project: the project folder, not a bare one.
        text: the source document, if at hand; then every span's digest is checked against it.
        engine: the reasoner; "owlrl" is the reference, much slower.
        say: told of each stage: its name, counts, and seconds.

    Returns:
        What was read and inferred, and the report with all findings, violations among them.

    Raises:
        SourceError: a file cannot be read at all.
    """
    stage = Stages(say)
    sources = load(project)
    stage("read", files=len(sources.files), facts=len(sources.facts), spans=len(sources.spans))
    shapes = {name: read_shapes(project, name) for name in _SHAPES}
    before = review_asserted(
        sources,
        text=text,
        data_shapes=(*shapes["required"], *shapes["recommended"]),
        ontology_shapes=shapes["ontology-style"],
    )
    stage("validated", findings=len(before.findings))
    closure = close(sources.ontology, sources.facts, engine=engine)
    inferred = tuple(_published(closure.inferred, sources.ontology))
    stage("reasoned", inferred=len(inferred), rounds=closure.rounds)
    after = review_closure(sources, closure, inferred, shapes["inferred"])
    stage("validated the closure", findings=len(after.findings))
    return Checked(sources, closure, inferred, _apart(sources, shapes.values()), before + after)


def build(
    project: Project,
    folder: Path,
    *,
    source: Path | None = None,
    engine: Engine = "cgkg",
    say: Say = silent,
) -> tuple[Generation, Report]:
    """Make the project's current generation, unless the store has it already.

    Blocks until all is validated, inferred and on disk: seconds. A failed or killed build leaves
    the store as it was.

    Args:
        project: the project folder; a bare one is stored as written.
        folder: the store folder; made if it is not there.
        source: the source document, if at hand, otherwise looked for in the project's texts/; only
            checked, nothing of it is kept.
        engine: the reasoner; "owlrl" is the reference, much slower.
        say: told of each stage: its name, counts, and seconds.

    Returns:
        The generation, and the findings; of a generation that was there, and of which no document
        was at hand to check it against, the report is empty.

    Raises:
        BuildRejectedError: the report has violations; nothing was stored.
        StoreError: the store cannot be written, or another build is writing to it (no waiting).
        SourceError, ConfigError: a file or a setting is not usable.
    """
    text = open_text(project, source)
    if project.bare:
        return bare.build(project, folder, say=say), Report()
    store = GenerationStore(folder)
    with store.lock():
        name = project.fingerprint(engine)
        held = store.held(name)
        if held and not text:
            say("unchanged", {"quads": held.manifest["counts"]["dataset"]}, 0.0)
            return held, Report(())
        checked = check(project, text=text, engine=engine, say=say)
        if not checked.report.conforms:
            raise BuildRejectedError(
                f"not built: {len(checked.report.violations)} violations",
                report=checked.report,
                hint="the store is unchanged",
            )
        stage = Stages(say)
        generation = held or store.add(name, _files(checked, project, name))
        stage("stored", quads=generation.manifest["counts"]["dataset"])
    return generation, checked.report


def unchecked(project: Project) -> Checked:
    """The project read and reasoned over but not validated: its report is empty.

    Raises:
        SourceError: a file cannot be read at all.
    """
    sources = load(project)
    closure = close(sources.ontology, sources.facts)
    inferred = tuple(_published(closure.inferred, sources.ontology))
    shapes = (read_shapes(project, name) for name in _SHAPES)
    return Checked(sources, closure, inferred, _apart(sources, shapes), Report())


def dataset(checked: Checked) -> list[Quad]:
    """Every quad that a build would store, blank nodes labelled canonically."""
    graphs = layers(checked.sources)
    return _lines({**graphs, GRAPH.inferred: checked.inferred}, checked.apart)


def _apart(sources: Sources, shapes: Iterable[Iterable[Triple]]) -> dict[IRI, tuple[Triple, ...]]:
    """The graphs that are published but neither merged in the default graph nor reasoned over."""
    known = {triple.subject for triple in sources.registry}
    files = sources.project.mapping_files
    links = (link for path in files for link in read_mappings(path, known=known))
    return {
        GRAPH.shapes: tuple(triple for part in shapes for triple in part),
        GRAPH.mappings: tuple(link.triple for link in links),
    }


def open_text(project: Project, source: Path | None) -> SourceText | None:
    """The project's source document: the file given, else one of the project's texts/ folder.

    Raises:
        SourceError: the file given is not the document that the project cites.
    """
    cited = {} if project.bare else _cited(project)
    if source is not None:
        if not cited:
            raise ConfigError("the project cites no source document", hint="leave out --source")
        sha256 = _sha256(source)
        known = sha256 if sha256 in cited else next(iter(cited))
        return SourceText.load(source, sha256=known, document=cited[known])
    for path in sorted((project.folder / "texts").glob("*.txt")):
        sha256 = _sha256(path)
        if sha256 in cited:
            return SourceText.load(path, sha256=sha256, document=cited[sha256])
    return None


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None


def reclose(generation: Generation) -> Closure:
    """The closure a generation was made from, computed again from its own files.

    Raises:
        ConfigError: it was made from a bare folder, without reasoning.
    """
    if generation.manifest.get("bare"):
        raise without_ontology(generation.folder)
    return _closed(generation.open(asserted=True))


def reason(project: Project) -> tuple[Graph, Closure]:
    """What a project's files assert, and its closure; nothing is validated and nothing stored.

    Raises:
        SourceError: a file cannot be read at all.
    """
    graph = Graph.of(_lines(layers(load(project)), {}))
    return graph, _closed(graph)


def _closed(asserted: Graph) -> Closure:
    parts: dict[bool, dict[Triple, None]] = {True: {}, False: {}}
    for quad in asserted.quads():
        if quad.graph_name == GRAPH.ontology:
            parts[True][quad.triple] = None
        elif isinstance(quad.graph_name, IRI) and quad.graph_name not in _NOT_FACTS:
            parts[False][quad.triple] = None
    return close(parts[True], parts[False])


def _cited(project: Project) -> dict[str, IRI]:
    """The project's documents by the SHA-256 of their files."""
    found: dict[str, IRI] = {}
    for path in project.description_files:
        for quad in parse_file(path):
            subject, predicate, value = parts(quad)
            if predicate == CG.fileDigest and isinstance(subject, IRI):
                found.setdefault(value.value, subject)
    return found


def _published(inferred: Iterable[Triple], ontology: Iterable[Triple]) -> Iterator[Triple]:
    """What is inferred, without the self-pairs of properties that are marked to omit them.

    A chain such as hasMember, isMemberOf pairs everything with itself; OWL cannot say "with
    another one", so the ontology marks such a property with cg:omitsSelfPairs.
    """
    marked = {t.subject for t in ontology if t.predicate == CG.omitsSelfPairs}
    for triple in inferred:
        if triple.predicate not in marked or triple.subject != triple.object:
            yield triple


def _files(checked: Checked, project: Project, name: str) -> dict[str, bytes]:
    asserted = layers(checked.sources)
    quads = dataset(checked)
    without = set(checked.inferred) - {t for part in asserted.values() for t in part}
    facts = [
        quad
        for quad in quads
        if quad.graph_name != GRAPH.inferred
        and quad.graph_name not in checked.apart
        and not (quad.graph_name == DefaultGraph() and quad.triple in without)
    ]
    manifest = _manifest(checked, project, name, quads)
    files = {DATASET: quads, ASSERTED: facts}
    written = {key: serialize(value, Format.N_QUADS) for key, value in files.items()}
    manifest["dataset_sha256"] = hashlib.sha256(written[DATASET]).hexdigest()
    coverage = cover(checked.sources).as_dict()
    return {**written, COVERAGE: _json(coverage), MANIFEST: _json(manifest)}


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _lines(
    graphs: Mapping[IRI, Iterable[Triple]], apart: Mapping[IRI, Iterable[Triple]]
) -> list[Quad]:
    """The dataset: every graph, and those of the first kind merged in the default graph."""
    merged = dict.fromkeys(triple for part in graphs.values() for triple in part)
    named = {**graphs, **apart}
    return canonical(
        [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in merged]
        + [Quad(t.subject, t.predicate, t.object, g) for g, part in named.items() for t in part]
    )


def _manifest(checked: Checked, project: Project, name: str, quads: list[Quad]) -> dict[str, Any]:
    sources = checked.sources
    classes = Counter(
        quad.object.value
        for quad in quads
        if quad.predicate == RDF.type
        and quad.graph_name == DefaultGraph()
        and isinstance(quad.object, IRI)
        and quad.object.value.startswith(sources.namespace)
    )
    counts = {
        "dataset": len(quads),
        "default_graph": sum(quad.graph_name == DefaultGraph() for quad in quads),
        "facts": len(sources.facts),
        "inferred": len(checked.inferred),
        "ontology": len(sources.ontology),
        "concepts": len(sources.concepts),
        "registry": len(sources.registry),
        "descriptions": len(sources.descriptions) + len(sources.sentences),
        **{name.value.rsplit("/", 1)[-1]: len(part) for name, part in checked.apart.items()},
        "span_graphs": sum(span.iri in sources.graphs for span in sources.spans),
        "individuals": len({t.subject for t in sources.registry}),
        "sentences": sum(len(table.sentences) for table in sources.tables.values()),
    }
    return {
        "generation": name,
        "cgkg": __version__,
        "project": {
            "base": project.base,
            "name": project.name,
            "about": project.about,
            "prefixes": dict(project.prefixes),
        },
        "counts": counts,
        "classes": dict(sorted(classes.items())),
        "inputs": dict(project.inputs),
        "findings": Counter(f.severity for f in checked.report.findings),
    }
