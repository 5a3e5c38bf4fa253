"""SPARQL-based constraints (SHACL §5): sh:sparql at node shapes and property shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from cgkg.errors import QueryError
from cgkg.languages import N_
from cgkg.rdf.terms import IRI, Literal, Subject, Term
from cgkg.rdf.vocab import OWL, SH, XSD
from cgkg.shacl.asking import SHAPES_GRAPH
from cgkg.shacl.changes import NOTHING, DataChange, Touched
from cgkg.shacl.evaluation import NONE, Constraint, Particulars, Run, Shape, ValueNodes, Violations
from cgkg.shacl.graph import ShapesError, ShapesGraph, describe
from cgkg.shacl.messages import fill, read_messages, say
from cgkg.shacl.paths import Path, path_text
from cgkg.shacl.prebinding import GRAPH, SHAPE, THIS, BoundQuery, PrebindingError, bind_query


def read_sparql(graph: ShapesGraph, shape: Shape) -> Iterator[Constraint]:
    """The constraints of a shape's sh:sparql.

    Raises:
        ShapesError: one is ill-formed, or its query is none that SHACL allows.
    """
    for node in graph.values(shape.node, SH.sparql):
        if graph.flag(node, SH.deactivated):
            continue
        query = read_query(
            graph,
            node,
            SH.select,
            varying=(THIS,),
            constant=(SHAPE, GRAPH),
            path=shape.path,
        )
        yield SparqlConstraint(
            SH.SPARQLConstraintComponent,
            query,
            {SHAPE: shape.node, GRAPH: SHAPES_GRAPH},
            read_messages(graph, node),
            shape,
            node,
        )


def read_query(
    graph: ShapesGraph,
    node: Term,
    predicate: IRI,
    *,
    varying: tuple[str, ...],
    constant: Iterable[str],
    path: Path | None,
) -> BoundQuery:
    """The query of a node, with the prefixes that it declares.

    Raises:
        ShapesError: there is none, or not one that SHACL allows.
    """
    text = graph.value(node, predicate)
    if not isinstance(text, Literal) or text.datatype != XSD.string:
        raise graph.error(f"{describe(predicate)} is the text of a query", node, predicate)
    try:
        return bind_query(
            text.value,
            read_prefixes(graph, node),
            varying=varying,
            constant=constant,
            path=None if path is None else path_text(path),
            form=SH.local(predicate).upper(),
        )
    except PrebindingError as error:
        raise graph.error(f"{describe(predicate)}: {error}", node, predicate) from None


def read_prefixes(graph: ShapesGraph, node: Term) -> dict[str, str]:
    """The prefixes of sh:prefixes, those of imported ontologies among them (SHACL §5.2.1).

    Raises:
        ShapesError: a declaration is ill-formed, or one prefix is declared for two namespaces.
    """
    namespaces: dict[str, str] = {}
    waiting = list(graph.values(node, SH.prefixes))
    seen: set[Term] = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        waiting += graph.values(one, OWL.imports)
        for declaration in graph.values(one, SH.declare):
            prefix, namespace = (
                graph.value(declaration, each) for each in (SH.prefix, SH.namespace)
            )
            if not isinstance(prefix, Literal) or not isinstance(namespace, Literal):
                what = "a declaration of a prefix has sh:prefix and sh:namespace, both literals"
                raise graph.error(what, declaration)
            if namespaces.setdefault(prefix.value, namespace.value) != namespace.value:
                what = f"the prefix {prefix.value}: is declared for two namespaces"
                raise graph.error(what, node, SH.prefixes)
    return namespaces


@dataclass(frozen=True, slots=True, eq=False)
class SparqlConstraint(Constraint):
    """A SELECT query, every solution of which is a violation.

    Attributes:
        component: sh:SPARQLConstraintComponent, or a component of the shapes' own.
        query: the query.
        constants: the values of pre-bound variables but $this.
        own: the messages of the constraint.
        shape: whose constraint it is.
        node: where the query stands, None if the component is of the shapes' own; then the shape's
            messages go before those of the component.
    """

    component: IRI
    query: BoundQuery
    constants: Mapping[str, Term]
    own: tuple[Literal, ...]
    shape: Shape
    node: Term | None = None

    def find(self, run: Run, values: ValueNodes) -> Violations:
        if not len(values.focus):
            return NONE
        rows = {THIS: run.data.terms.decode(values.focus)}
        index: list[int] = []
        told: list[Particulars] = []
        templates = self.own or self.shape.messages
        if self.node is None:
            templates = self.shape.messages or self.own
        with failures(self.shape.node):
            for row, solution in run.asker.ask(
                self.query, rows, self.constants, (THIS, id(values.focus))
            ):
                index.append(row)
                this = rows[THIS][row]
                bound = {**self.constants, THIS: this, **solution}
                told.append(self._tell(run, this, bound, solution, templates))
        return Violations(np.array(index, np.int64), None, told) if told else NONE

    def _tell(
        self,
        run: Run,
        this: Term,
        bound: Mapping[str, Term],
        solution: Mapping[str, Term],
        templates: tuple[Literal, ...],
    ) -> Particulars:
        """What a solution says of the violation (SHACL §5.3.2)."""
        failure = solution.get("failure")
        if isinstance(failure, Literal) and failure.value == "true":
            raise QueryError(f"the query reports a failure (?failure) for {describe(this)}")
        path, value = solution.get("path"), solution.get("value")
        message = solution.get("message")
        if value is not None:
            value = run.asker.as_parsed(value)
        elif self.shape.path is None:
            value = this
        messages = fill(templates, bound)
        if isinstance(message, Literal):
            messages = (message,)
        return Particulars(path if isinstance(path, IRI) else None, value, messages)

    def touched(self, change: DataChange) -> Touched | None:
        return None if change.concerns(self.query) else NOTHING

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it breaks a rule that is told in SPARQL"))


@contextmanager
def failures(shape: Subject) -> Iterator[None]:
    """What goes wrong in a query of a shape, as an error that names the shape."""
    try:
        yield
    except (SyntaxError, QueryError) as error:
        said = f"the shapes cannot be used: {describe(shape)}: {error}"
        raise ShapesError(said, node=shape) from None
