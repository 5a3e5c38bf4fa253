"""Everything that is checked about a project, as one report with files and lines.

Before reasoning: spans against the document, facts outside any graph, names, shapes. After it:
inconsistencies, axioms that no rule handles, shapes of the closure. A review may be kept while the
project changes; then it checks what a change can reach, and reports the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cgkg.document.text import TextsAtHand
from cgkg.project.changes import SENTENCES, HeldStatements, Holders, SourcesChange, is_fact
from cgkg.project.sources import Sources, layers
from cgkg.rdf.terms import IRI, Quad, Triple, parts
from cgkg.rdf.vocab import GRAPH, RDF
from cgkg.reasoning import Closure
from cgkg.shacl.graph import ShapesError, ShapesGraph
from cgkg.validation.asserted import AssertedReview
from cgkg.validation.consistency import check_closure
from cgkg.validation.engines import Validator
from cgkg.validation.locating import LocatedFindings
from cgkg.validation.names import check_shapes_vocabulary
from cgkg.validation.report import Finding, Report
from cgkg.validation.shapes import check_shapes, tell_error

if TYPE_CHECKING:
    from cgkg.validation.shacl import ShapeFindings

__all__ = ["Inferences", "ProjectReview", "review_asserted", "review_closure"]


def review_asserted(
    sources: Sources,
    *,
    text: TextsAtHand | None,
    data_shapes: Iterable[Triple],
    ontology_shapes: Iterable[Triple],
    by: Validator = "cgkg",
) -> Report:
    """What is wrong with what the project asserts, before anything is inferred; `by` who."""
    data_shapes, ontology_shapes = ShapesGraph(data_shapes), ShapesGraph(ontology_shapes)
    findings = [
        *AssertedReview(sources, text).findings(),
        *_check_shapes(sources, data_shapes, ontology_shapes, by),
        *_validate(sources, _dataset(sources), sources.ontology, data_shapes, by=by),
    ]
    return LocatedFindings().report(sources, findings, None)


def review_closure(
    sources: Sources,
    closure: Closure,
    inferred: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    by: Validator = "cgkg",
) -> Report:
    """What is wrong with the closure: inconsistencies, unhandled axioms, broken shapes."""
    new, shapes = frozenset(inferred), ShapesGraph(shapes)
    everything = chain[Quad | Triple](_facts(sources), new)
    located = LocatedFindings()
    findings = [
        *check_closure(sources, closure, located.places(sources)),
        *check_shapes(shapes, sources.project.shape_files),
        *_validate(sources, everything, sources.ontology, shapes, inferred=new, by=by),
    ]
    return located.report(sources, findings, None)


@dataclass(frozen=True)
class Inferences:
    """What is inferred and published, and what of it came and went since it was last asked for.

    `closure` has contradictions and axioms without a rule; `everything` says that what came and
    went is not told: all of it may be new.
    """

    closure: Closure
    triples: Set[Triple]
    gained: Sequence[Triple] = ()
    lost: Sequence[Triple] = ()
    everything: bool = False


class ProjectReview:
    """The review of a project that changes; it always finds what a new one would find.

    Args:
        statements: those of the project, which are followed from outside.
    """

    def __init__(self, statements: HeldStatements) -> None:
        self._statements = statements
        self._sources: Sources | None = None
        self._text: TextsAtHand | None = None
        self._shapes: Mapping[str, Sequence[Triple]] = {}
        self._located = LocatedFindings()
        self._asserted: AssertedReview
        self._of_shapes: list[Finding] = []
        self._data = _KeptValidation("required", "recommended")
        self._closed = _KeptValidation("inferred")

    def report(
        self,
        sources: Sources,
        text: TextsAtHand | None,
        shapes: Mapping[str, Sequence[Triple]],
        change: SourcesChange,
        inferences: Inferences,
    ) -> Report:
        """All findings.

        Args:
            sources: the project as it is.
            text: the documents at hand, the same object as before if they are the same.
            shapes: by their names in shapes/, the same object as before if no file changed.
            change: what came and went since the last report.
            inferences: what is inferred.
        """
        before, self._sources = self._sources, sources
        self._review_asserted(before, text, change)
        new_rules = shapes is not self._shapes
        if new_rules or before is None or before.vocabulary is not sources.vocabulary:
            style, data = shapes["ontology-style"], self._data.of(shapes)
            self._of_shapes = [
                *_check_shapes(sources, data, style, "cgkg"),
                *check_shapes(shapes["inferred"], sources.project.shape_files),
            ]
            self._data.stop()
            self._closed.stop()
        self._shapes = shapes
        self._validate(sources, change, inferences)
        places = self._located.places(sources)
        findings = (
            *self._asserted.findings(),
            *self._of_shapes,
            *self._data.findings(),
            *check_closure(sources, inferences.closure, places),
            *self._closed.findings(),
        )
        same = before is not None and before.project.prefixes == sources.project.prefixes
        return self._located.report(sources, findings, change.subjects if same else None)

    def _review_asserted(
        self, before: Sources | None, text: TextsAtHand | None, change: SourcesChange
    ) -> None:
        sources = self._sources
        assert sources is not None
        same = before is not None and text is self._text and _is_same_frame(before, sources)
        self._text = text
        if same:
            self._asserted.update(sources, change.names)
        else:
            self._asserted = AssertedReview(sources, text)

    def _validate(self, sources: Sources, change: SourcesChange, inferences: Inferences) -> None:
        held, inferred = self._statements, inferences.triples
        touched = {triple.subject for triple in change.triples}
        self._data.update(
            sources,
            self._shapes,
            lambda: (q for t, names in held.items() for q in _quads(t, _validated(t, names))),
            _differences(change, _validated),
            touched,
            lambda triple: _validated(triple, held.holders(triple)),
        )
        if inferences.everything:
            self._closed.stop()
        came, went = _differences(change, _reasoned)
        self._closed.update(
            sources,
            self._shapes,
            lambda: chain[Quad | Triple](
                (q for t, names in held.items() for q in _quads(t, _reasoned(t, names))), inferred
            ),
            ([*came, *inferences.gained], [*went, *inferences.lost]),
            touched | {t.subject for part in (inferences.gained, inferences.lost) for t in part},
            lambda triple: _reasoned(triple, held.holders(triple)),
            inferred,
        )


class _KeptValidation:
    """Validation by some shapes that goes on while the data change; shapes that cannot be used are
    a finding."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._validation: ShapeFindings | None = None
        self._error: list[Finding] = []

    def of(self, shapes: Mapping[str, Sequence[Triple]]) -> tuple[Triple, ...]:
        """The shapes of these names."""
        return tuple(chain.from_iterable(shapes[name] for name in self._names))

    def stop(self) -> None:
        """Begin anew next time."""
        self._validation = None

    def update(
        self,
        sources: Sources,
        shapes: Mapping[str, Sequence[Triple]],
        data: Callable[[], Iterable[Quad | Triple]],
        difference: tuple[Sequence[Quad | Triple], Sequence[Quad | Triple]],
        touched: Set[object],
        graphs: Callable[[Triple], Iterable[IRI]],
        inferred: Set[Triple] = frozenset(),
    ) -> None:
        """Validate the data as they are, given what came and what went."""
        from cgkg.validation.shacl import ShapeFindings

        self._error = []
        try:
            if self._validation is None:
                self._validation = ShapeFindings(
                    self.of(shapes), sources.ontology, data(), graphs, inferred
                )
            else:
                self._validation.update(*difference, touched)
        except ShapesError as error:
            self._validation = None
            self._error = [tell_error(error, sources.project.shape_files)]

    def findings(self) -> Iterator[Finding]:
        """What is wrong; what was wrong before is the same object as before."""
        yield from self._error
        if self._validation is not None:
            yield from self._validation.findings()


