"""Evidence for answers: the triples that each row of a SELECT stands on, and their clauses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from cgkg.document.spans import Span
from cgkg.document.statements import Statement, statements
from cgkg.errors import QueryError, QueryLimitError
from cgkg.formats import Format
from cgkg.messages import M_
from cgkg.rdf.terms import (
    IRI,
    BlankNode,
    DefaultGraph,
    GraphName,
    Literal,
    Quad,
    Subject,
    Term,
    Triple,
    parts,
)
from cgkg.rdf.vocab import XSD
from cgkg.sparql.ordering import sort_rows
from cgkg.sparql.support.paths import RepeatedPath, find_trail
from cgkg.sparql.support.reading import read, unsupported_error
from cgkg.sparql.support.witness import Plan, plan
from cgkg.sparql.tree.nodes import BuiltInCall, walk
from cgkg.sparql.writing import AnswerLimits, write_results
from cgkg.store.excerpt import Excerpt
from cgkg.store.graph import Graph, QueryBoolean, QueryTriples

MAX_ROWS = 1_000
MAX_TRIPLES = 200
MAX_SOLUTIONS = 100_000

# Asked twice they answer twice, and then no solution is that of a row.
_CHANGING = frozenset(("RAND", "UUID", "STRUUID", "BNODE", "NOW"))

Row = tuple[Term | None, ...]
SupportingTriple = tuple[Triple, IRI | None]
Json = dict[str, Any]


class Askable(Protocol):
    """What a query is asked of, as `Graph` has it."""

    def query(self, sparql: str, **options: Any) -> Any:
        """Solutions, a boolean or triples."""

    def quads(
        self, s: Subject | None, p: IRI | None, o: Term | None, g: GraphName | None
    ) -> Iterator[Quad]:
        """The quads that match."""


@dataclass(frozen=True)
class Dataset:
    """What a query is asked of.

    `graph` is asked with the engine's `options`; `default` is the graph that these make the
    default one, None if it is empty. `provenance` knows who says a triple, in whatever dataset.
    """

    graph: Askable
    provenance: Graph | Excerpt
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


def answer_with_evidence(
    dataset: Dataset, limits: AnswerLimits, query: str, *, in_order: bool = False
) -> tuple[bytes, int]:
    """The answer to a SELECT as JSON, with the triples that support each row; how many rows.

    The member `evidence` has a list for every row of `results.bindings`; `evidenceOmitted` says
    how many further triples support the row.

    Args:
        dataset: what is asked.
        limits: what the answer may have.
        query: the text of the query.
        in_order: whether to put the rows in one order.

    Raises:
        QueryRefusedError: the query is not one that evidence is given for.
        QueryLimitError: it has more rows or solutions than evidence is given for, or the
            answer is larger than the limits.
        SyntaxError: the engine cannot read the query.
    """
    result = dataset.query(query)
    if isinstance(result, QueryBoolean | QueryTriples | list):
        kind = "an ASK" if isinstance(result, QueryBoolean) else "a CONSTRUCT or DESCRIBE"
        raise unsupported_error(f"{kind} query")
    tree = read(query)
    for node in walk(tree.query):
        if isinstance(node, BuiltInCall) and node.name in _CHANGING:
            raise unsupported_error(
                f"a query with {node.name}, which gives another value each time"
            )
    answer, _ = write_results(result, Format.JSON, limits)
    if in_order:
        answer = sort_rows(answer, Format.JSON)
    content = json.loads(answer)
    columns: list[str] = content["head"]["vars"]
    bindings: list[Json] = content["results"]["bindings"]
    if len(bindings) > MAX_ROWS:
        raise QueryLimitError(
            M_(
                "evidence is given for at most {limit} rows, and the answer has {count}",
                limit=MAX_ROWS,
                count=len(bindings),
            ),
            hint=M_("ask for some of them with LIMIT, or for all without evidence=true"),
            limit="evidence",
        )
    rows = [tuple(read_term(each.get(column)) for column in columns) for each in bindings]
    support = _EvidenceSearch(dataset, plan(tree, columns), columns).support(rows)
    whole = answer.rstrip().removesuffix(b"}") + b"," + _write_members(dataset, support) + b"}"
    limits.check(len(whole))
    return whole, len(rows)


class _EvidenceSearch:
    """Finds the triples of rows by way of a plan."""

    def __init__(self, dataset: Dataset, plan: Plan, columns: Sequence[str]) -> None:
        self._dataset = dataset
        self._plan = plan
        self._columns = columns
        self._keys = [name[1:] for name in plan.keys]
        self._constants = self._read_constants(plan)
        self._trails: dict[tuple[object, ...], tuple[SupportingTriple, ...]] = {}

    def _read_constants(self, plan: Plan) -> dict[str, Term]:
        """What the constants of the query mean, as the engine reads them."""
        if not plan.constants:
            return {}
        (solution,) = self._dataset.query(plan.write_constants())
        return dict(zip(plan.constants, solution, strict=True))

    def support(self, rows: Sequence[Row]) -> list[list[SupportingTriple]]:
        """The triples of each row, those of earlier patterns first."""
        by_row = self._find_solutions(rows)
        places: dict[Row, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(row, []).append(place)
        support: list[list[SupportingTriple]] = [[] for _ in rows]
        for row, equal in places.items():
            solutions = by_row[row]
            if not solutions and not self._plan.groups:
                raise QueryError(
                    f"no evidence could be found for row {equal[0] + 1}",
                    hint="ask without evidence=true, and report the query",
                )
            for place, ours in zip(equal, _distribute(solutions, len(equal)), strict=True):
                support[place] = _sort_triples(ours)
        return support

    def _find_solutions(self, rows: Sequence[Row]) -> dict[Row, list[tuple[SupportingTriple, ...]]]:
        """What each solution of the patterns matched, by the row it belongs to."""
        by_row: dict[Row, list[tuple[SupportingTriple, ...]]] = {row: [] for row in rows}
        groups = self._find_groups() if self._plan.groups else None
        query = self._plan.write_witnesses(self._write_values(rows) if self._plan.sliced else "")
        for count, solution in enumerate(self._dataset.query(query)):
            if count >= MAX_SOLUTIONS:
                raise QueryLimitError(
                    M_(
                        "evidence is given for at most {limit} solutions of the patterns",
                        limit=MAX_SOLUTIONS,
                    ),
                    hint=M_("make the patterns more specific, or ask without evidence=true"),
                    limit="evidence",
                )
            key = tuple(solution[name] for name in self._keys)
            for row in groups.get(key, ()) if groups is not None else (key,):
                if row in by_row:
                    by_row[row].append(tuple(self._find_matched(solution)))
        return by_row

    def _find_groups(self) -> dict[Row, list[Row]]:
        """The rows that each group makes."""
        rows_by_key: dict[Row, list[Row]] = {}
        for solution in self._dataset.query(self._plan.groups):
            key = tuple(solution[name] for name in self._keys)
            rows_by_key.setdefault(key, []).append(tuple(solution[name] for name in self._columns))
        return rows_by_key

    def _write_values(self, rows: Sequence[Row]) -> str:
        """A VALUES block of what is surely bound in the rows; empty where nothing can be said."""
        wanted = [n for n, c in enumerate(self._columns) if f"?{c}" in self._plan.certain]
        cells = dict.fromkeys(tuple(row[n] for n in wanted) for row in rows)
        if not wanted or any(isinstance(t, BlankNode) or t is None for c in cells for t in c):
            return ""
        names = " ".join(f"?{self._columns[n]}" for n in wanted)
        lines = " ".join(f"({' '.join(map(str, cell))})" for cell in cells)
        return f"VALUES ({names}) {{ {lines} }}"

    def _find_matched(self, solution: Any) -> Iterator[SupportingTriple]:
        for pattern in self._plan.patterns:
            if pattern.branch and solution[pattern.branch[1:]] is None:
                continue
            s, o = self._term_at(pattern.subject, solution), self._term_at(pattern.object, solution)
            graph = cast("IRI | None", self._term_at(pattern.graph, solution))
            if isinstance(pattern.predicate, RepeatedPath):
                yield from self._find_trail(pattern.predicate, s, o, graph)
                continue
            p = self._term_at(pattern.predicate, solution)
            if s is not None and p is not None and o is not None:
                yield Triple(cast("Subject", s), cast("IRI", p), o), graph

    def _term_at(self, term: str, solution: Any) -> Term | None:
        if term.startswith("?"):
            return cast("Term | None", solution[term[1:]])
        return self._constants[term] if term else None

    def _find_trail(
        self, path: RepeatedPath, start: Term | None, end: Term | None, graph: IRI | None
    ) -> tuple[SupportingTriple, ...]:
        if start is None or end is None:
            return ()
        key = path, start, end, graph
        if key not in self._trails:

            def lookup(s: Subject | None, p: IRI | None, o: Term | None) -> Iterable[Triple]:
                return self._dataset.triples(graph, s, p, o)

            trail = find_trail(lookup, self._constants.__getitem__, start, path, end)
            self._trails[key] = tuple((triple, graph) for triple in trail)
        return self._trails[key]


def _distribute(
    solutions: list[tuple[SupportingTriple, ...]], rows: int
) -> Iterator[Sequence[tuple[SupportingTriple, ...]]]:
    """The solutions of so many equal rows: one for each if they are as many, else all for all."""
    if rows > 1 and len(solutions) == rows:
        for solution in sorted(solutions, key=str):
            yield [solution]
    else:
        yield from [solutions] * rows


def _sort_triples(solutions: Iterable[tuple[SupportingTriple, ...]]) -> list[SupportingTriple]:
    """Every triple once: those of the first pattern, then those of the next."""
    places: dict[SupportingTriple, int] = {}
    for solution in solutions:
        for place, triple in enumerate(solution):
            places[triple] = min(places.get(triple, place), place)
    return sorted(places, key=lambda triple: (places[triple], str(triple)))


# JSON


def _write_members(dataset: Dataset, support: Sequence[Sequence[SupportingTriple]]) -> bytes:
    """`"evidence": […], "evidenceOmitted": […]`; each distinct triple is looked up once."""
    kept = [row[:MAX_TRIPLES] for row in support]
    distinct = dict.fromkeys(pair for row in kept for pair in row)
    triples = list(dict.fromkeys(triple for triple, _ in distinct))
    said = dict(zip(triples, statements(dataset.provenance, triples), strict=True))
    items = {pair: json.dumps(_describe(said[pair[0]], pair[1])) for pair in distinct}
    lists = ",".join(f"[{','.join(items[pair] for pair in row)}]" for row in kept)
    omitted = [len(row) - len(shown) for row, shown in zip(support, kept, strict=True)]
    return f'"evidence":[{lists}],"evidenceOmitted":{json.dumps(omitted)}'.encode()


def _describe(statement: Statement, graph: IRI | None) -> Json:
    """A supporting triple; one that was matched in a named graph has the clause of that graph."""
    s, p, o = parts(statement.triple)
    spans = [span for span in statement.spans if graph is None or span.iri == graph]
    item: Json = {
        "subject": _describe_term(s),
        "predicate": _describe_term(p),
        "object": _describe_term(o),
        "inferred": statement.inferred,
        "spans": [describe_span(span) for span in spans],
        "graphs": [name.value for name in statement.graphs],
    }
    if graph is not None:
        item["graph"] = graph.value
    if not isinstance(s, BlankNode) and not isinstance(o, BlankNode):
        value = o.value if isinstance(o, IRI) else str(o)
        item["fact"] = "/fact?" + urlencode({"s": s.value, "p": p.value, "o": value})
    return item


def describe_span(span: Span) -> Json:
    """A clause as JSON."""
    gist = span.gist or {}
    return {
        "iri": span.iri.value,
        "document": span.document.value,
        "start": span.start,
        "end": span.end,
        "section": span.section,
        "gist": {language: gist[language] for language in sorted(gist)},
    }


def _describe_term(term: Term) -> Json:
    """A term as in SPARQL 1.1 Query Results JSON §3.2.2."""
    if isinstance(term, IRI):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    literal = {"type": "literal", "value": term.value}
    if term.language:
        return {**literal, "xml:lang": term.language}
    return literal if term.datatype == XSD.string else {**literal, "datatype": term.datatype.value}


def read_term(value: Mapping[str, str] | None) -> Term | None:
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
    raise unsupported_error("a query whose rows hold terms of RDF 1.2")
