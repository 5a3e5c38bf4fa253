"""One query over a loaded graph: the complete answer as bytes, or an error of ours.

Runs in a worker process. The engine's own exceptions do not leave this module.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from cgkg.errors import (
    CgkgError,
    NotAcceptableError,
    QueryError,
    QueryTimeoutError,
)
from cgkg.http.coding import WORTH_COMPRESSING, compressed
from cgkg.http.negotiation import GRAPH_TYPES, RESULT_TYPES, Graphs, Results
from cgkg.http.validators import digest
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Quad
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.diagnosis import explain
from cgkg.sparql.ordering import leaves_order_open, rows_in_order, triples_in_order
from cgkg.sparql.protocol import BASE, QueryAnswer, QueryRequest
from cgkg.sparql.rewriting.rewriting import rewritten
from cgkg.sparql.rewriting.sorting import is_mixed
from cgkg.sparql.support.evidence import Dataset, supported
from cgkg.sparql.syntax import Outline, outline, refuse
from cgkg.sparql.writing import (
    Limits,
    write_graph,
    write_results,
)
from cgkg.store.graph import Graph, QueryTriples

_REMEMBERED, _SHORT = 4096, 2048  # queries, and characters of one

_Dataset = tuple[tuple[str, ...], tuple[str, ...]]
_Written = tuple[bytes, str, str, int | None]  # body, kind, media type, rows


class _Prepared(NamedTuple):
    """A query that is about to be evaluated: its outline, the graph to ask, the text for the
    engine, and what else the engine is told."""

    outline: Outline
    graph: Graph
    text: str
    options: dict[str, Any]


@dataclass
class Evaluator:
    """Answers queries over a dataset, or over its asserted facts alone.

    `max_bytes` and `max_rows` bound an answer; `copies` is how many merged datasets are kept, and
    `most_merged` how many quads they may have. `base` is what relative IRIs are relative to in a
    query without BASE (SPARQL 1.1 §4.1.1.2). With `prefixes` graphs are written, and missing
    declarations proposed.
    """

    dataset: Graph
    asserted: Graph
    max_bytes: int
    max_rows: int = 1_000_000
    copies: int = 4
    most_merged: int = 10_000_000
    base: str = BASE
    prefixes: Mapping[str, str] = field(default_factory=lambda: STANDARD)
    _merged: OrderedDict[tuple[bool, _Dataset], Graph] = field(
        default_factory=OrderedDict, repr=False
    )
    _mixed: dict[tuple[bool, str], bool] = field(default_factory=dict, repr=False)
    _prepared: OrderedDict[object, _Prepared] = field(default_factory=OrderedDict, repr=False)

    @cached_property
    def _limits(self) -> Limits:
        return Limits(self.max_bytes, self.max_rows)

    def answer(self, request: QueryRequest) -> QueryAnswer:
        """Evaluate the query and serialise all of its answer.

        Raises:
            QuerySyntaxError: the query is not SPARQL.
            QueryRefusedError: it is an update, uses SERVICE, or is nested too deeply.
            QueryTimeoutError: the answer exceeds the limit on bytes or memory.
            NotAcceptableError: it is of a kind for which the request takes no format.
            QueryError: the engine cannot evaluate it, or the format cannot say the answer.
        """
        started = time.perf_counter()
        failure: CgkgError
        try:
            prepared = self._prepared.get(request.question) or self._prepare(request)
            if request.evidence:
                body, kind, media_type, rows = self._with_evidence(prepared, request)
            else:
                body, kind, media_type, rows = self._evaluate(prepared, request)
            body, coding, etag = _sealed(body, media_type, request.coding)
            seconds = time.perf_counter() - started
            lasting = prepared.outline.lasting
            return QueryAnswer(kind, media_type, rows, coding, etag, lasting, seconds, body)
        except SyntaxError as error:
            failure = explain(
                str(error), request.query, outline(request.query, self.base), self.prefixes
            )
        except MemoryError:
            failure = QueryTimeoutError("query stopped: it needs more memory than it may use")
        except (OSError, ValueError, RuntimeError) as error:
            failure = QueryError(f"the query failed: {error}")
        except CgkgError as error:
            failure = error.with_traceback(None)
        # Raised here it holds no frame of the evaluation, and with it no result of the engine,
        # which must not be dropped by another thread than this.
        raise failure

    def _evaluate(self, prepared: _Prepared, request: QueryRequest) -> _Written:
        try:
            result = prepared.graph.query(prepared.text, **prepared.options)
        except SyntaxError:
            self._complain(prepared, request)
            raise
        limits = self._limits
        if isinstance(result, QueryTriples):
            media_type = _acceptable(request.graph_as, request, Graphs)
            form, prefixes = GRAPH_TYPES[media_type], prepared.outline.prefixes
            triples = triples_in_order(result) if request.version else result
            body = write_graph(triples, form, prefixes, limits, self.prefixes)
            return body, "graph", media_type, None
        media_type = _acceptable(request.results_as, request, Results)
        body, rows = write_results(result, RESULT_TYPES[media_type], limits)
        if rows is not None and _settles(request):
            body = rows_in_order(body, RESULT_TYPES[media_type])
        return body, "boolean" if rows is None else "bindings", media_type, rows

    def _with_evidence(self, prepared: _Prepared, request: QueryRequest) -> _Written:
        told_by = self.asserted if request.asserted_only else self.dataset
        found, options = prepared.outline, prepared.options
        dataset = Dataset(prepared.graph, told_by, _default_graph(found, options), options)
        limits = self._limits
        try:
            body, rows = supported(dataset, limits, prepared.text, in_order=_settles(request))
        except SyntaxError:
            self._complain(prepared, request)
            raise
        return body, "bindings", Results.JSON.value, rows

    def _complain(self, prepared: _Prepared, request: QueryRequest) -> None:
        """Have the places in the engine's complaint be those of the query as it was sent."""
        if prepared.text != request.query:
            prepared.graph.query(request.query, **prepared.options)

    def _prepare(self, request: QueryRequest) -> _Prepared:
        """Everything about the query that is known before it is evaluated.

        Clients repeat themselves, so what was found out about short queries is kept for a while.
        """
        query = request.query
        found = outline(query, self.base)
        refuse(found)
        graph, options = self._over(request, found)
        default = options.get("default_graph", [DefaultGraph()])
        named = options.get("named_graphs")

        def absent(iri: str, name: str | None) -> bool:
            if name is None:
                return not graph.has_node(IRI(iri), default)
            there = IRI(name)
            if named is not None and there not in named:
                return False
            filled = next(graph.quads(g=there), None) is not None
            return filled and not graph.has_node(IRI(iri), [there])

        text = rewritten(query, found, absent, lambda iri: self._is_mixed(graph, iri))
        prepared = _Prepared(found, graph, text, {"base_iri": self.base, **options})
        if len(query) <= _SHORT and (graph is self.dataset or graph is self.asserted):
            self._prepared[request.question] = prepared
            if len(self._prepared) > _REMEMBERED:
                self._prepared.popitem(last=False)
        return prepared

    def _is_mixed(self, graph: Graph, predicate: str) -> bool:
        """The same as `sorting.is_mixed`, remembered for the graphs that stay."""
        stays = graph is self.dataset or graph is self.asserted
        key = graph is self.dataset, predicate
        if stays and key in self._mixed:
            return self._mixed[key]
        found = is_mixed(graph, predicate)
        if stays and len(self._mixed) < _REMEMBERED:
            self._mixed[key] = found
        return found

    def _over(self, request: QueryRequest, found: Outline) -> tuple[Graph, dict[str, Any]]:
        """The graph to ask, and what to tell the engine about the dataset.

        A dataset in the request replaces that of the query (SPARQL Protocol §2.1.4). Graphs are
        chosen from the store and never fetched; one that the store does not have is empty.
        """
        store = self.asserted if request.asserted_only else self.dataset
        asked = request.default_graphs, request.named_graphs
        default, named = asked if any(asked) else (found.default_graphs, found.named_graphs)
        if not default and not named:
            return store, {}
        if not any(asked) and not _absolute((*default, *named)):
            return store, {}  # the engine says what is wrong with them
        if len(default) > 1:
            # The engine would count a triple of two graphs twice; an RDF merge has it once.
            merged = self._merge(store, request.asserted_only, (default, named))
            return merged, {"default_graph": [DefaultGraph()], "named_graphs": _iris(named)}
        return store, {"default_graph": _iris(default), "named_graphs": _iris(named)}

    def _merge(self, store: Graph, asserted_only: bool, dataset: _Dataset) -> Graph:
        """A copy whose default graph is the merge of the dataset's; the last few are kept."""
        default, named = (tuple(sorted(names)) for names in dataset)
        key = asserted_only, (default, named)
        if key not in self._merged:
            self._merged[key] = Graph.of(self._bounded(_merge(store, default, named)))
        self._merged.move_to_end(key)
        while len(self._merged) > self.copies or self._too_many():
            self._merged.popitem(last=False)
        return self._merged[key]

    def _bounded(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        for number, quad in enumerate(quads):
            if number == self.most_merged:
                raise QueryTimeoutError(
                    f"query stopped: its graphs have more than {self.most_merged:,} quads, too"
                    " many to merge in memory",
                    hint="name one default graph, or use GRAPH; the limit comes from query_memory",
                )
            yield quad

    def _too_many(self) -> bool:
        return len(self._merged) > 1 and sum(map(len, self._merged.values())) > self.most_merged


def _settles(request: QueryRequest) -> bool:
    """Whether to give the rows in one order: who names a generation means the same bytes."""
    return request.version is not None and leaves_order_open(request.query)


def _default_graph(found: Outline, options: dict[str, Any]) -> GraphName | None:
    """The default graph of the query's dataset, None if that is empty; several were merged."""
    names = options.get("default_graph", found.default_graphs)
    if not isinstance(names, list | tuple):
        return DefaultGraph()
    if "default_graph" not in options and not (names or found.named_graphs):
        return DefaultGraph()
    return next((IRI(name) if isinstance(name, str) else name for name in names), None)


def _merge(store: Graph, default: Iterable[str], named: Iterable[str]) -> Iterator[Quad]:
    for name in _iris(default):
        for quad in store.quads(g=name):
            yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())
    for name in _iris(named):
        yield from store.quads(g=name)


def _absolute(names: Iterable[str]) -> bool:
    try:
        _iris(names)
    except ValueError:
        return False
    return True


def _iris(names: Iterable[str]) -> list[IRI]:
    return [IRI(name) for name in names]


def _acceptable(
    media_type: str | None, request: QueryRequest, available: type[Results] | type[Graphs]
) -> str:
    if media_type is None:
        raise NotAcceptableError(request.asked, [form.value for form in available])
    return media_type


def _sealed(body: bytes, media_type: str, coding: str | None) -> tuple[bytes, str | None, str]:
    """The body, compressed if that was asked for and is worth it, its coding and its validator."""
    etag = digest(body, media_type)
    if coding is None or len(body) < WORTH_COMPRESSING:
        return body, None, etag
    return compressed(body, coding), coding, f"{etag}-{coding}"
