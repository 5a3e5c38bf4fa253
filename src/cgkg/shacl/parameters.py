"""From what a shape says to its constraints, for the components of SHACL Core (§4).

Every reader gets a graph and the node of a shape, and takes the parameters of one component from
it; what is said wrongly is an error there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term
from cgkg.rdf.vocab import SH, XSD
from cgkg.reasoning.rules.datatypes import well_formed
from cgkg.shacl.evaluation import Constraint
from cgkg.shacl.graph import ShapesGraph, describe, shorten
from cgkg.shacl.set_constraints import (
    ClosedConstraint,
    CountConstraint,
    DisjointConstraint,
    EqualsConstraint,
    HasValueConstraint,
    LessThanConstraint,
    UniqueLangConstraint,
)
from cgkg.shacl.shape_constraints import (
    LogicalConstraint,
    NodeConstraint,
    NotConstraint,
    QualifiedConstraint,
)
from cgkg.shacl.value_constraints import (
    ClassConstraint,
    DatatypeConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    NodeKindConstraint,
    PatternConstraint,
    RangeConstraint,
)
from cgkg.sparql.functions.xpath_regex import PatternError, read_pattern

Reader = Callable[[ShapesGraph, Subject], Iterable[Constraint]]

NODE_KINDS = frozenset(
    map(SH, ["BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"])
)
_INTEGERS = frozenset(
    map(
        XSD,
        [
            "integer",
            "nonNegativeInteger",
            "positiveInteger",
            "int",
            "long",
            "short",
            "byte",
            "unsignedInt",
        ],
    )
)
# Parameters that only property shapes have.
OF_PROPERTIES = (
    SH.minCount, SH.maxCount, SH.uniqueLang, SH.lessThan, SH.lessThanOrEquals,
    SH.qualifiedValueShape,
)  # fmt: skip


def _iri(graph: ShapesGraph, node: Subject, predicate: IRI, value: Term) -> IRI:
    if not isinstance(value, IRI):
        what = f"{shorten(predicate)} is an IRI, not {describe(value)}"
        raise graph.error(what, node, predicate)
    return value


def _resource(graph: ShapesGraph, node: Subject, predicate: IRI, value: Term) -> Subject:
    if not isinstance(value, IRI | BlankNode):
        raise graph.error(f"{shorten(predicate)} is a shape, not {value}", node, predicate)
    return value


def _integer(graph: ShapesGraph, node: Subject, predicate: IRI) -> int | None:
    value = graph.value(node, predicate)
    if value is None:
        return None
    if not isinstance(value, Literal) or value.datatype not in _INTEGERS or not well_formed(value):
        what = f"{shorten(predicate)} is a whole number, not {describe(value)}"
        raise graph.error(what, node, predicate)
    return int(value.value)


def _text(graph: ShapesGraph, node: Subject, predicate: IRI) -> str | None:
    value = graph.value(node, predicate)
    if value is None:
        return None
    return string_of(graph, node, predicate, value)


def string_of(graph: ShapesGraph, node: Term, predicate: IRI, value: Term) -> str:
    """The text of a value that must be a plain string."""
    if not isinstance(value, Literal) or value.datatype != XSD.string:
        what = f"{shorten(predicate)} is a plain string, not {describe(value)}"
        raise graph.error(what, node, predicate)
    return value.value


def _of_iri(predicate: IRI, kind: Callable[[IRI], Constraint], *, once: bool = False) -> Reader:
    def read(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
        if once:
            graph.value(node, predicate)
        for value in graph.values(node, predicate):
            yield kind(_iri(graph, node, predicate, value))

    return read


def _node_kind(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    value = graph.value(node, SH.nodeKind)
    if value is None:
        return
    if value not in NODE_KINDS or not isinstance(value, IRI):
        raise graph.error(f"sh:nodeKind is not {describe(value)}", node, SH.nodeKind)
    yield NodeKindConstraint(value)


def _range(predicate: IRI, component: IRI, sign: str) -> Reader:
    def read(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
        value = graph.value(node, predicate)
        if value is None:
            return
        if not isinstance(value, Literal):
            what = f"{shorten(predicate)} is a literal, not {describe(value)}"
            raise graph.error(what, node, predicate)
        yield RangeConstraint(component, sign, value)

    return read


def _counted(
    predicate: IRI, component: IRI, kind: Callable[[IRI, int, bool], Constraint], *, least: bool
) -> Reader:
    def read(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
        limit = _integer(graph, node, predicate)
        if limit is not None:
            yield kind(component, limit, least)

    return read


def _pattern(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    pattern, flags = _text(graph, node, SH.pattern), _text(graph, node, SH.flags) or ""
    if pattern is None:
        return
    try:
        compiled = read_pattern(pattern, flags).compiled
    except PatternError as error:
        what = f"sh:pattern {pattern!r} is no regular expression: {error}"
        raise graph.error(what, node, SH.pattern) from None
    yield PatternConstraint(pattern, compiled, flags)


def _language_in(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    head = graph.value(node, SH.languageIn)
    if head is not None:
        members = graph.list_of(head, node)
        yield LanguageInConstraint(
            tuple(string_of(graph, node, SH.languageIn, each) for each in members)
        )


def _in(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    head = graph.value(node, SH.in_)
    if head is not None:
        yield InConstraint(tuple(graph.list_of(head, node)))


def _unique_lang(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    if graph.flag(node, SH.uniqueLang):
        yield UniqueLangConstraint()


def _has_value(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    return (HasValueConstraint(value) for value in graph.values(node, SH.hasValue))


def _less_than(predicate: IRI, component: IRI, sign: str) -> Reader:
    return _of_iri(predicate, lambda other: LessThanConstraint(component, sign, other))


def _closed(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    if not graph.flag(node, SH.closed):
        return
    head = graph.value(node, SH.ignoredProperties)
    ignored = graph.list_of(head, node) if head is not None else []
    allowed = [_iri(graph, node, SH.ignoredProperties, each) for each in ignored]
    for shape in graph.values(node, SH.property):
        allowed += (path for path in graph.values(shape, SH.path) if isinstance(path, IRI))
    yield ClosedConstraint(frozenset(allowed))


def _of_shape(predicate: IRI, kind: Callable[[tuple[Subject, ...]], Constraint]) -> Reader:
    def read(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
        for value in graph.values(node, predicate):
            yield kind((_resource(graph, node, predicate, value),))

    return read


def _logical(predicate: IRI, component: IRI) -> Reader:
    def read(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
        for head in graph.values(node, predicate):
            members = graph.list_of(head, node)
            shapes = tuple(_resource(graph, node, predicate, each) for each in members)
            yield LogicalConstraint(component, shapes)

    return read


def _qualified(graph: ShapesGraph, node: Subject) -> Iterator[Constraint]:
    least, most = (
        _integer(graph, node, each) for each in (SH.qualifiedMinCount, SH.qualifiedMaxCount)
    )
    value = graph.value(node, SH.qualifiedValueShape)
    if value is None:
        return
    shapes = [_resource(graph, node, SH.qualifiedValueShape, value)]
    if graph.flag(node, SH.qualifiedValueShapesDisjoint):
        shapes += _siblings(graph, node, shapes[0])
    if least is not None:
        component = SH.QualifiedMinCountConstraintComponent
        yield QualifiedConstraint(component, least, True, tuple(shapes))
    if most is not None:
        component = SH.QualifiedMaxCountConstraintComponent
        yield QualifiedConstraint(component, most, False, tuple(shapes))


def _siblings(graph: ShapesGraph, node: Subject, own: Subject) -> Iterator[Subject]:
    """The qualified value shapes of the other property shapes of each parent (§4.7.3)."""
    seen: set[Term] = {own}
    for parent in graph.subjects_of(SH.property, node):
        for other in graph.values(parent, SH.property):
            for value in graph.values(other, SH.qualifiedValueShape):
                if value not in seen and isinstance(value, IRI | BlankNode):
                    seen.add(value)
                    yield value


READERS: dict[IRI, Reader] = {
    SH.class_: _of_iri(SH.class_, ClassConstraint),
    SH.datatype: _of_iri(SH.datatype, DatatypeConstraint, once=True),
    SH.nodeKind: _node_kind,
    SH.minCount: _counted(SH.minCount, SH.MinCountConstraintComponent, CountConstraint, least=True),
    SH.maxCount: _counted(
        SH.maxCount, SH.MaxCountConstraintComponent, CountConstraint, least=False
    ),
    SH.minExclusive: _range(SH.minExclusive, SH.MinExclusiveConstraintComponent, ">"),
    SH.minInclusive: _range(SH.minInclusive, SH.MinInclusiveConstraintComponent, ">="),
    SH.maxExclusive: _range(SH.maxExclusive, SH.MaxExclusiveConstraintComponent, "<"),
    SH.maxInclusive: _range(SH.maxInclusive, SH.MaxInclusiveConstraintComponent, "<="),
    SH.minLength: _counted(
        SH.minLength, SH.MinLengthConstraintComponent, LengthConstraint, least=True
    ),
    SH.maxLength: _counted(
        SH.maxLength, SH.MaxLengthConstraintComponent, LengthConstraint, least=False
    ),
    SH.pattern: _pattern,
    SH.languageIn: _language_in,
    SH.uniqueLang: _unique_lang,
    SH.equals: _of_iri(SH.equals, EqualsConstraint),
    SH.disjoint: _of_iri(SH.disjoint, DisjointConstraint),
    SH.lessThan: _less_than(SH.lessThan, SH.LessThanConstraintComponent, "<"),
    SH.lessThanOrEquals: _less_than(
        SH.lessThanOrEquals, SH.LessThanOrEqualsConstraintComponent, "<="
    ),
    SH.not_: _of_shape(SH.not_, NotConstraint),
    SH.and_: _logical(SH.and_, SH.AndConstraintComponent),
    SH.or_: _logical(SH.or_, SH.OrConstraintComponent),
    SH.xone: _logical(SH.xone, SH.XoneConstraintComponent),
    SH.node: _of_shape(SH.node, NodeConstraint),
    SH.qualifiedValueShape: _qualified,
    SH.closed: _closed,
    SH.hasValue: _has_value,
    SH.in_: _in,
}
"""A reader for each component, by the parameter that asks for it."""

# Parameters that say nothing without another (§4: a component needs its mandatory parameters).
OTHERS = {
    SH.flags: SH.pattern,
    SH.qualifiedMinCount: SH.qualifiedValueShape,
    SH.qualifiedMaxCount: SH.qualifiedValueShape,
    SH.qualifiedValueShapesDisjoint: SH.qualifiedValueShape,
    SH.ignoredProperties: SH.closed,
}
