"""One query over a loaded graph: the complete answer as bytes, or an error of ours.

Runs in a worker process. The engine's own exceptions do not leave this module.
"""

from __future__ import annotations

import io
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cgkg.errors import CgkgError, NotAcceptableError, QueryError, QueryTimeoutError
from cgkg.query.diagnosis import explain
from cgkg.query.negotiation import GRAPH_TYPES, RESULT_TYPES, Graphs, Results
from cgkg.query.protocol import QueryAnswer, QueryRequest
from cgkg.query.support import Dataset, supported
from cgkg.query.syntax import Outline, outline, refuse
from cgkg.rdf import IRI, DefaultGraph, Format, GraphName, Quad, Triple, write
from cgkg.store import Graph, QueryBoolean, QueryResultsFormat, QueryTriples
from cgkg.vocab import PREFIXES

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

# What XML 1.0 cannot carry in any form (§2.2), as UTF-8.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
# A predicate must end like an XML name, or RDF/XML has no way to write it.
_XML_NAME_AT_END = re.compile(r"[^\W\d][\w.·-]*$")
_PREFIX_USED = re.compile(rb'(?:^|[\s^(])([^\s:"<>^(]*):')
_TRIM_LIMIT = 1 << 20

_Dataset = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass
class Evaluator:
    """Answers queries over a dataset, or over its asserted facts alone.

    `max_bytes` bounds an answer; `copies` is how many merged datasets are kept for reuse.
    """

    dataset: Graph
    asserted: Graph
    max_bytes: int
    copies: int = 4
    _merged: OrderedDict[tuple[bool, _Dataset], Graph] = field(
        default_factory=OrderedDict, repr=False
    )

    def answer(self, request: QueryRequest) -> QueryAnswer:
        """Evaluate the query and serialise all of its answer.

        Raises:
            QuerySyntaxError: the query is not SPARQL.
            QueryRefusedError: it is an update, uses SERVICE, or is nested too deeply.
            QueryTimeoutError: the answer exceeds the limit on bytes or memory.
            NotAcceptableError: it is of a kind for which the request takes no format.
            QueryError: anything else the engine reports.
        """
        found = outline(request.query)
        refuse(found)
        failure: CgkgError
        try:
            graph, options = self._over(request, found)
            if request.evidence:
                return self._with_evidence(graph, request, found, options)
            return self._evaluate(graph, request, found, options)
        except SyntaxError as error:
            failure = explain(str(error), request.query, found)
        except MemoryError:
            failure = QueryTimeoutError("query stopped: it needs more memory than it may use")
        except (OSError, ValueError, RuntimeError) as error:
            failure = QueryError(f"the query failed: {error}")
        except CgkgError as error:
            failure = error.with_traceback(None)
        # Raised here it holds no frame of the evaluation, and with it no result of the engine,
        # which must not be dropped by another thread than this.
        raise failure

    def _evaluate(
        self, graph: Graph, request: QueryRequest, found: Outline, options: dict[str, Any]
    ) -> QueryAnswer:
        result = graph.query(request.query, **options)
        spool = _Spool(self.max_bytes)
        if isinstance(result, QueryTriples):
            media_type = _acceptable(request.graph_as, request, Graphs)
            body = _write_graph(result, GRAPH_TYPES[media_type], found, spool)
            return QueryAnswer("graph", media_type, body)
        media_type = _acceptable(request.results_as, request, Results)
        form = RESULT_TYPES[media_type]
        result.serialize(spool, format=QueryResultsFormat.from_media_type(form.value))
        body = _as_xml(spool.getvalue()) if form is Results.XML else spool.getvalue()
        kind = "boolean" if isinstance(result, QueryBoolean) else "bindings"
        return QueryAnswer(kind, media_type, body)

    def _with_evidence(
        self, graph: Graph, request: QueryRequest, found: Outline, options: dict[str, Any]
    ) -> QueryAnswer:
        told_by = self.asserted if request.asserted_only else self.dataset
        dataset = Dataset(graph, told_by, _default_graph(found, options), options)
        spool = _Spool(self.max_bytes)
        spool.write(supported(dataset, request.query))
        return QueryAnswer("bindings", Results.JSON.value, spool.getvalue())

    def _over(self, request: QueryRequest, found: Outline) -> tuple[Graph, dict[str, Any]]:
        """The graph to ask, and what to tell the engine about the dataset.

        A dataset in the request replaces that of the query (SPARQL Protocol §2.1.4). Graphs are
        chosen from the store and never fetched; one that the store does not have is empty.
        """
        store = self.asserted if request.asserted_only else self.dataset
        asked = request.default_graphs, request.named_graphs
        default, named = asked if any(asked) else (found.default_graphs, found.named_graphs)
        if not any(asked) and not _absolute((*default, *named)):
            return store, {}  # the engine says what is wrong with them
        if len(default) > 1:
            # The engine would count a triple of two graphs twice; an RDF merge has it once.
            merged = self._merge(store, request.asserted_only, (default, named))
            return merged, {"default_graph": DefaultGraph(), "named_graphs": _iris(named)}
        if any(asked):
            return store, {"default_graph": _iris(default), "named_graphs": _iris(named)}
        return store, {}

    def _merge(self, store: Graph, asserted_only: bool, dataset: _Dataset) -> Graph:
        """A copy whose default graph is the merge of the dataset's; the last few are kept."""
        default, named = (tuple(sorted(names)) for names in dataset)
        key = asserted_only, (default, named)
        if key not in self._merged:
            self._merged[key] = Graph.of(_merge(store, default, named))
        self._merged.move_to_end(key)
        while len(self._merged) > self.copies:
            self._merged.popitem(last=False)
        return self._merged[key]


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


