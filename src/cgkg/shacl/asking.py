"""The queries of shapes, asked of the data; the engine's store is made when the first one is.

The engine rewrites some literals (docs/reference/store-literals.md). Which focus or value node a
solution is about is therefore told by the number of its row, and what else it binds is looked up
among the terms as parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from cgkg.errors import QueryError
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import RDF, XSD
from cgkg.shacl.data import Data
from cgkg.shacl.prebinding import GRAPH, SHAPES, VALUES, BoundQuery
from cgkg.sparql.functions.registry import FunctionCalls
from cgkg.sparql.rewriting.contents import Contents, find_predicates, is_absent, overlaps, survey
from cgkg.sparql.rewriting.rewrite import rewrite
from cgkg.store.graph import Graph, stored_forms

SHAPES_GRAPH = IRI(SHAPES)
_VALUES = IRI(VALUES)
_ROW = f"{VALUES}:row:"
_TEXTS = (XSD.string, RDF.langString)

Solution = Mapping[str, Term]


class Asker:
    """Asks one set of data.

    Args:
        data: the merge of all graphs.
        named: gives the quads in named graphs with predicates of some IRIs, None for all.
        shapes: the shapes graph, for queries that look into it.
        queries: all that may be asked; of the data only what they can match is looked at.
    """

    def __init__(
        self,
        data: Data,
        named: Callable[[Collection[str] | None], Iterable[Quad]],
        shapes: Iterable[Triple],
        queries: Iterable[BoundQuery],
    ) -> None:
        self._data, self._named, self._shapes = data, named, shapes
        self._queries = queries
        self._names = 0
        self._rows: dict[object, str] = {}
        self._shown = False

    @cached_property
    def _wanted(self) -> frozenset[str] | None:
        """The predicates of all triples that the queries can match; None if they may be any."""
        predicates = [each.predicates for each in self._queries]
        # As texts: what a query takes for an IRI may be none, of which the engine complains.
        wanted = frozenset(iri for each in predicates for iri in each or ())
        return None if None in predicates else wanted

    def change(self, gained: Iterable[Triple], lost: Iterable[Triple]) -> bool:
        """Follow a change of the data, in which no literal is one that the engine rewrites.

        Returns:
            whether that was possible: named graphs, if queries ask for them, are not followed.
        """
        if any(each.graphs for each in self._queries):
            return False
        if "_graph" in vars(self):
            default, wanted = DefaultGraph(), self._wanted
            out, new = (
                [
                    Quad(*parts(each), default)
                    for each in triples
                    if wanted is None or each.predicate.value in wanted
                ]
                for triples in (lost, gained)
            )
            self._graph.discard(out)
            self._graph.add(new)
            if self._names:  # of values that were written
                self._graph.discard_graph(_VALUES)
                self._names = 0
                self._rows.clear()
            vars(self).pop("_contents", None)
        return True

    @cached_property
    def _graph(self) -> Graph:
        """What the queries can match: all graphs merged and, where one asks for it, each."""
        kinds = [each.kinds for each in self._queries]
        named = {iri for each in kinds for iri in each or ()}
        graph = Graph.of(self._data.merged(self._wanted, None if None in kinds else named))
        if any(each.graphs for each in self._queries):
            default = DefaultGraph()
            quads = self._named(self._wanted)
            graph.add(quad for quad in quads if quad.graph_name != default)
        return graph

    @cached_property
    def _as_parsed(self) -> dict[Literal, Literal | None]:
        """What the literals were that the engine holds in other forms; None if that is not sure."""
        parsed_as: dict[Literal, Literal | None] = {}
        for parsed, held in stored_forms(self._data.unusual_literals()).items():
            parsed_as[held] = None if held in parsed_as or self._data.has_literal(held) else parsed
        return parsed_as

    def ask(
        self,
        query: BoundQuery,
        rows: Mapping[str, Sequence[Term]],
        constants: Mapping[str, Term],
        key: object,
    ) -> Iterator[tuple[int, Solution]]:
        """The solutions, each with the number of its row of values.

        Args:
            query: the query.
            rows: the values of the variables that vary, row by row.
            constants: the values of the others.
            key: what the rows are remembered by, so that they are written once.

        Raises:
            SyntaxError, QueryError: the engine cannot evaluate it.
        """
        if GRAPH in query.names and not self._shown:
            self._graph.add(Quad(*parts(each), SHAPES_GRAPH) for each in self._shapes)
            self._shown = True
        used = {name: term for name, term in constants.items() if name in query.names}
        fixed = self._add_constants(used) if used else VALUES
        if query.alone:
            yield from self._ask_alone(query, rows, fixed)
            return
        count = max(map(len, rows.values()), default=0)
        whole = query.asks_all(count)
        values = self._rows.get((key, whole))
        if values is None:
            values = self._rows[key, whole] = self._add_rows(rows, whole=whole)
        for solution, names in self._evaluate(query.text(values, fixed, count)):
            bound = {name: solution[name] for name in names if solution[name] is not None}
            row = bound.pop(query.row, None)
            yield 0 if row is None else int(row.value[len(_ROW) :]), bound

    def construct(self, query: BoundQuery, rows: Mapping[str, Sequence[Term]]) -> Iterator[Triple]:
        """The triples of a CONSTRUCT query for all rows; literals as the engine writes them.

        Raises:
            SyntaxError, QueryError: the engine cannot evaluate it.
        """
        count = max(map(len, rows.values()), default=0)
        size = 1 if query.alone else count
        for start in range(0, count, max(size, 1)):
            part = {name: terms[start : start + size] for name, terms in rows.items()}
            values = self._add_rows(part, whole=True)
            text = rewrite(query.text(values, VALUES, size), None, self._contents)
            calls = FunctionCalls(text)
            try:
                yield from self._graph.query(text, **calls.options)
            except (OSError, ValueError, RuntimeError) as error:
                raise QueryError(str(error)) from None
            calls.check()

    def _ask_alone(
        self, query: BoundQuery, rows: Mapping[str, Sequence[Term]], fixed: str
    ) -> Iterator[tuple[int, Solution]]:
        for number, row in enumerate(zip(*rows.values(), strict=True)):
            given = {name: [term] for name, term in zip(rows, row, strict=True)}
            values = self._add_rows(given, whole=True)
            for solution, names in self._evaluate(query.text(values, fixed, 1)):
                bound = {name: solution[name] for name in names if solution[name] is not None}
                yield number, bound

    def _evaluate(self, text: str) -> Iterator[tuple[Any, list[str]]]:
        rewritten = rewrite(text, None, self._contents)
        calls = FunctionCalls(rewritten)
        try:
            solutions = self._graph.query(rewritten, **calls.options)
            names = [variable.value for variable in solutions.variables]
            for solution in solutions:
                yield solution, names
        except (OSError, ValueError, RuntimeError) as error:
            raise QueryError(str(error)) from None
        calls.check()

    @cached_property
    def _contents(self) -> Contents:
        graph = self._graph
        return Contents(
            partial(is_absent, graph, {}),
            partial(survey, graph),
            partial(overlaps, graph),
            partial(find_predicates, graph),
            lambda: sorted(name.value for name in graph.names() if name != _VALUES),
        )

    def as_parsed(self, term: Term) -> Term:
        """The term as it was parsed, as far as the engine leaves that sure."""
        if not isinstance(term, Literal) or term.datatype in _TEXTS:
            return term
        return self._as_parsed.get(term) or term

    def _fresh(self) -> str:
        self._names += 1
        return f"{VALUES}:{self._names}"

    def _add_rows(self, rows: Mapping[str, Sequence[Term]], *, whole: bool) -> str:
        """Write values row by row and, where groups need it, all of a variable's together."""
        values = self._fresh()
        node = IRI(values)
        for name, terms in rows.items():
            holds, all_of = IRI(f"{values}:{name}"), IRI(f"{values}:all:{name}")
            self._graph.add(
                Quad(IRI(f"{_ROW}{number}"), holds, term, _VALUES)
                for number, term in enumerate(terms)
            )
            if whole:
                self._graph.add(Quad(node, all_of, term, _VALUES) for term in terms)
        return values

    def _add_constants(self, constants: Mapping[str, Term]) -> str:
        key = tuple(constants.items())
        held = self._rows.get(key)
        if held is None:
            held = self._rows[key] = self._fresh()
            node = IRI(held)
            self._graph.add(Quad(node, IRI(f"{held}:{name}"), term, _VALUES) for name, term in key)
        return held
