"""Asking a dataset in batches: each call of a `Reader` is one request, whatever it asks of.

`LocalReader` looks things up in a `Graph`; `SparqlReader` writes each request as one SPARQL query,
for an engine elsewhere. What a page has read is kept by `cgkg.store.excerpt.Excerpt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from cgkg.rdf.terms import IRI, BlankNode, DefaultGraph, GraphName, Quad, Subject, Term, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.store.graph import Graph

Row: TypeAlias = Mapping[str, Term]
DEFAULT = DefaultGraph()

NESTING = (
    RDF.first, RDF.rest, OWL.onProperty, OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue,
    OWL.onClass, OWL.onDataRange, OWL.onDatatype, OWL.withRestrictions, OWL.intersectionOf,
    OWL.unionOf, OWL.oneOf, OWL.complementOf, OWL.datatypeComplementOf, OWL.disjointUnionOf,
    OWL.inverseOf, OWL.members, OWL.distinctMembers, OWL.hasKey, OWL.propertyChainAxiom,
    OWL.equivalentClass, OWL.disjointWith, RDFS.subClassOf,
)  # fmt: skip
"""The properties by which expressions and lists of OWL are nested in each other."""


class QuadPattern(NamedTuple):
    """Quads that match: None is anything, and as a graph the default graph and all named ones."""

    s: Subject | None = None
    p: IRI | None = None
    o: Term | None = None
    g: GraphName | None = None


class Reader(Protocol):
    """One dataset, which does not change; any thread may ask, and each call blocks."""

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        """The quads that match each of the patterns, in one request.

        Args:
            patterns: terms are compared as they are written; literals in the dataset's form.
            limit: the most quads of each pattern.
            offset: how many of each pattern to leave out, in an order that stays the same.
        """

    def nested(self, nodes: Sequence[Subject], *, up: bool = False) -> list[Triple]:
        """What the default graph says of the blank nodes that belong to these, in one request.

        These are the blank nodes among them, their values that are blank nodes, and whatever blank
        nodes those lead to. Of each all triples are there.

        Args:
            nodes: subjects.
            up: also those that lead here by one of `NESTING`, as the restrictions on a property
                do, and what leads to these: then all triples to each blank node are there, too.
        """

    def select(self, query: str) -> list[Row]:
        """The rows of a SELECT query without prefixes, each with the variables that are bound."""


class LocalReader:
    """Looks things up in a graph of this process."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        """As of `Reader`."""
        end = None if limit is None else offset + limit
        return [self._graph.match(pattern, offset, end) for pattern in patterns]

    def nested(self, nodes: Sequence[Subject], *, up: bool = False) -> list[Triple]:
        """As of `Reader`."""
        find = self._graph.triples
        triples: dict[Triple, None] = {}
        seen: set[BlankNode] = set()
        waiting = list(self._tops(nodes, up=up))
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            for triple in find(node):
                triples[triple] = None
                if isinstance(triple.object, BlankNode):
                    waiting.append(triple.object)
            for triple in find(o=node) if up else ():
                triples[triple] = None
                if isinstance(triple.subject, BlankNode):
                    waiting.append(triple.subject)
        return list(triples)

    def _tops(self, nodes: Iterable[Subject], *, up: bool) -> Iterator[BlankNode]:
        find = self._graph.triples
        for node in nodes:
            if isinstance(node, BlankNode):
                yield node
                continue
            values = (triple.object for triple in find(node))
            yield from (value for value in values if isinstance(value, BlankNode))
            for predicate in NESTING if up else ():
                subjects = (triple.subject for triple in find(p=predicate, o=node))
                yield from (each for each in subjects if isinstance(each, BlankNode))

    def select(self, query: str) -> list[Row]:
        """As of `Reader`."""
        solutions = self._graph.query(query)
        names = [variable.value for variable in solutions.variables]
        return [{name: row[name] for name in names if row[name] is not None} for row in solutions]


class SparqlReader:
    """Writes each request as one SPARQL 1.1 query.

    Blank nodes have no names in SPARQL. `nested` therefore follows properties other than `NESTING`
    one step only, and both need an engine that gives a blank node the same label in each answer.
    """

    def __init__(self, ask: Callable[[str], Iterable[Row]], only: str = "") -> None:
        """Ask nothing yet.

        Args:
            ask: the rows of a SELECT query, whole or an error.
            only: a FILTER over ?s, ?p, ?o and ?g that quads have to pass; ?g may be unbound.
        """
        self._ask, self._only = ask, only

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        """As of `Reader`.

        Raises:
            ValueError: a blank node is in a pattern.
        """
        matches: list[list[Quad]] = [[] for _ in patterns]
        query = quads_query(patterns, limit, offset, self._only) if patterns else ""
        for row in self._ask(query) if query else ():
            s, p, o, g = (row.get(name) for name in "spog")
            matches[int(row["n"].value)].append(Quad(s, p, o, g or DEFAULT))  # type: ignore[arg-type]
        return matches

    def nested(self, nodes: Sequence[Subject], *, up: bool = False) -> list[Triple]:
        """As of `Reader`, with the limit that is told above; blank nodes are left out."""
        named = [node for node in nodes if isinstance(node, IRI)]
        rows = self._ask(nested_query(named, up=up)) if named else ()
        return [Triple(row["s"], row["p"], row["o"]) for row in rows]  # type: ignore[arg-type]

    def select(self, query: str) -> list[Row]:
        """As of `Reader`."""
        return list(self._ask(query))


def quads_query(
    patterns: Sequence[QuadPattern], limit: int | None = None, offset: int = 0, only: str = ""
) -> str:
    """The query for `Reader.quads`: patterns with the same terms given are one block of VALUES.

    `?n` is the number of the pattern; `?g` is unbound in the default graph. `only` is a FILTER.
    """
    end = f" {only}" if only else ""
    if any(isinstance(term, BlankNode) for pattern in patterns for term in pattern):
        raise ValueError("a blank node has no name in SPARQL")
    if limit is not None or offset:
        cut = (f" LIMIT {limit}" if limit is not None else "") + f" OFFSET {offset}"
        blocks = [
            f"{{ SELECT * WHERE {{ {_block(_shape(pattern), [(number, pattern)])}{end} }}{cut} }}"
            for number, pattern in enumerate(patterns)
        ]
    else:
        shapes: dict[str, list[tuple[int, QuadPattern]]] = {}
        for number, pattern in enumerate(patterns):
            shapes.setdefault(_shape(pattern), []).append((number, pattern))
        blocks = [f"{{ {_block(shape, part)}{end} }}" for shape, part in shapes.items()]
    return f"SELECT ?n ?s ?p ?o ?g WHERE {{ {' UNION '.join(blocks)} }}"


def _shape(pattern: QuadPattern) -> str:
    """Which terms are given, as their letters; `d` for the default graph alone."""
    given = (name for name, term in zip("spog", pattern, strict=True) if term is not None)
    return "".join(given).replace("g", "d" if pattern.g == DEFAULT else "g")


def _block(shape: str, part: Iterable[tuple[int, QuadPattern]]) -> str:
    given = [name for name in shape if name != "d"]
    rows = (
        f"({number} {' '.join(str(getattr(pattern, name)) for name in given)})"
        for number, pattern in part
    )
    values = f"VALUES (?n {' '.join('?' + name for name in given)}) {{ {' '.join(rows)} }}"
    match shape[-1:]:
        case "d":
            return f"{values} ?s ?p ?o"
        case "g":
            return f"{values} GRAPH ?g {{ ?s ?p ?o }}"
    # In both branches: not every engine joins a union from what is given.
    return f"{{ {values} ?s ?p ?o }} UNION {{ {values} GRAPH ?g {{ ?s ?p ?o }} }}"


def nested_query(nodes: Iterable[IRI], *, up: bool = False) -> str:
    """The query for `Reader.nested`."""
    roots = f"VALUES ?root {{ {' '.join(map(str, nodes))} }}"
    steps = "|".join(map(str, NESTING))
    below = f"{{ ?root ?q ?b FILTER(isBlank(?b)) ?b ({steps})* ?n FILTER(isBlank(?n)) }}"
    about = "{ ?n ?p ?o BIND(?n AS ?s) }"
    if not up:
        return f"SELECT DISTINCT ?s ?p ?o WHERE {{ {roots} {below} {about} }}"
    above = (
        f"{{ ?b ({steps}) ?root FILTER(isBlank(?b)) ?b ^({steps})* ?t ."
        f" ?t ({steps})* ?n FILTER(isBlank(?n)) }}"
    )
    upper = f"{{ ?root ?q ?b FILTER(isBlank(?b)) ?b ^({steps})* ?t . ?t ({steps})* ?n }}"
    return (
        f"SELECT DISTINCT ?s ?p ?o WHERE {{ {roots} {{ {upper} UNION {above} }}"
        f" FILTER(isBlank(?n)) {{ {about} UNION {{ ?s ?p ?n BIND(?n AS ?o) }} }} }}"
    )