def _is_same_frame(before: Sources, now: Sources) -> bool:
    """Whether everything is the same that findings about any graph may depend on."""
    return (
        before.project == now.project
        and before.vocabulary is now.vocabulary
        and before.concepts is now.concepts
        and before.registry is now.registry
        and before.tables == now.tables
        and before.document_languages == now.document_languages
    )


def _validated(triple: Triple, holders: Holders) -> set[IRI]:
    """The graphs in which what is asserted is validated: all but the ontology; of sentences the
    type alone."""
    names = set(holders)
    names.discard(GRAPH.ontology)
    if SENTENCES in names:
        names.discard(SENTENCES)
        if triple.predicate == RDF.type:
            names.add(GRAPH.spans)
    return names


def _reasoned(triple: Triple, holders: Holders) -> set[IRI]:
    """The graphs of what is reasoned over."""
    return {name for name in holders if is_fact((name,))}


def _quads(triple: Triple, names: Iterable[IRI]) -> Iterator[Quad]:
    return (Quad(*parts(triple), name) for name in names)


def _differences(
    change: SourcesChange, graphs: Callable[[Triple, Holders], set[IRI]]
) -> tuple[list[Quad], list[Quad]]:
    """The quads that came, and those that went."""
    came: list[Quad] = []
    went: list[Quad] = []
    for triple, (before, after) in change.triples.items():
        was, now = graphs(triple, before), graphs(triple, after)
        came += _quads(triple, now - was)
        went += _quads(triple, was - now)
    return came, went


def _check_shapes(
    sources: Sources, data_shapes: Iterable[Triple], style: Iterable[Triple], by: Validator
) -> Iterator[Finding]:
    """What is wrong with shapes, and what those of the ontology's style find in the project's own
    terms and modules."""
    shapes = ShapesGraph((*data_shapes, *style))
    yield from check_shapes_vocabulary(sources.ontology, shapes, namespace=sources.namespace)
    yield from check_shapes(shapes, sources.project.shape_files)
    for finding in _validate(sources, sources.ontology, (), style, by=by):
        if sources.vocabulary.is_own(finding.focus) or finding.code == ShapesError.code:
            yield finding


def _validate(
    sources: Sources,
    data: Iterable[Quad | Triple],
    ontology: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    by: Validator,
    inferred: Set[Triple] = frozenset(),
) -> list[Finding]:
    """As `validate`; shapes that cannot be used are a finding."""
    asked = ShapesGraph.of(shapes)
    if not asked.triples:
        return []
    from cgkg.validation.shacl import validate  # which needs a third of all that a build loads

    try:
        return validate(data, ontology, asked, inferred=inferred, by=by)
    except ShapesError as error:
        return [tell_error(error, sources.project.shape_files)]


def _dataset(sources: Sources) -> Iterator[Quad]:
    """Everything that somebody wrote, but for the ontology, by graph; sentences by type alone."""
    sentences = (t for t in sources.sentences if t.predicate == RDF.type)
    written = {**layers(sources), GRAPH.spans: (*sources.descriptions, *sentences)}
    del written[GRAPH.ontology]
    for name, triples in written.items():
        for triple in triples:
            yield Quad(triple.subject, triple.predicate, triple.object, name)


def _facts(sources: Sources) -> Iterator[Quad]:
    """What is reasoned over, by graph."""
    written = layers(sources)
    for name in (GRAPH.registry, GRAPH.concepts, *sources.graphs):
        for triple in written[name]:
            yield Quad(triple.subject, triple.predicate, triple.object, name)
