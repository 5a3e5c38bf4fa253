"""Constraint components of the shapes' own (SHACL §6): parameters, and a validator in SPARQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from cgkg.languages import N_
from cgkg.rdf.terms import IRI, Literal, Subject, Term
from cgkg.rdf.vocab import SH
from cgkg.shacl.asking import SHAPES_GRAPH
from cgkg.shacl.changes import NOTHING, DataChange, Touched
from cgkg.shacl.data import Ids
from cgkg.shacl.evaluation import NONE, Constraint, Particulars, Run, Shape, ValueNodes, Violations
from cgkg.shacl.graph import ShapesGraph, describe, shorten
from cgkg.shacl.messages import fill, read_messages, say
from cgkg.shacl.prebinding import GRAPH, SHAPE, THIS, BoundQuery
from cgkg.shacl.sparql_constraints import SparqlConstraint, failures, read_query

VALUE = "value"
_NAME = re.compile(r"[^\W\d]\w*\Z")
_RESERVED = (THIS, SHAPE, GRAPH, VALUE, "path", "PATH")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a component: its predicate, and the variable it is in queries."""

    predicate: IRI
    name: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Component:
    """A component that the shapes graph declares."""

    graph: ShapesGraph
    iri: IRI
    parameters: tuple[Parameter, ...]

    @property
    def required(self) -> list[IRI]:
        """The parameters by whose presence a shape has constraints of the component."""
        return [each.predicate for each in self.parameters if not each.optional]

    def read(self, shape: Shape) -> Iterator[Constraint]:
        """The constraints of the component that a shape has (§6.2.4).

        Raises:
            ShapesError: the component has no validator for the shape, or its query is not allowed.
        """
        graph, said = self.graph, self.graph.said(shape.node)
        if not self.required or not all(each in said for each in self.required):
            return
        given = [each for each in self.parameters if each.predicate in said]
        for each in given if len(self.parameters) > 1 else ():
            graph.value(shape.node, each.predicate)  # one only, where there are several parameters
        validator, ask = self._validator(shape)
        own = read_messages(graph, validator) or read_messages(graph, self.iri)
        for values in product(*(graph.values(shape.node, each.predicate) for each in given)):
            bound = {each.name: value for each, value in zip(given, values, strict=True)}
            constants: dict[str, Term] = {**bound, SHAPE: shape.node, GRAPH: SHAPES_GRAPH}
            read = partial(
                read_query,
                graph,
                validator,
                SH.ask if ask else SH.select,
                constant=constants,
                path=shape.path,
            )
            query = read(varying=(THIS, VALUE) if ask else (THIS,))
            if ask and THIS not in query.names:  # then it is the same for a value of many nodes
                query = read(varying=(VALUE,))
            kind = AskConstraint if ask else SparqlConstraint
            yield kind(self.iri, query, constants, own, shape)

    def _validator(self, shape: Shape) -> tuple[Term, bool]:
        """The validator for the kind of shape, and whether it is an ASK query (§6.2.3)."""
        own = SH.nodeValidator if shape.path is None else SH.propertyValidator
        for predicate in (own, SH.validator):
            validators = sorted(self.graph.values(self.iri, predicate), key=str)
            for each in validators:
                said = self.graph.said(each)
                if SH.ask in said or SH.select in said:
                    return each, SH.ask in said
        what = f"no validator in SPARQL for {'node' if shape.path is None else 'property'} shapes"
        raise self.graph.error(what, self.iri)


def read_components(graph: ShapesGraph) -> Iterator[Component]:
    """The components of a shapes graph; those of SHACL Core, if it describes them, are known.

    Raises:
        ShapesError: a declaration is ill-formed.
    """
    for node in dict.fromkeys(graph.instances(SH.ConstraintComponent)):
        if node in SH:
            continue
        if not isinstance(node, IRI):
            raise graph.error("a constraint component has an IRI", node)
        parameters = tuple(read_parameters(graph, node))
        if not any(not each.optional for each in parameters):
            raise graph.error("a constraint component has a parameter that is not optional", node)
        yield Component(graph, node, parameters)


def read_parameters(graph: ShapesGraph, node: Subject) -> Iterator[Parameter]:
    """The parameters that a component or a type of targets declares.

    Raises:
        ShapesError: one has no name that a variable of SPARQL can have.
    """
    for each in graph.values(node, SH.parameter):
        path = graph.value(each, SH.path)
        if not isinstance(path, IRI):
            raise graph.error("a parameter has an IRI as its sh:path", node, SH.parameter)
        name = re.split(r"[/#:]", path.value)[-1]
        if not _NAME.match(name) or name in _RESERVED:
            what = f"the parameter {shorten(path)} has no name that a variable can have"
            raise graph.error(what, node, SH.parameter)
        yield Parameter(path, name, graph.flag(each, SH.optional))


@dataclass(frozen=True, slots=True, eq=False)
class AskConstraint(Constraint):
    """An ASK query, which is false for every value node at fault; fields as of SELECT queries."""

    component: IRI
    query: BoundQuery
    constants: Mapping[str, Term]
    own: tuple[Literal, ...]
    shape: Shape

    def find(self, run: Run, values: ValueNodes) -> Violations:
        if not len(values.values):
            return NONE
        alone = THIS not in self.query.names
        decode = run.data.terms.decode
        rows = {VALUE: decode(values.distinct if alone else values.values)}
        if not alone:
            rows[THIS] = decode(values.focus[values.index])
        good = np.zeros(len(rows[VALUE]), np.bool_)
        with failures(self.shape.node):
            for row, _ in run.asker.ask(self.query, rows, self.constants, (alone, id(values))):
                good[row] = True
        bad = np.flatnonzero(~(good[values.places] if alone else good))
        return Violations(values.index[bad], values.values[bad], self._tell(run, values, bad))

    def _tell(self, run: Run, values: ValueNodes, bad: Ids) -> list[Particulars]:
        """The messages of the shape or the component about each violation."""
        templates = self.shape.messages or self.own
        focus = run.data.terms.decode(values.focus[values.index[bad]])
        value = run.data.terms.decode(values.values[bad])
        return [
            Particulars(messages=fill(templates, {**self.constants, THIS: one, VALUE: other}))
            for one, other in zip(focus, value, strict=True)
        ]

    def touched(self, change: DataChange) -> Touched | None:
        return None if change.concerns(self.query) else NOTHING

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it breaks {component}"), component=describe(self.component))
