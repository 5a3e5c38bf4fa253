"""Validation of data that stays where it is: an engine picks the nodes that may break a shape, what
these need is fetched, and the validator decides by that. The results are those of all the data.

A shape is taken in parts, each of its constraints and its property shapes for itself. For a part
of which no engine can be asked all statements are fetched that it looks at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from cgkg.errors import EndpointTimeoutError, QueryError
from cgkg.messages import M_
from cgkg.rdf.terms import IRI, BlankNode, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import RDF, RDFS, SH
from cgkg.shacl.asking import Asker
from cgkg.shacl.candidates import CandidateQueries, UnwritableError
from cgkg.shacl.components import AskConstraint
from cgkg.shacl.data import Data
from cgkg.shacl.evaluation import Run, Shape, reachable
from cgkg.shacl.graph import deep_nesting, describe
from cgkg.shacl.paths import steps_of
from cgkg.shacl.reaching import Neighbourhood, Source
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.results import results
from cgkg.shacl.set_constraints import ClosedConstraint, PairConstraint
from cgkg.shacl.shapes import Shapes
from cgkg.shacl.sparql_constraints import SparqlConstraint
from cgkg.shacl.targets import Target, focus_nodes
from cgkg.shacl.trials import fault_in_trials
from cgkg.shacl.value_constraints import ClassConstraint
from cgkg.store.merging import GraphMerge
from cgkg.store.reader import QuadPattern


class Endpoint(Source, Protocol):
    """Data that an engine has; each call is a request or few, and blocks."""

    @property
    def merge(self) -> GraphMerge:
        """Writes patterns over all of its graphs."""

    def nodes(self, query: str) -> Collection[Term]:
        """The values of `?this` in the rows of a query."""

    def with_blanks(self, predicates: Collection[IRI] | None) -> list[Quad]:
        """The statements with blank nodes, of some predicates or of all, in one answer: an engine
        may give a node another label in the next."""


@dataclass(slots=True)
class _ShapePart:
    """One constraint of a shape with targets, or one of its property shapes.

    Attributes:
        shape: the shape with nothing else.
        targets: whose nodes it is about.
        queries: they give the nodes that may break it; None if all nodes are judged.
        reason: why that is so.
        failed: whether that is since the engine was late or failed.
        focus: the nodes that may break it.
    """

    shape: Shape
    targets: tuple[Target, ...]
    queries: list[str] | None = None
    reason: str = ""
    failed: bool = False
    focus: set[Term] = field(default_factory=set)

    def leave(self, error: QueryError) -> None:
        """Have all nodes judged, as the engine does not answer."""
        self.queries, self.reason, self.failed = None, error.message, True


@dataclass(slots=True)
class _Look:
    """What validation looks at, beside subclasses.

    Attributes:
        predicates: of the statements.
        kinds: classes of which it looks for instances.
        anything: whether it may be any statement.
    """

    predicates: set[IRI] = field(default_factory=set)
    kinds: set[IRI] = field(default_factory=set)
    anything: bool = False


@dataclass(frozen=True, slots=True)
class ShapesExcerpt:
    """What was fetched, and what it is judged by.

    Attributes:
        quads: the statements.
        candidates: how many nodes may break a part of a shape, as far as the engine picked them.
        unasked: of which shapes the engine was not asked, by the reason: all that they look at was
            fetched.
    """

    quads: list[Quad]
    candidates: int
    unasked: Mapping[str, Sequence[str]]
    _shapes: Shapes = field(repr=False)
    _parts: list[_ShapePart] = field(repr=False)
    _hierarchy: list[Triple] = field(repr=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """How much was fetched, and for what."""
        fetched = M_(
            "{count} statements of the endpoint were fetched: what {nodes} nodes need that may"
            " break a shape",
            count=f"{len(self.quads):,}",
            nodes=f"{self.candidates:,}",
        )
        more = (
            M_(
                "all that these shapes look at is among them ({reason}): {shapes}",
                reason=reason,
                shapes=", ".join(shapes),
            )
            for reason, shapes in self.unasked.items()
        )
        return (fetched, *more)

    def validate(self) -> ValidationReport:
        """The report on the data that this is an excerpt of.

        Raises:
            ShapesError: a query of the shapes does not run.
        """
        shapes = self._shapes
        data = Data([*self.quads, *self._hierarchy])
        asker = Asker(data, data.named, shapes.graph.triples, list(shapes.queries()))
        run = Run(data, shapes.by_node, asker)
        broken: list[ValidationResult] = []
        with deep_nesting():
            for part in self._parts:
                if part.queries is None:
                    nodes = focus_nodes(data, asker, part.shape.node, part.targets).copy()
                else:
                    nodes = data.ids(part.focus)
                broken += results(run, run.broken(part.shape, nodes))
        broken.sort(key=ValidationResult.sort_key)
        return ValidationReport(not broken, tuple(broken))


@dataclass(frozen=True, slots=True)
class NotPicked:
    """That an engine does not pick what may break the shapes.

    Attributes:
        reason: why; empty if the shapes may look at anything, so that it is not asked.
    """

    reason: str = ""


def fetch_excerpt(
    endpoint: Endpoint, shapes: Shapes, classes: list[Triple]
) -> ShapesExcerpt | NotPicked:
    """Fetch what validation by some shapes needs, unless that may be anything, or the engine cannot
    be relied on for the choice, or does not make it in time.

    Args:
        endpoint: has the data.
        shapes: the shapes.
        classes: what is said of subclasses beside the data.

    Raises:
        CgkgError: as the endpoint does.
    """
    if shapes.rules or shapes.advanced:
        return NotPicked()
    if fault := fault_in_trials(endpoint.nodes):
        return NotPicked(fault)
    hierarchy = endpoint.said([RDFS.subClassOf])
    known = _Classes([*endpoint.with_blanks([RDFS.subClassOf]), *hierarchy, *classes])
    writer = CandidateQueries(shapes.by_node, endpoint.merge, known.below)
    parts = list(_parts_of(shapes))
    for part in parts:
        _write(part, writer)
    _pick(endpoint, parts)
    looks = {id(part): _look_of(part, shapes, known) for part in parts}
    whole = _together(looks[id(part)] for part in parts if part.queries is None)
    if whole.anything:
        return NotPicked(next((part.reason for part in parts if part.failed), ""))
    near = Neighbourhood(endpoint, shapes.by_node)
    every = _together(looks.values())
    blanks = endpoint.with_blanks(
        None if every.anything else {RDFS.subClassOf, RDF.type, *every.predicates}
    )
    near.add(blanks)
    near.add(hierarchy, [RDFS.subClassOf])
    near.add(endpoint.said(whole.predicates), whole.predicates)
    kinds = sorted(whole.kinds, key=str)
    near.add(endpoint.quads([QuadPattern(p=RDF.type, o=kind) for kind in kinds]))
    own = Data([*blanks, *hierarchy, *classes])
    asker = Asker(own, own.named, (), [])
    for part in parts:
        if part.queries is not None:
            part.focus |= _unasked(own, asker, part)
            near.fetch_part(part.shape, part.focus)
    return ShapesExcerpt(
        list(near.fetched),
        len({node for part in parts for node in part.focus}),
        _unasked_of(parts),
        shapes,
        parts,
        classes,
    )


def _unasked_of(parts: Iterable[_ShapePart]) -> dict[str, list[str]]:
    """The shapes that are judged by all of their nodes, by the reason."""
    shapes: dict[str, dict[str, None]] = {}
    for part in parts:
        if part.queries is None:
            shapes.setdefault(part.reason, {})[describe(part.shape.node)] = None
    return {reason: list(names) for reason, names in shapes.items()}


def _parts_of(shapes: Shapes) -> Iterator[_ShapePart]:
    for node, targets in shapes.targets.items():
        shape = shapes.by_node[node]
        for constraint in shape.constraints:
            yield _ShapePart(replace(shape, constraints=(constraint,), properties=()), targets)
        for each in shape.properties:
            yield _ShapePart(replace(shape, constraints=(), properties=(each,)), targets)


def _write(part: _ShapePart, writer: CandidateQueries) -> None:
    """Write its queries, or say why there are none."""
    if any(target.query is not None for target in part.targets):
        part.reason = M_("a target in SPARQL")
        return
    asked = [each for each in part.targets if each.predicate != SH.targetNode]
    try:
        part.queries = [query for each in asked for query in writer.write(part.shape, each)]
    except UnwritableError as error:
        part.reason = error.reason


def _pick(endpoint: Endpoint, parts: Iterable[_ShapePart]) -> None:
    """Have the engine pick the nodes of each part; once it was late, it is asked no more."""
    late: EndpointTimeoutError | None = None
    for part in parts:
        if not part.queries:
            continue
        if late is not None:
            part.leave(late)
            continue
        try:
            part.focus.update(*map(endpoint.nodes, part.queries))
        except EndpointTimeoutError as error:
            late = error
            part.leave(error)
        except QueryError as error:
            part.leave(error)


def _unasked(data: Data, asker: Asker, part: _ShapePart) -> set[Term]:
    """The focus nodes of which no engine is asked: those that are named, blank nodes, and instances
    of classes that are blank nodes.

    Args:
        data: the statements with blank nodes, and the hierarchy of classes.
        asker: as `focus_nodes` needs it.
        part: of which shape.
    """
    found: set[Term] = set()
    for target in part.targets:
        nodes = data.terms.decode(focus_nodes(data, asker, part.shape.node, [target]))
        every = target.predicate in (SH.targetNode, SH.targetClass)
        found.update(node for node in nodes if every or isinstance(node, BlankNode))
    return found


def _look_of(part: _ShapePart, shapes: Shapes, known: _Classes) -> _Look:
    """What validation of a part looks at."""
    look = _Look()
    queries = [target.query for target in part.targets if target.query is not None]
    for target in part.targets:
        match target:
            case Target(SH.targetClass, IRI() as kind):
                look.kinds.update(known.below(kind))
            case Target(SH.targetSubjectsOf | SH.targetObjectsOf, IRI() as predicate):
                look.predicates.add(predicate)
    for shape in reachable(part.shape, shapes.by_node):
        if shape.path is not None:
            look.predicates.update(steps_of(shape.path))
        for constraint in shape.constraints:
            match constraint:
                case ClosedConstraint():
                    look.anything = True
                case ClassConstraint(kind):
                    look.kinds.update(known.below(kind))
                case PairConstraint():
                    look.predicates.add(constraint.predicate)
                case SparqlConstraint() | AskConstraint():
                    queries.append(constraint.query)
    for query in queries:
        names = set(map(IRI, query.predicates or ()))
        if query.kinds is not None:
            names.discard(RDF.type)
            look.kinds.update(map(IRI, query.kinds))
        look.predicates |= names
        look.anything |= query.predicates is None
    return look


def _together(looks: Iterable[_Look]) -> _Look:
    """What all of some look at."""
    every = _Look()
    for look in looks:
        every.predicates |= look.predicates
        every.kinds |= look.kinds
        every.anything |= look.anything
    return every


class _Classes:
    """What is said of subclasses."""

    def __init__(self, statements: Iterable[Quad | Triple]) -> None:
        self._lower: dict[Term, list[Subject]] = {}
        for each in statements:
            self._lower.setdefault(each.object, []).append(each.subject)  # type: ignore[arg-type]

    def below(self, kind: IRI) -> Sequence[IRI]:
        """A class and its subclasses, but for those that are blank nodes; in order."""
        found: set[Term] = {kind}
        waiting: list[Term] = [kind]
        while waiting:
            for lower in self._lower.get(waiting.pop(), ()):
                if lower not in found:
                    found.add(lower)
                    waiting.append(lower)
        named = (each for each in found if isinstance(each, IRI))
        return sorted(named, key=lambda each: each.value)
