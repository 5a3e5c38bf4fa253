"""Validation of data that stays where it is: an engine picks the nodes that may break a shape, what
these need is fetched, and the validator decides by that. The results are those of all the data.

A shape is taken in parts, each of its constraints and its property shapes for itself. For a part
of which no engine can be asked all statements are fetched that it looks at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from cgkg.errors import EndpointTimeoutError
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
from cgkg.shacl.trials import chooses_well
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
        focus: the nodes that may break it.
    """

    shape: Shape
    targets: tuple[Target, ...]
    queries: list[str] | None = None
    reason: str = ""
    focus: set[Term] = field(default_factory=set)

    @property
    def told(self) -> str:
        """The shape, and why all nodes are judged."""
        return f"{describe(self.shape.node)} ({self.reason})"


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
        candidates: how many nodes may break a part of a shape.
        unasked: of which shapes the engine was not asked, and why: what they look at was fetched.
    """

    quads: list[Quad]
    candidates: int
    unasked: tuple[str, ...]
    _shapes: Shapes = field(repr=False)
    _parts: list[_ShapePart] = field(repr=False)
    _hierarchy: list[Triple] = field(repr=False)

    @property
    def note(self) -> str:
        """How much was fetched, and for what."""
        said = (
            f"{len(self.quads):,} statements of the endpoint were fetched: what"
            f" {self.candidates:,} nodes need that may break a shape"
        )
        if self.unasked:
            said += f", and all that these look at: {', '.join(self.unasked)}"
        return said

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


def fetch_excerpt(
    endpoint: Endpoint, shapes: Shapes, classes: list[Triple]
) -> ShapesExcerpt | None:
    """Fetch what validation by some shapes needs.

    None if that may be anything, or the engine cannot be relied on for the choice, or does not make
    it in time.

    Args:
        endpoint: has the data.
        shapes: the shapes.
        classes: what is said of subclasses beside the data.

    Raises:
        CgkgError: as the endpoint does.
    """
    if shapes.rules or shapes.advanced or not chooses_well(endpoint.nodes):
        return None
    hierarchy = endpoint.said([RDFS.subClassOf])
    known = _Classes([*endpoint.with_blanks([RDFS.subClassOf]), *hierarchy, *classes])
    writer = CandidateQueries(shapes.by_node, endpoint.merge, known.below)
    parts = list(_parts_of(shapes))
    for part in parts:
        _write(part, writer)
    looks = {id(part): _look_of(part, shapes, known) for part in parts}
    whole = _together(looks[id(part)] for part in parts if part.queries is None)
    if whole.anything:
        return None
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
            try:
                for query in part.queries:
                    part.focus.update(endpoint.nodes(query))
            except EndpointTimeoutError:
                return None
            near.fetch_part(part.shape, part.focus)
    return ShapesExcerpt(
        list(near.fetched),
        len({node for part in parts for node in part.focus}),
        tuple(dict.fromkeys(part.told for part in parts if part.queries is None)),
        shapes,
        parts,
        classes,
    )


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
        part.reason = "a target in SPARQL"
        return
    asked = [each for each in part.targets if each.predicate != SH.targetNode]
    try:
        part.queries = [query for each in asked for query in writer.write(part.shape, each)]
    except UnwritableError as error:
        part.reason = str(error)


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
