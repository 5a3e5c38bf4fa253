"""Evidence for answers: the triples that each row of a SELECT stands on, and their clauses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from cgkg.document.spans import Span
from cgkg.errors import QueryError, QueryTimeoutError
from cgkg.formats import Format
from cgkg.presentation.resource import Statement, statements
from cgkg.rdf.terms import (
    IRI,
    BlankNode,
    DefaultGraph,
    GraphName,
    Literal,
    Subject,
    Term,
    Triple,
    parts,
)
from cgkg.rdf.vocab import XSD
from cgkg.sparql.ordering import rows_in_order
from cgkg.sparql.support.paths import Closure, shortest
from cgkg.sparql.support.patterns import Link
from cgkg.sparql.support.reading import refused
from cgkg.sparql.support.witness import Plan, plan
from cgkg.sparql.syntax import tokens
from cgkg.sparql.writing import Limits, write_results
from cgkg.store.graph import Graph, QueryBoolean, QueryTriples

MAX_ROWS = 1_000
MAX_TRIPLES = 200
MAX_SOLUTIONS = 100_000

# Asked twice they answer twice, and then no solution is that of a row.
_CHANGING = frozenset(("RAND", "UUID", "STRUUID", "BNODE", "NOW"))

Row = tuple[Term | None, ...]
Found = tuple[Triple, IRI | None]
Json = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """What a query is asked of.

    `graph` is asked with the engine's `options`; `default` is the graph that these make the
    default one, None if it is empty. `told_by` knows who says a triple, in whatever dataset.
    """

    graph: Graph
    told_by: Graph
    default: GraphName | None = field(default_factory=DefaultGraph)
    options: Mapping[str, Any] = field(default_factory=dict)

    def query(self, sparql: str) -> Any:
        """Ask it."""
        return self.graph.query(sparql, **self.options)

    def triples(
        self, graph: GraphName | None, s: Subject | None, p: IRI | None, o: Term | None
    ) -> Iterator[Triple]:
        """The triples of a graph that match, or of the default graph for None."""
        name = graph or self.default
        if name is not None:
            for quad in self.graph.quads(s, p, o, name):
                yield quad.triple


def supported(
    dataset: Dataset, limits: Limits, query: str, *, in_order: bool = False
) -> tuple[bytes, int]:
    """The answer to a SELECT as JSON, with the triples that support each row; how many rows.

    The member `evidence` has a list for every row of `results.bindings`; `evidenceOmitted` says
    how many further triples support the row. With `in_order` the rows are put in one order.

    Raises:
        QueryRefusedError: the query is not one that evidence is given for.
        QueryTimeoutError: it has more rows or solutions than evidence is given for, or the
            answer is larger than the limits.
        SyntaxError: the engine cannot read the query.
    """
    result = dataset.query(query)
    if isinstance(result, QueryBoolean | QueryTriples):
        kind = "an ASK" if isinstance(result, QueryBoolean) else "a CONSTRUCT or DESCRIBE"
        raise refused(f"{kind} query")
    for token in tokens(query):
        if token.name in _CHANGING:
            raise refused(f"a query with {token.name}, which gives another value each time")
    answer, _ = write_results(result, Format.JSON, limits)
    if in_order:
        answer = rows_in_order(answer, Format.JSON)
    content = json.loads(answer)
    columns: list[str] = content["head"]["vars"]
    bindings: list[Json] = content["results"]["bindings"]
    if len(bindings) > MAX_ROWS:
        raise QueryTimeoutError(
            f"evidence is given for at most {MAX_ROWS} rows, and the answer has {len(bindings)}",
            hint="ask for some of them with LIMIT, or for all without evidence=true",
        )
    rows = [tuple(_term(each.get(column)) for column in columns) for each in bindings]
    found = _Search(dataset, plan(query, columns), columns).support(rows)
    whole = answer.rstrip().removesuffix(b"}") + b"," + _members(dataset, found) + b"}"
    limits.check(len(whole))
    return whole, len(rows)


class _Search:
    """Finds the triples of rows by way of a plan."""

    def __init__(self, dataset: Dataset, plan: Plan, columns: Sequence[str]) -> None:
        self._dataset = dataset
        self._plan = plan
        self._columns = columns
        self._keys = [name[1:] for name in plan.keys]
        self._constants = self._terms(plan)
        self._trails: dict[tuple[object, ...], tuple[Found, ...]] = {}

    def _terms(self, plan: Plan) -> dict[str, Term]:
        """What the constants of the query mean, as the engine reads them."""
        if not plan.constants:
            return {}
        (solution,) = self._dataset.query(plan.terms())
        return dict(zip(plan.constants, solution, strict=True))

    def support(self, rows: Sequence[Row]) -> list[list[Found]]:
        """The triples of each row, those of earlier patterns first."""
        found = self._solutions(rows)
        places: dict[Row, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(row, []).append(place)
        support: list[list[Found]] = [[] for _ in rows]
        for row, equal in places.items():
            solutions = found[row]
            if not solutions and not self._plan.groups:
                raise QueryError(
                    f"no evidence could be found for row {equal[0] + 1}",
                    hint="ask without evidence=true, and report the query",
                )
            for place, ours in zip(equal, _shared(solutions, len(equal)), strict=True):
                support[place] = _in_order(ours)
        return support

    def _solutions(self, rows: Sequence[Row]) -> dict[Row, list[tuple[Found, ...]]]:
        """What each solution of the patterns matched, by the row it belongs to."""
        found: dict[Row, list[tuple[Found, ...]]] = {row: [] for row in rows}
        groups = self._groups() if self._plan.groups else None
        asked = self._plan.witnesses(self._some(rows) if self._plan.sliced else "")
        for count, solution in enumerate(self._dataset.query(asked)):
            if count >= MAX_SOLUTIONS:
                raise QueryTimeoutError(
                    f"evidence is given for at most {MAX_SOLUTIONS} solutions of the patterns",
                    hint="make the patterns more specific, or ask without evidence=true",
                )
            key = tuple(solution[name] for name in self._keys)
            for row in groups.get(key, ()) if groups is not None else (key,):
                if row in found:
                    found[row].append(tuple(self._matched(solution)))
        return found

    def _groups(self) -> dict[Row, list[Row]]:
        """The rows that each group makes."""
        found: dict[Row, list[Row]] = {}
        for solution in self._dataset.query(self._plan.groups):
            key = tuple(solution[name] for name in self._keys)
            found.setdefault(key, []).append(tuple(solution[name] for name in self._columns))
        return found

    def _some(self, rows: Sequence[Row]) -> str:
        """A VALUES block of what is surely bound in the rows; empty where nothing can be said."""
        wanted = [n for n, c in enumerate(self._columns) if f"?{c}" in self._plan.certain]
        cells = dict.fromkeys(tuple(row[n] for n in wanted) for row in rows)
        if not wanted or any(isinstance(t, BlankNode) or t is None for c in cells for t in c):
            return ""
        names = " ".join(f"?{self._columns[n]}" for n in wanted)
        lines = " ".join(f"({' '.join(map(str, cell))})" for cell in cells)
        return f"VALUES ({names}) {{ {lines} }}"

    def _matched(self, solution: Any) -> Iterator[Found]:
        for link in self._plan.links:
            if link.branch and solution[link.branch[1:]] is None:
                continue
            s, o = self._value(link.subject, solution), self._value(link.object, solution)
            graph = cast("IRI | None", self._value(link.graph, solution))
            if isinstance(link.predicate, Closure):
                yield from self._trail(link, link.predicate, s, o, graph)
                continue
            p = self._value(link.predicate, solution)
            if s is not None and p is not None and o is not None:
                yield Triple(cast("Subject", s), cast("IRI", p), o), graph

    def _value(self, term: str, solution: Any) -> Term | None:
        if term.startswith("?"):
            return cast("Term | None", solution[term[1:]])
        return self._constants[term] if term else None

    def _trail(
        self, link: Link, closure: Closure, start: Term | None, end: Term | None, graph: IRI | None
    ) -> tuple[Found, ...]:
        if start is None or end is None:
            return ()
        key = closure, start, end, graph
        if key not in self._trails:

            def lookup(s: Subject | None, p: IRI | None, o: Term | None) -> Iterable[Triple]:
                return self._dataset.triples(graph, s, p, o)

            trail = shortest(lookup, self._constants.__getitem__, start, closure, end)
            self._trails[key] = tuple((triple, graph) for triple in trail)
        return self._trails[key]


def _shared(solutions: list[tuple[Found, ...]], rows: int) -> Iterator[Sequence[tuple[Found, ...]]]:
    """The solutions of so many equal rows: one for each if they are as many, else all for all."""
    if rows > 1 and len(solutions) == rows:
        for solution in sorted(solutions, key=str):
            yield [solution]
    else:
        yield from [solutions] * rows


def _in_order(solutions: Iterable[tuple[Found, ...]]) -> list[Found]:
    """Every triple once: those of the first pattern, then those of the next."""
    places: dict[Found, int] = {}
    for solution in solutions:
        for place, found in enumerate(solution):
            places[found] = min(places.get(found, place), place)
    return sorted(places, key=lambda found: (places[found], str(found)))


# JSON


def _members(dataset: Dataset, support: Sequence[Sequence[Found]]) -> bytes:
    """`"evidence": […], "evidenceOmitted": […]`; each distinct triple is looked up once."""
    kept = [row[:MAX_TRIPLES] for row in support]
    distinct = dict.fromkeys(found for row in kept for found in row)
    triples = list(dict.fromkeys(triple for triple, _ in distinct))
    told = dict(zip(triples, statements(dataset.told_by, triples), strict=True))
    items = {found: json.dumps(_item(told[found[0]], found[1])) for found in distinct}
    lists = ",".join(f"[{','.join(items[found] for found in row)}]" for row in kept)
    omitted = [len(row) - len(shown) for row, shown in zip(support, kept, strict=True)]
    return f'"evidence":[{lists}],"evidenceOmitted":{json.dumps(omitted)}'.encode()


def _item(told: Statement, graph: IRI | None) -> Json:
    """A supporting triple; one that was matched in a named graph has the clause of that graph."""
    s, p, o = parts(told.triple)
    spans = [span for span in told.spans if graph is None or span.iri == graph]
    item: Json = {
        "subject": _json(s),
        "predicate": _json(p),
        "object": _json(o),
        "inferred": told.inferred,
        "spans": [_span(span) for span in spans],
        "graphs": [name.value for name in told.graphs],
    }
    if graph is not None:
        item["graph"] = graph.value
    if not isinstance(s, BlankNode) and not isinstance(o, BlankNode):
        value = o.value if isinstance(o, IRI) else str(o)
        item["fact"] = "/fact?" + urlencode({"s": s.value, "p": p.value, "o": value})
    return item


def _span(span: Span) -> Json:
    gist = span.gist or {}
    return {
        "iri": span.iri.value,
        "document": span.document.value,
        "start": span.start,
        "end": span.end,
        "section": span.section,
        "gist": {language: gist[language] for language in sorted(gist)},
    }


def _json(term: Term) -> Json:
    """A term as in SPARQL 1.1 Query Results JSON §3.2.2."""
    if isinstance(term, IRI):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    found = {"type": "literal", "value": term.value}
    if term.language:
        return {**found, "xml:lang": term.language}
    return found if term.datatype == XSD.string else {**found, "datatype": term.datatype.value}


def _term(value: Mapping[str, str] | None) -> Term | None:
    """The term that a JSON binding describes."""
    if value is None:
        return None
    match value["type"]:
        case "uri":
            return IRI(value["value"])
        case "bnode":
            return BlankNode(value["value"])
        case "literal" if "its:dir" not in value:
            language, datatype = value.get("xml:lang"), value.get("datatype")
            return Literal(
                value["value"], language=language, datatype=IRI(datatype) if datatype else None
            )
    raise refused("a query whose rows hold terms of RDF 1.2")
