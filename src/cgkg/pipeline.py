"""The pipeline: the only place that knows the order of the stages.

sources -> evidence -> validation (asserted) -> reasoning -> validation (closure) -> store
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from cgkg import bare
from cgkg.beside import beside, may_fork
from cgkg.document.text import TextsAtHand
from cgkg.errors import BuildRejectedError, CgkgError
from cgkg.progress import Say, Stages, silent
from cgkg.project.folder import SHAPES, Project
from cgkg.project.manifest import Counts, manifest
from cgkg.project.mappings import read_mappings
from cgkg.project.sources import Sources, layers, load, read_shapes
from cgkg.project.texts import open_texts
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import GRAPH
from cgkg.reasoning import Closure, close
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.stored import close_asserted, select_published
from cgkg.store import databases
from cgkg.store.database_writer import DatabaseWriter, writing
from cgkg.store.dataset import DatasetLines, merge, merge_gathered
from cgkg.store.generations import (
    ASSERTED,
    COVERAGE,
    DATASET,
    Generation,
    GenerationStore,
    as_json,
)
from cgkg.store.graph import Graph
from cgkg.validation.coverage import cover
from cgkg.validation.engines import Validator
from cgkg.validation.report import Report
from cgkg.validation.review import review_asserted, review_closure

Engine = Literal["cgkg", "owlrl", "spark"]
T = TypeVar("T")
_MANY = 3_000  # facts, above which a fork saves more than it costs


@dataclass(frozen=True)
class CheckedProject:
    """A project read, reasoned over and validated; `report` says whether it may be published."""

    sources: Sources
    closure: Closure
    inferred: tuple[Triple, ...]
    apart: Mapping[IRI, tuple[Triple, ...]]
    report: Report


@contextmanager
def without_collection() -> Iterator[None]:
    """Without the collector of cycles: what is read lives to the end of the block, and to look
    through it again and again takes a seventh of the time; once it is gone there is little left."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@without_collection()
def check(
    project: Project,
    *,
    text: TextsAtHand | None = None,
    engine: Engine = "cgkg",
    cluster: Cluster | None = None,
    validator: Validator = "cgkg",
    say: Say = silent,
) -> CheckedProject:
    """Read the project, validate what it asserts, close it, validate the closure.

    Blocks for seconds, most of them validation; nothing is written.

    Args:
        project: the project folder, not a bare one.
        text: the source documents at hand; then every span's digest is checked against them.
        engine: the reasoner; "owlrl" is the reference, much slower.
        cluster: of the reasoner "spark".
        validator: who validates by the shapes; "pyshacl" is the reference, much slower.
        say: told of each stage: its name, counts, and seconds.

    Returns:
        What was read and inferred, and the report with all findings, violations among them.

    Raises:
        SourceError: a file cannot be read at all.
    """
    stage = Stages(say)
    sources = _read(project, stage)
    return _judge(sources, stage, text=text, engine=engine, cluster=cluster, by=validator)[0]


def _read(project: Project, stage: Stages) -> Sources:
    sources = load(project)
    stage("read", files=len(sources.files), facts=len(sources.facts), spans=len(sources.spans))
    return sources


def _judge(
    sources: Sources,
    stage: Stages,
    *,
    text: TextsAtHand | None,
    engine: Engine,
    cluster: Cluster | None,
    by: Validator,
    write: Callable[[CheckedProject], DatasetLines] | None = None,
) -> tuple[CheckedProject, DatasetLines | None, bytes | None]:
    """What `check` does with what was read. To store it, also its lines, as `write` makes them, and
    its coverage: both meanwhile, and None if they cannot be made."""
    project = sources.project
    shapes = {name: read_shapes(project, name) for name in SHAPES}
    if any(shapes.values()):
        import_module("cgkg.validation.shacl")  # once, and not in each of two processes

    def review() -> tuple[Report, bytes | None]:
        report = review_asserted(
            sources,
            text=text,
            data_shapes=(*shapes["required"], *shapes["recommended"]),
            ontology_shapes=shapes["ontology-style"],
            by=by,
        )
        return report, _made(partial(_cover, sources)) if write and report.conforms else None

    with beside(review, fork=_is_worth_a_fork(sources)) as reviewed:
        closure = close(sources.ontology, sources.facts, engine=engine, cluster=cluster)
        inferred = tuple(select_published(closure.inferred, sources.ontology))
        stage("reasoned", inferred=len(inferred), rounds=closure.rounds)
        after = review_closure(sources, closure, inferred, shapes["inferred"], by=by)
        stage("validated the closure", findings=len(after.findings))
        apart = _graphs_apart(sources, shapes.values())
        checked = CheckedProject(sources, closure, inferred, apart, after)
        lines = _made(partial(write, checked)) if write and after.conforms else None
        before, coverage = reviewed()
    stage("validated", findings=len(before.findings))
    return replace(checked, report=before + after), lines, coverage


def _made(make: Callable[[], T]) -> T | None:
    """What is made before it is needed; None if it cannot be, which is told where it is needed."""
    try:
        return make()
    except CgkgError:
        return None


