"""A project kept in memory, read, reasoned over and validated: an edit costs what it changes.

A session finds, says and publishes what `cgkg.pipeline.check` and a build would: the same report,
the same lines, the same manifest and coverage. It knows no store: what an update changes it gives
as lines that went and lines that came, against the state that was last fit to be published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cgkg.document.text import TextsAtHand
from cgkg.errors import without_ontology
from cgkg.pipeline import without_collection
from cgkg.project.changes import SENTENCES, HeldStatements, Holders, SourcesChange, is_fact
from cgkg.project.folder import SHAPES, Project
from cgkg.project.kept import KeptFiles
from cgkg.project.manifest import Counts, manifest
from cgkg.project.mappings import read_mappings
from cgkg.project.sources import Sources, layers, load, read_shapes
from cgkg.project.texts import TextsKept
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.vocab import GRAPH
from cgkg.reasoning import Reasoner, close
from cgkg.reasoning.stored import omits_self_pairs, select_published
from cgkg.settings import FILE as CONFIG
from cgkg.store.dataset import DatasetLines, merge
from cgkg.store.difference import ChangingDataset
from cgkg.store.lines import LineChange
from cgkg.validation.coverage import KeptCoverage
from cgkg.validation.report import Report
from cgkg.validation.review import Inferences, ProjectReview

__all__ = ["Session", "Update"]


@dataclass(frozen=True)
class Published:
    """What a build would write beside the lines: `manifest` lacks the digest of the dataset,
    `coverage` is the file."""

    manifest: dict[str, Any]
    coverage: bytes


@dataclass(frozen=True)
class Update:
    """What an update found.

    Attributes:
        name: the id of the generation that a build would make now.
        report: all findings.
        changed: whether any file is another than at the last update.
        dataset: what lines of `dataset.nq` went and came since the last update whose report
            conformed; None if this one's does not, or if there was none: then all is new.
        asserted: the same of `asserted.nq`.
        published: what goes with the lines; None if the report does not conform.
    """

    name: str
    report: Report
    changed: bool
    dataset: LineChange | None = None
    asserted: LineChange | None = None
    published: Published | None = None


class Session:
    """A project that is kept; nothing is read before the first update.

    Args:
        folder: the project folder, not a bare one.
        source: the source document, if at hand, otherwise looked for in the project's texts/.
    """

    def __init__(self, folder: Path, *, source: Path | None = None) -> None:
        self._folder, self._source = folder, source
        self._kept = KeptFiles()
        self._texts = TextsKept(self._kept)
        self._coverage = KeptCoverage(self._kept.make)
        self._shapes: tuple[object, Mapping[str, tuple[Triple, ...]]] = None, {}
        self._state: _State | None = None
        self._last: tuple[_Inputs, Update] | None = None
        self._differs = False

    @without_collection()
    def update(self) -> Update:
        """Take over what changed in the files. Blocks for as long as that takes.

        Raises:
            SourceError, ConfigError: a file or a setting is not usable. The session stays as it
                was; once the file is mended, it goes on.
            CanonicalizationError: blank nodes cannot be told apart.
        """
        inputs = self._read()
        if self._last is not None and inputs.are(self._last[0]):
            update = self._last[1]
            return replace(update, changed=False, **_nothing(update))
        state, self._state = self._state, None  # without one, if something goes wrong below
        before = self._last[0].sources if self._last else None
        if state is None or before is None or before.namespace != inputs.sources.namespace:
            state, self._differs = _State(inputs), False
        else:
            state.change(inputs)
        update = self._tell(state, inputs)
        self._state, self._last = state, (inputs, update)
        self._kept.settle()
        return update

    def lines(self) -> DatasetLines:
        """All lines as they are after an update whose report conformed; a look at everything.

        Raises:
            RuntimeError: there was none, or the last one did not conform.
        """
        if self._state is None or self._last is None or self._last[1].published is None:
            raise RuntimeError("there is no state that conforms")
        inputs = self._last[0]
        return merge(layers(inputs.sources), self._state.published, inputs.apart)

    def _read(self) -> _Inputs:
        """Everything that files say; raises as `update`, and nothing is changed."""
        kept, folder = self._kept, self._folder
        kept.begin()
        # A copy, since a project remembers what files there are.
        project = replace(kept.make(folder / CONFIG, "project", lambda: Project.at(folder)))
        if project.bare:
            raise without_ontology(folder)
        sources = load(project, kept)
        files = project.read_inputs(kept.digest, sources.imports)
        shape_files = tuple((path, kept.digest(path)) for path in project.shape_files)
        named = tuple(path for name in SHAPES for path in project.shapes(name))
        if (shape_files, named) != self._shapes[0]:
            read = {name: read_shapes(project, name, files=kept) for name in SHAPES}
            self._shapes = (shape_files, named), read
        self._coverage.read_tables(project)
        return _Inputs(
            sources,
            self._texts.open(project, self._source),
            self._shapes[1],
            _read_links(sources, kept),
            files,
            project.name_of(files),
        )

    def _tell(self, state: _State, inputs: _Inputs) -> Update:
        report = state.report(inputs)
        if not report.conforms:
            return Update(inputs.name, report, changed=True)
        coverage = self._coverage.cover(inputs.sources)
        dataset, asserted = state.dataset.take()
        published = Published(
            manifest(
                inputs.name,
                inputs.sources,
                state.counts(inputs),
                state.dataset.classes,
                Counter(finding.severity for finding in report.findings),
                inputs.files,
            ),
            self._coverage.encode(coverage),
        )
        if not self._differs:
            self._differs = True
            return Update(inputs.name, report, changed=True, published=published)
        return Update(inputs.name, report, True, dataset, asserted, published)


@dataclass(frozen=True)
class _Inputs:
    """What files say, and their digests."""

    sources: Sources
    text: TextsAtHand | None
    shapes: Mapping[str, tuple[Triple, ...]]
    links: tuple[Triple, ...]
    files: Mapping[str, str]
    name: str

    @property
    def apart(self) -> dict[IRI, tuple[Triple, ...]]:
        """The graphs that are published but neither merged in the default graph nor reasoned
        over."""
        shapes = tuple(triple for part in self.shapes.values() for triple in part)
        return {GRAPH.shapes: shapes, GRAPH.mappings: self.links}

    def are(self, other: _Inputs) -> bool:
        """Whether no file differs."""
        return (
            self.files == other.files
            and self.text is other.text
            and self.shapes is other.shapes
            and self.sources.read.keys() == other.sources.read.keys()
        )


class _State:
    """What follows from the files: statements, closure, review and dataset, each changed by what
    came and went."""

    def __init__(self, inputs: _Inputs) -> None:
        sources = self._sources = inputs.sources
        self.statements = HeldStatements(sources)
        self._review = ProjectReview(self.statements)
        self._begin_reasoning(sources)
        self._change = SourcesChange(frozenset(), {}, frozenset())
        self._inferences = self._infer((), (), everything=True)
        self.dataset = ChangingDataset(
            ((triple, _graphs(held)) for triple, held in self.statements.items()),
            self.published,
            inputs.apart,
            sources.namespace,
        )

    def change(self, inputs: _Inputs) -> None:
        """Follow what changed in the files."""
        before, self._sources = self._sources, inputs.sources
        self._change = self.statements.change(inputs.sources)
        self._inferences = self._reason(before)
        self.dataset.change(
            {t: (_graphs(was), _graphs(now)) for t, (was, now) in self._change.triples.items()},
            lambda triple: _graphs(self.statements.holders(triple)),
            self.published,
            (self._inferences.gained, self._inferences.lost),
            inputs.apart,
        )

    def report(self, inputs: _Inputs) -> Report:
        """All findings."""
        return self._review.report(
            inputs.sources, inputs.text, inputs.shapes, self._change, self._inferences
        )

    def counts(self, inputs: _Inputs) -> Counts:
        """How much there is."""
        return Counts(
            dataset=self.dataset.lines,
            default_graph=self.dataset.default_graph,
            facts=self.statements.facts,
            inferred=len(self.published),
            descriptions=self.statements.descriptions,
            sentences=sum(map(len, inputs.sources.cut.values())),
            apart={name: len(part) for name, part in inputs.apart.items()},
        )

    # Reasoning

    def _begin_reasoning(self, sources: Sources) -> None:
        self._reasoner = Reasoner.open(sources.ontology, sources.facts)
        self._inferred = set(self._reasoner.closure.inferred)
        self._reasoner.compare(self._inferred)
        self.published = set(select_published(self._inferred, sources.ontology))

    def _reason(self, before: Sources) -> Inferences:
        sources, published = self._sources, self.published
        if before.vocabulary is sources.vocabulary:
            gained_facts, lost_facts = self._facts()
            self._reasoner.remove(lost_facts)
            self._reasoner.add(gained_facts)
            difference = self._reasoner.compare(self._inferred)
            if difference is not None:
                gained, lost = difference
                self._inferred.difference_update(lost)
                self._inferred.update(gained)
                omitted = omits_self_pairs(sources.ontology)
                gained, lost = ([t for t in part if not omitted(t)] for part in (gained, lost))
                published.difference_update(lost)
                published.update(gained)
                return self._infer(gained, lost)
            self._inferred = set(self._reasoner.closure.inferred)
            self.published = set(select_published(self._inferred, sources.ontology))
        else:
            self._begin_reasoning(sources)
        now = self.published
        return self._infer(tuple(now - published), tuple(published - now), everything=True)

    def _facts(self) -> tuple[list[Triple], list[Triple]]:
        """The triples that are reasoned over and were not, and those that were and are not; those
        of the ontology stay."""
        gained: list[Triple] = []
        lost: list[Triple] = []
        for triple, (was, now) in self._change.triples.items():
            if is_fact(was) != is_fact(now) and GRAPH.ontology not in now:
                (gained if is_fact(now) else lost).append(triple)
        return gained, lost

    def _infer(
        self, gained: Sequence[Triple], lost: Sequence[Triple], *, everything: bool = False
    ) -> Inferences:
        closure = self._reasoner.closure
        if closure.inconsistencies:  # their proofs are told, and those of a kept closure are others
            closure = close(self._sources.ontology, self._sources.facts)
        return Inferences(closure, self.published, gained, lost, everything)


def _graphs(holders: Holders) -> set[IRI]:
    """The graphs in which what these hold is published."""
    return {GRAPH.spans if name == SENTENCES else name for name in holders}


def _read_links(sources: Sources, kept: KeptFiles) -> tuple[Triple, ...]:
    """The mappings, of which each must be about something that there is."""
    files = sources.project.mapping_files

    def read() -> tuple[Triple, ...]:
        known = {t.subject for t in (*sources.registry, *sources.concepts, *sources.ontology)}
        links = (link for path in files for link in read_mappings(path, known=known))
        return tuple(link.triple for link in links)

    digests = [(path, kept.digest(path)) for path in files]
    about = (sources.registry, sources.concepts, sources.vocabulary)
    return kept.derive("links", (digests, about), read)


def _nothing(update: Update) -> dict[str, Any]:
    """The differences of an update without a change."""
    if update.published is None:
        return {}
    return {"dataset": LineChange([], []), "asserted": LineChange([], [])}
