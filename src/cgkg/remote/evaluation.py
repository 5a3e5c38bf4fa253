"""One query over a version in an engine: the complete answer as bytes, or an error of ours.

This is what `cgkg.sparql.evaluation` is over a graph of this process. What the engine gets wrong in
a query stays wrong, but nothing is cut, and nothing is asked beside the version.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cgkg.errors import CgkgError, QueryRefusedError
from cgkg.formats import Format
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import STANDARD
from cgkg.remote.client import Call
from cgkg.remote.construction import Construction
from cgkg.remote.description import Description, describe_nodes
from cgkg.remote.engine import Engine, Limits
from cgkg.remote.reader import RemoteReader
from cgkg.remote.scope import VERSION_GRAPH, ChosenGraphs, GraphScope, listed_query
from cgkg.sparql.answers import WrittenAnswer, encode_answer, needs_row_order, write_answer
from cgkg.sparql.iris import is_relative
from cgkg.sparql.protocol import BASE, QueryAnswer, QueryRequest
from cgkg.sparql.support.evidence import Dataset, answer_with_evidence
from cgkg.sparql.syntax import Outline, read_outline, refuse_unsupported
from cgkg.sparql.tree.nodes import BaseDeclaration, NamedNode, QueryTree, walk
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.excerpt import Excerpt
from cgkg.store.reader import QuadPattern


@dataclass(frozen=True)
class RemoteEvaluator:
    """Answers queries over a version in an engine; any thread may ask, and each call blocks.

    Attributes:
        engine: has the version.
        scope: where its graphs are.
        reader: looks things up in it.
        limits: bytes and rows that an answer may have.
        inferred: whether the version has inferred statements among the asserted ones.
        prefixes: as of `cgkg.sparql.evaluation.Evaluator`.
    """

    engine: Engine
    scope: GraphScope
    reader: RemoteReader
    limits: AnswerLimits
    inferred: bool = True
    prefixes: Mapping[str, str] = field(default_factory=lambda: STANDARD)

    def answer(self, request: QueryRequest, seconds: float, call: Call) -> QueryAnswer:
        """Have the engine evaluate the query, and write all of its answer.

        Args:
            request: the query.
            seconds: that each request to the engine may take.
            call: what stops it from another thread.

        Raises:
            QuerySyntaxError, QueryRefusedError, NotAcceptableError, QueryLimitError: as of
                `cgkg.sparql.evaluation.Evaluator.answer`.
            QueryError: the engine refuses the query, or the format cannot say the answer.
            EndpointError: the engine fails, or what it answers is not whole.
            EndpointTimeoutError: it is not answered in time.
            QueryLostError: it was stopped.
        """
        started = time.perf_counter()
        if request.asserted_only and self.inferred:
            raise QueryRefusedError(
                "reasoning=off is not answered here: the graph is in an engine that has asserted"
                " and inferred statements in one default graph",
                hint="leave out what is in the graph of inferred statements alone, with GRAPH",
            )
        outline = read_outline(request.query, BASE)
        refuse_unsupported(outline)
        graph = _RemoteGraph(self, request, outline, seconds, call)
        try:
            ask = self._evaluate_with_evidence if request.evidence else self._evaluate
            written = ask(graph, request, outline)
            body, coding, etag = encode_answer(written.body, written.media_type, request.coding, "")
            return QueryAnswer(
                written.kind, written.media_type, written.rows, coding, etag, outline.lasting,
                time.perf_counter() - started, "", body,
            )  # fmt: skip
        except (SyntaxError, ValueError) as error:  # what is read of an answer only now
            failure: CgkgError = self.engine.broken(error)
        except CgkgError as error:
            failure = error.with_traceback(None)
            failure.__context__ = None
        # Raised here, where no traceback keeps the engine's solutions: they must not be dropped by
        # another thread.
        raise failure

    def _evaluate(
        self, graph: _RemoteGraph, request: QueryRequest, outline: Outline
    ) -> WrittenAnswer:
        result = graph.query(request.query)
        return write_answer(result, request, self.limits, outline.prefixes, self.prefixes)

    def _evaluate_with_evidence(
        self, graph: _RemoteGraph, request: QueryRequest, outline: Outline
    ) -> WrittenAnswer:
        if outline.form != "SELECT":
            graph.parse(request.query)  # what is wrong with it goes first
        dataset = Dataset(graph, Excerpt(graph.reader), graph.default)
        in_order = needs_row_order(request)
        body, rows = answer_with_evidence(dataset, self.limits, request.query, in_order=in_order)
        return WrittenAnswer(body, "bindings", Format.JSON.media_type, rows, rows > 0)


class _RemoteGraph:
    """The graph that one request asks, as `answer_with_evidence` asks a graph."""

    def __init__(
        self,
        evaluator: RemoteEvaluator,
        request: QueryRequest,
        outline: Outline,
        seconds: float,
        call: Call,
    ) -> None:
        limits = Limits(seconds, 2 * evaluator.limits.bytes)
        self.reader = evaluator.reader.within(limits, call)
        self._engine = replace(evaluator.engine, limits=limits, call=call)
        self._scope, self._prefixes = evaluator.scope, evaluator.prefixes
        asked = request.default_graphs, request.named_graphs
        self._asked = asked
        default, named = asked if any(asked) else (outline.default_graphs, outline.named_graphs)
        self._names = (default, named) if default or named else None
        self.default: GraphName | None = DefaultGraph()
        if self._names:
            self.default = IRI(default[0]) if default else None

    @cached_property
    def _chosen(self) -> ChosenGraphs | None:
        """The dataset of the query or its request, as far as the version has such graphs."""
        if self._names is None:
            return None
        default, named = map(frozenset, self._names)
        held = (default | named) - {VERSION_GRAPH.value}
        if self._scope.default is not None:
            rows = self._engine.results(listed_query(sorted(held)))
            held = frozenset(row["g"].value for row in rows)
        return ChosenGraphs(default & held, named & held)

    def parse(self, text: str) -> QueryTree:
        """The tree of a query, with its relative IRIs made absolute as by the protocol."""
        tree = parse(text, BASE, self._prefixes)
        if any(isinstance(each, BaseDeclaration) for each in tree.declarations):
            return tree
        names = (node.text for node in walk(tree) if isinstance(node, NamedNode))
        if any(name.startswith("<") and is_relative(name[1:-1]) for name in names):
            return parse(f"BASE <{BASE}>\n{text}", BASE, self._prefixes)
        return tree

    def query(self, sparql: str, **options: Any) -> Any:
        """Solutions, a boolean or triples, as `Graph.query` gives them."""
        tree = self.parse(sparql)
        if tree.query.form == "CONSTRUCT":
            construction = Construction(tree)
            return construction.triples(self._results(self.parse(construction.select)))
        if tree.query.form == "DESCRIBE":
            return self._describe(Description(tree))
        return self._results(tree)

    def _results(self, tree: QueryTree) -> Any:
        parameters: list[tuple[str, str]] = []
        if self._chosen is not None and any(self._asked):
            parameters += self._scope.parameters(*self._asked, self._chosen)
        return self._engine.results(self._scope.write(tree, self._chosen), parameters)

    def _describe(self, description: Description) -> list[Triple]:
        solutions: Any = [{}]
        if description.select is not None:
            solutions = self._results(self.parse(description.select))
        nodes = description.nodes(solutions)
        graphs: list[GraphName] = [DefaultGraph()]
        if self._chosen is not None:
            graphs = [IRI(name) for name in sorted(self._chosen.default)]
        return describe_nodes(self.reader, nodes, graphs)

    def quads(
        self, s: Subject | None, p: IRI | None, o: Term | None, g: GraphName | None
    ) -> Iterator[Quad]:
        """The quads that match, in one request."""
        (quads,) = self.reader.quads([QuadPattern(s, p, o, g)])
        return iter(quads)