@without_collection()
def build(
    project: Project,
    folder: Path,
    *,
    source: Path | None = None,
    engine: Engine = "cgkg",
    cluster: Cluster | None = None,
    validator: Validator = "cgkg",
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
        cluster: of the reasoner "spark".
        validator: who validates by the shapes; "pyshacl" is the reference, much slower.
        say: told of each stage: its name, counts, and seconds.

    Returns:
        The generation, and the findings; of a generation that was there, and of which no document
        was at hand to check it against, the report is empty.

    Raises:
        BuildRejectedError: the report has violations; nothing was stored.
        StoreError: the store cannot be written, or another build is writing to it (no waiting).
        SourceError, ConfigError: a file or a setting is not usable.
    """
    text = open_texts(project, source)
    if project.bare:
        return bare.build(project, folder, say=say), Report()
    store = GenerationStore(folder)
    name = project.fingerprint(engine)
    held = store.held(name)
    if held and text is None:
        say("unchanged", {"quads": held.quads}, 0.0)
        return held, Report(())
    # What is there already needs no right to write.
    with ExitStack() as opened:
        if not held:
            opened.enter_context(store.lock())
        held = held or store.held(name)
        stage = Stages(say)
        sources = _read(project, stage)
        writer = opened.enter_context(_database_writer(store, sources, wanted=not held))
        write = partial(_merge, writer)
        checked, lines, coverage = _judge(
            sources, stage, text=text, engine=engine, cluster=cluster, by=validator,
            write=None if held else write,
        )  # fmt: skip
        if not checked.report.conforms:
            raise BuildRejectedError(
                f"not built: {len(checked.report.violations)} violations",
                report=checked.report,
                hint="the store is unchanged",
            )
        stage = Stages(say)
        generation = held or _store(
            store, checked, name, lines or write(checked), coverage or _cover(sources)
        )
        stage("stored", quads=generation.quads)
        if writer and writer.give(generation):
            stage("copied", quads=generation.quads)
    if not held:
        databases.follow(generation)
    return generation, checked.report


def read_and_close(project: Project) -> CheckedProject:
    """The project read and reasoned over but not validated: its report is empty.

    Raises:
        SourceError: a file cannot be read at all.
    """
    sources = load(project)
    closure = close(sources.ontology, sources.facts)
    inferred = tuple(select_published(closure.inferred, sources.ontology))
    shapes = (read_shapes(project, name) for name in SHAPES)
    return CheckedProject(sources, closure, inferred, _graphs_apart(sources, shapes), Report())


def dataset(checked: CheckedProject) -> list[Quad]:
    """Every quad that a build would store, blank nodes labelled canonically."""
    return merge_checked(checked).quads()


def merge_checked(checked: CheckedProject) -> DatasetLines:
    """The lines of every quad that a build would store."""
    return merge(layers(checked.sources), checked.inferred, checked.apart)


def _graphs_apart(
    sources: Sources, shapes: Iterable[Iterable[Triple]]
) -> dict[IRI, tuple[Triple, ...]]:
    """The graphs that are published but neither merged in the default graph nor reasoned over."""
    known = {t.subject for t in (*sources.registry, *sources.concepts, *sources.ontology)}
    files = sources.project.mapping_files
    links = (link for path in files for link in read_mappings(path, known=known))
    return {
        GRAPH.shapes: tuple(triple for part in shapes for triple in part),
        GRAPH.mappings: tuple(link.triple for link in links),
    }


def reason(project: Project) -> tuple[Graph, Closure]:
    """What a project's files assert, and its closure; nothing is validated and nothing stored.

    Raises:
        SourceError: a file cannot be read at all.
    """
    graph = Graph.of(merge(layers(load(project))).quads())
    return graph, close_asserted(graph)


def read_manifest(
    checked: CheckedProject, name: str, merged: DatasetLines | None = None
) -> dict[str, Any]:
    """The manifest of the generation that a build would store, without the dataset's digest.

    Args:
        checked: the project.
        name: the generation's id.
        merged: the lines, if they are at hand.
    """
    merged, sources = merged or merge_checked(checked), checked.sources
    return manifest(
        name,
        sources,
        Counts(
            dataset=len(merged.lines),
            default_graph=merged.default_graph,
            facts=len(sources.facts),
            inferred=len(checked.inferred),
            descriptions=len(sources.descriptions),
            sentences=len(sources.sentences),
            apart={graph: len(part) for graph, part in checked.apart.items()},
        ),
        merged.classes(sources.namespace),
        Counter[str](finding.severity for finding in checked.report.findings),
        sources.project.inputs,
    )


def _merge(writer: DatabaseWriter | None, checked: CheckedProject) -> DatasetLines:
    """The lines that are stored, of which the writer is told."""
    if writer is None:
        return merge_checked(checked)
    merged = merge_gathered(writer.asserted, checked.inferred, checked.apart)
    writer.go_on(merged)
    return merged


def _store(
    store: GenerationStore,
    checked: CheckedProject,
    name: str,
    merged: DatasetLines,
    coverage: bytes,
) -> Generation:
    said = read_manifest(checked, name, merged)
    lines = {DATASET: merged.lines, ASSERTED: merged.asserted}
    return store.add_lines(name, lines, said, {COVERAGE: coverage})


def _database_writer(
    store: GenerationStore, sources: Sources, *, wanted: bool
) -> AbstractContextManager[DatabaseWriter | None]:
    """What makes the copy of a large graph beside the build, unless it can be made of another."""
    graphs = layers(sources)
    # each triple is in the default graph, too
    many = 2 * sum(map(len, graphs.values())) > databases.MANY_QUADS
    if wanted and many and not databases.has_copies(store):
        return writing(store, graphs)
    return nullcontext()


def _cover(sources: Sources) -> bytes:
    return as_json(cover(sources).as_dict(), indented=False)


def _is_worth_a_fork(sources: Sources) -> bool:
    return len(sources.facts) > _MANY and may_fork()