class _Spool(io.BytesIO):
    """Where the engine writes an answer; refuses to grow beyond the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, part: Buffer) -> int:
        if self.tell() + memoryview(part).nbytes > self._limit:
            raise QueryTimeoutError(
                f"query stopped: its answer is larger than {self._limit} bytes",
                hint="ask for less, for instance with LIMIT; the limit is query_max_bytes",
            )
        return super().write(part)


def _write_graph(triples: Iterable[Triple], form: Graphs, found: Outline, spool: _Spool) -> bytes:
    """The triples in the format; Turtle and TriG with the prefixes that they use."""
    syntax = Format.from_media_type(form.value)
    assert syntax is not None, form
    if form is Graphs.RDF_XML:
        write(_writable_in_xml(triples), spool, syntax)
        return _as_xml(spool.getvalue())
    if form not in (Graphs.TURTLE, Graphs.TRIG):
        write(triples, spool, syntax)
        return spool.getvalue()
    # The query's own names go before ours for the same namespace.
    own = set(found.prefixes.values())
    ours = {name: space for name, space in PREFIXES.items() if space not in own}
    write(triples, spool, syntax, prefixes={**ours, **found.prefixes})
    return _without_unused_prefixes(spool.getvalue())


def _without_unused_prefixes(body: bytes) -> bytes:
    """The document without the declarations it does not need; a large one is left as it is."""
    if len(body) > _TRIM_LIMIT:
        return body
    lines = body.splitlines(keepends=True)
    count = next(
        (i for i, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines)
    )
    used = set(_PREFIX_USED.findall(b"".join(lines[count:])))
    kept = [line for line in lines[:count] if line.split(b" ", 2)[1].rstrip(b":") in used]
    return b"".join([*kept, *lines[count:]])


def _writable_in_xml(triples: Iterable[Triple]) -> Iterator[Triple]:
    for triple in triples:
        if not _XML_NAME_AT_END.search(triple.predicate.value):
            raise QueryError(
                f"RDF/XML cannot write the predicate <{triple.predicate.value}>",
                hint="ask for Turtle, N-Triples or JSON-LD",
            )
        yield triple


def _as_xml(body: bytes) -> bytes:
    """The document as an XML parser will read it back, or an error where XML cannot say it."""
    if _NOT_XML.search(body):
        raise QueryError(
            "the answer holds a control character, which XML cannot carry",
            hint="ask for a format that is not XML",
        )
    # A bare carriage return would be read as a line feed (XML 1.0 §2.11); the writer makes none.
    return body.replace(b"\r", b"&#xD;")
