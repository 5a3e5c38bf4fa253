"""One query over a loaded graph: the complete answer as bytes, or an error of ours.

Runs in a worker process. The engine's own exceptions do not leave this module.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

from cgkg.errors import (
    CgkgError,
    QueryError,
    QueryLimitError,
)
from cgkg.formats import Format
from cgkg.messages import M_
from cgkg.rdf.terms import IRI, DefaultGraph, GraphName, Quad
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.answers import WrittenAnswer, encode_answer, needs_row_order, write_answer
from cgkg.sparql.diagnosis import explain
from cgkg.sparql.functions.registry import FunctionCalls
from cgkg.sparql.protocol import BASE, QueryAnswer, QueryRequest
from cgkg.sparql.rewriting.contents import (
    Contents,
    find_predicates,
    is_absent,
    list_graphs,
    overlaps,
    survey,
)
from cgkg.sparql.rewriting.rewrite import rewrite
from cgkg.sparql.support.evidence import Dataset, answer_with_evidence
from cgkg.sparql.syntax import Outline, read_outline, refuse_unsupported
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.unmatched.asked import read_asked_patterns
from cgkg.sparql.unmatched.check import TermCheck
from cgkg.sparql.unmatched.notes import write_notes
from cgkg.sparql.writing import AnswerLimits
from cgkg.store.graph import Graph

_REMEMBERED, _SHORT = 4096, 2048  # queries, and characters of one
# Seconds of evaluation after which an answer is not kept back to see why it is empty.
_SLOW = 5.0
# An aggregate over nothing is a row.
_AGGREGATE = re.compile(r"\b(?:COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\s*\(", re.IGNORECASE)
# In JSON, what is neither nought nor the empty string: a value that such a row does not have.
_VALUE = re.compile(rb'"value":"(?!0?")')

_Dataset = tuple[tuple[str, ...], tuple[str, ...]]


class _PreparedQuery(NamedTuple):
    """A query that is about to be evaluated: its outline, the graph to ask, the text for the
    engine, what else the engine is told, and the functions of ours that it calls.

    `unmatched` has why nothing may have been found, once that was looked for: the graph stays.
    """

    outline: Outline
    graph: Graph
    text: str
    options: dict[str, Any]
    calls: FunctionCalls
    unmatched: dict[bool, str]


@dataclass
class Evaluator:
    """Answers queries over a dataset, or over its asserted facts alone.

    Attributes:
        dataset: the graphs of a generation, asserted and inferred.
        asserted: the asserted facts, for requests without reasoning.
        max_bytes: bytes that an answer may have.
        max_rows: rows that an answer may have.
        copies: how many merged datasets are kept.
        most_merged: how many quads they may have together.
        base: what relative IRIs are relative to in a query without BASE (SPARQL 1.1 §4.1.1.2).
        prefixes: those with which graphs are written, and which are proposed where a declaration
            is missing.
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
    _found: dict[object, Any] = field(default_factory=dict, repr=False)
    _prepared: OrderedDict[object, _PreparedQuery] = field(default_factory=OrderedDict, repr=False)
    _checks: dict[bool, TermCheck] = field(default_factory=dict, repr=False)

    @cached_property
    def _limits(self) -> AnswerLimits:
        return AnswerLimits(self.max_bytes, self.max_rows)

    def answer(self, request: QueryRequest) -> QueryAnswer:
        """Evaluate the query and serialise all of its answer.

        This blocks for as long as the engine takes, for there is no limit of time here: a worker
        does it, which can be killed.

        Raises:
            QuerySyntaxError: the query is not SPARQL.
            QueryRefusedError: it is an update, uses SERVICE, or is nested too deeply.
            QueryLimitError: the answer exceeds the limit on bytes or memory.
            NotAcceptableError: it is of a kind for which the request takes no format.
            QueryError: the engine cannot evaluate it, or the format cannot say the answer.
        """
        started = time.perf_counter()
        failure: CgkgError | None = None
        complaint = ""
        try:
            prepared = self._prepared.get(request.question) or self._prepare(request)
            evaluate = self._evaluate_with_evidence if request.evidence else self._evaluate
            body, kind, media_type, rows, is_something = evaluate(prepared, request)
            prepared.calls.check()
            seconds = time.perf_counter() - started
            patience = min(_SLOW, (request.timeout or 2 * _SLOW) / 2)
            unmatched = ""
            if seconds < patience and (
                not is_something
                or (rows == 1 and not _VALUE.search(body) and _AGGREGATE.search(request.query))
            ):
                known = prepared.unmatched
                if is_something not in known:
                    known[is_something] = self._find_unmatched(prepared, request, sure=is_something)
                unmatched = known[is_something]
            body, coding, etag = encode_answer(body, media_type, request.coding, unmatched)
            seconds = time.perf_counter() - started
            lasting = prepared.outline.lasting
            return QueryAnswer(
                kind, media_type, rows, coding, etag, lasting, seconds, unmatched, body
            )
        except SyntaxError as error:
            complaint = str(error)
        except MemoryError:
            failure = QueryLimitError(
                M_("query stopped: it needs more memory than it may use"), limit="memory"
            )
        except (OSError, ValueError, RuntimeError) as error:
            failure = QueryError(f"the query failed: {error}")
        except CgkgError as error:
            failure = error.with_traceback(None)
        # Raised here it holds no frame of the evaluation, and with it no result of the engine,
        # which must not be dropped by another thread than this.
        raise failure or explain(complaint, request.query, self.base, self.prefixes)

    def _evaluate(self, prepared: _PreparedQuery, request: QueryRequest) -> WrittenAnswer:
        try:
            result = prepared.graph.query(prepared.text, **prepared.options)
        except SyntaxError:
            self._raise_for_original(prepared, request)
            raise
        return write_answer(result, request, self._limits, prepared.outline.prefixes, self.prefixes)

    def _evaluate_with_evidence(
        self, prepared: _PreparedQuery, request: QueryRequest
    ) -> WrittenAnswer:
        provenance = self.asserted if request.asserted_only else self.dataset
        outline, options = prepared.outline, prepared.options
        dataset = Dataset(prepared.graph, provenance, _default_graph(outline, options), options)
        limits = self._limits
        try:
            body, rows = answer_with_evidence(
                dataset, limits, prepared.text, in_order=needs_row_order(request)
            )
        except SyntaxError:
            self._raise_for_original(prepared, request)
            raise
        return WrittenAnswer(body, "bindings", Format.JSON.media_type, rows, rows > 0)

    def _find_unmatched(
        self, prepared: _PreparedQuery, request: QueryRequest, *, sure: bool
    ) -> str:
        """Why nothing was found, as the header says it; a failure to find out is no matter."""
        try:
            # What other endpoints said is no term of the query.
            tree = parse(request.sent or request.query, self.base, restricted=False)
            if sure and tree.query.group_by is not None:
                return ""
            asked = request.default_graphs, request.named_graphs
            names = (
                asked
                if any(asked)
                else (prepared.outline.default_graphs, prepared.outline.named_graphs)
            )
            check = self._checks.get(request.asserted_only)
            if check is None:
                store, inferred = self.dataset, None
                if request.asserted_only:
                    store, inferred = self.asserted, self.dataset
                check = self._checks[request.asserted_only] = TermCheck(store, inferred)
            patterns = read_asked_patterns(tree, *names)
            notes = check.find_notes(patterns, prepared.graph, prepared.options, sure=sure)
            return write_notes(notes)
        except (CgkgError, OSError, RuntimeError, ValueError, SyntaxError, MemoryError):
            return ""

    def _raise_for_original(self, prepared: _PreparedQuery, request: QueryRequest) -> None:
        """Have the places in the engine's complaint be those of the query as it was sent."""
        if prepared.text != request.query:
            prepared.graph.query(request.query, **prepared.options)

    def _prepare(self, request: QueryRequest) -> _PreparedQuery:
        """Everything about the query that is known before it is evaluated.

        Clients repeat themselves, so what was found out about short queries is kept for a while.
        """
        query = request.query
        outline = read_outline(query, self.base)
        refuse_unsupported(outline)
        graph, options = self._choose_graph(request, outline)
        contents = Contents(
            partial(is_absent, graph, options),
            partial(self._remember, graph, survey),
            partial(self._remember, graph, overlaps),
            partial(self._remember, graph, find_predicates),
            partial(list_graphs, graph, options),
        )
        text = rewrite(query, self.base, contents)
        calls = FunctionCalls(text)
        options = {"base_iri": self.base, **options, **calls.options}
        prepared = _PreparedQuery(outline, graph, text, options, calls, {})
        if len(query) <= _SHORT and (graph is self.dataset or graph is self.asserted):
            self._prepared[request.question] = prepared
            if len(self._prepared) > _REMEMBERED:
                self._prepared.popitem(last=False)
        return prepared

    def _remember(self, graph: Graph, find: Callable[..., Any], *about: object) -> Any:
        """What is found out about the graph, remembered for those that stay."""
        stays = graph is self.dataset or graph is self.asserted
        key = graph is self.dataset, find, about
        if stays and key in self._found:
            return self._found[key]
        fact = find(graph, *about)
        if stays and len(self._found) < _REMEMBERED:
            self._found[key] = fact
        return fact

    def _choose_graph(
        self, request: QueryRequest, outline: Outline
    ) -> tuple[Graph, dict[str, Any]]:
        """The graph to ask, and what to tell the engine about the dataset.

        A dataset in the request replaces that of the query (SPARQL Protocol §2.1.4). Graphs are
        chosen from the store and never fetched; one that the store does not have is empty.
        """
        store = self.asserted if request.asserted_only else self.dataset
        asked = request.default_graphs, request.named_graphs
        default, named = asked if any(asked) else (outline.default_graphs, outline.named_graphs)
        if not default and not named:
            return store, {}
        if not any(asked) and not _are_absolute((*default, *named)):
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
            self._merged[key] = Graph.of(self._bound(_merge(store, default, named)))
        self._merged.move_to_end(key)
        while len(self._merged) > self.copies or self._too_many():
            self._merged.popitem(last=False)
        return self._merged[key]

    def _bound(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        for number, quad in enumerate(quads):
            if number == self.most_merged:
                raise QueryLimitError(
                    M_(
                        "query stopped: its graphs have more than {limit} quads, too many to merge"
                        " in memory",
                        limit=f"{self.most_merged:,}",
                    ),
                    hint=M_(
                        "name one default graph, or use GRAPH; the limit comes from query_memory"
                    ),
                    limit="memory",
                )
            yield quad

    def _too_many(self) -> bool:
        return len(self._merged) > 1 and sum(map(len, self._merged.values())) > self.most_merged


def _default_graph(outline: Outline, options: dict[str, Any]) -> GraphName | None:
    """The default graph of the query's dataset, None if that is empty; several were merged."""
    names = options.get("default_graph", outline.default_graphs)
    if not isinstance(names, list | tuple):
        return DefaultGraph()
    if "default_graph" not in options and not (names or outline.named_graphs):
        return DefaultGraph()
    return next((IRI(name) if isinstance(name, str) else name for name in names), None)


def _merge(store: Graph, default: Iterable[str], named: Iterable[str]) -> Iterator[Quad]:
    for name in _iris(default):
        for quad in store.quads(g=name):
            yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())
    for name in _iris(named):
        yield from store.quads(g=name)


def _are_absolute(names: Iterable[str]) -> bool:
    try:
        _iris(names)
    except ValueError:
        return False
    return True


def _iris(names: Iterable[str]) -> list[IRI]:
    return [IRI(name) for name in names]
