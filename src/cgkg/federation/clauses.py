"""SERVICE in the text of a query: what each clause asks whom, and the answer in its place.

SPARQL 1.1 Federated Query §2: a clause is evaluated on its own, from the bottom up, and its
solutions are joined with what is around it. So it means the same as VALUES with these solutions,
which may stand wherever SERVICE may. A SERVICE within the pattern is the other endpoint's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cgkg.errors import EndpointError, QueryError, QueryRefusedError
from cgkg.rdf.terms import IRI, Literal
from cgkg.sparql.syntax import read_outline, refuse_unsupported
from cgkg.sparql.tree.edits import TextEdit, apply_edits
from cgkg.sparql.tree.mistakes import FORMS
from cgkg.sparql.tree.nodes import (
    NamedNode,
    Node,
    QueryTree,
    ServicePattern,
    Variable,
    children,
    variables,
    walk,
)
from cgkg.sparql.tree.parser import parse
from cgkg.sparql.tree.scopes import Scopes

MOST_CLAUSES = 8
MOST_CHARACTERS = 1 << 16  # of a query with SERVICE: it is read in the server itself
MOST_CELLS = 1_000_000  # of an answer: rows, each with all its variables

_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)")
_EMPTY = "VALUES(){"  # no shorter clause than `SERVICE :{}` can be written


@dataclass(frozen=True)
class ServiceClause:
    """One SERVICE clause, from `start` to `end` of the query's text.

    `query` is what the endpoint is asked; `variables` are those of the pattern, `in_scope` those
    that are in scope after one that is silent.
    """

    endpoint: str
    query: str
    silent: bool
    start: int
    end: int
    variables: frozenset[str]
    in_scope: tuple[str, ...]


def find_clauses(query: str, base: str) -> tuple[ServiceClause, ...]:
    """The outermost SERVICE clauses of a query, in order.

    Args:
        query: the text of the query.
        base: the IRI against which it is read where it has no BASE of its own.

    Raises:
        QueryRefusedError: an endpoint is a variable, or the query is too long, has too many
            clauses, or is nested or chained beyond reason.
        QuerySyntaxError: the query is not SPARQL 1.1.
    """
    outline = read_outline(query, base)
    if not outline.service or outline.form not in FORMS:
        return ()
    refuse_unsupported(replace(outline, service=False))
    if len(query) > MOST_CHARACTERS:
        raise QueryRefusedError(
            f"a query with SERVICE of {len(query):,} characters is refused",
            hint=f"the limit is {MOST_CHARACTERS:,}",
        )
    tree = parse(query, base, restricted=False)
    services = tuple(islice(_find_outermost(tree.query), MOST_CLAUSES + 1))
    if len(services) > MOST_CLAUSES:
        raise QueryRefusedError(
            f"the query has more than {MOST_CLAUSES} SERVICE clauses",
            hint="ask those of the same endpoint as one",
        )
    prologue = _find_prologue(tree)
    return tuple(_read_clause(tree, service, prologue) for service in services)


def replace_clauses(query: str, clauses: Sequence[ServiceClause], texts: Sequence[str]) -> str:
    """The query with each clause replaced by the text of the same place in `texts`."""
    pairs = zip(clauses, texts, strict=True)
    return apply_edits(query, [TextEdit(clause.start, clause.end, text) for clause, text in pairs])


def empty_clauses(query: str, clauses: Sequence[ServiceClause]) -> str:
    """The query with clauses that have no solution; all else stays at its line and column."""
    return replace_clauses(query, clauses, [_blank_out(query[c.start : c.end]) for c in clauses])


def _blank_out(text: str) -> str:
    lines = text.count("\n")
    last = len(text.rpartition("\n")[2]) - 1
    return _EMPTY + "\n" * lines + " " * (last if lines else last - len(_EMPTY)) + "}"


def _find_outermost(root: Node) -> Iterator[ServicePattern]:
    """The SERVICE patterns that stand in no other."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ServicePattern):
            yield node
        else:
            waiting += reversed(children(node))


def _find_prologue(tree: QueryTree) -> str:
    """What another endpoint must be told to read IRIs as they are meant."""
    prologue = tree.text[: tree.query.start]
    if any(isinstance(n, NamedNode) and _RELATIVE.match(n.text) for n in walk(tree)):
        # The other endpoint would take it for relative to its own address (§4.1.1.2).
        return f"BASE <{tree.base}>\n{prologue}"
    return prologue


def _read_clause(tree: QueryTree, service: ServicePattern, prologue: str) -> ServiceClause:
    if isinstance(service.endpoint, Variable):
        raise QueryRefusedError(
            f"SERVICE {tree.written(service.endpoint)} is refused: the endpoint has to be named",
            hint="write its IRI, once for each endpoint and with UNION between them",
        )
    names = dict.fromkeys(variable.name for variable in variables(service.group))
    visible = Scopes().of(service.group).visible if service.silent else frozenset()
    return ServiceClause(
        service.endpoint.iri,
        f"{prologue}SELECT * WHERE {tree.written(service.group)}",
        service.silent,
        service.start,
        service.end,
        frozenset(names),
        tuple(name for name in names if name in visible),
    )


# Answers


def write_unbound(clause: ServiceClause) -> str:
    """The VALUES for a SERVICE SILENT that failed: one solution that binds nothing (§2.2)."""
    return _write_rows(clause.in_scope, [["UNDEF"] * len(clause.in_scope)])


def write_values(clause: ServiceClause, answer: bytes) -> str:
    """The VALUES for a clause that was answered.

    Args:
        clause: the clause.
        answer: SPARQL 1.1 Query Results in JSON; a large one takes a while to read.

    Raises:
        EndpointError: they are none, or more than `MOST_CELLS`.
        QueryRefusedError: they have a term that a query cannot name, such as a blank node.
    """
    try:
        content = json.loads(answer)
        # Nothing else was asked for, and nothing else may be joined.
        names = [n for n in dict.fromkeys(content["head"]["vars"]) if n in clause.variables]
        bindings = content["results"]["bindings"]
        if len(names) * len(bindings) > MOST_CELLS:
            raise EndpointError(
                f"answers with {len(bindings):,} rows of {len(names):,} variables",
                hint=f"ask it for less; the limit is {MOST_CELLS:,} for the product",
            )
        rows = [
            [_write_term(row[name]) if name in row else "UNDEF" for name in names]
            for row in bindings
        ]
    except QueryError as error:
        raise type(error)(f"<{clause.endpoint}> {error.message}", hint=error.hint) from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise EndpointError(
            f"<{clause.endpoint}> does not answer with SPARQL results in JSON"
            f" ({type(error).__name__}: {error})"[:300],
            hint="see what it answers to the pattern alone",
        ) from None
    return _write_rows(names, rows)


def _write_rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    variables = " ".join(f"?{name}" for name in names)
    return f"VALUES ({variables}) {{ " + "\n".join(f"({' '.join(row)})" for row in rows) + " }"


def _write_term(value: Mapping[str, Any]) -> str:
    """The term of a binding (SPARQL 1.1 Query Results JSON §3.2.2) as a query has it."""
    kind, text = value["type"], value["value"]
    if kind == "uri":
        return str(IRI(text))
    if kind == "bnode":
        raise QueryRefusedError(
            "answers with a blank node, which no query can name",
            hint="leave it out with FILTER(!ISBLANK(?x)), or have the pattern be a sub-SELECT of"
            " other variables: SERVICE … { SELECT ?a ?b { … } }",
        )
    if kind not in ("literal", "typed-literal") or "its:dir" in value:
        raise QueryRefusedError(
            "answers with a term of RDF 1.2", hint="leave out the variable that it is bound to"
        )
    if "xml:lang" in value:
        return str(Literal(text, language=value["xml:lang"]))
    return str(Literal(text, datatype=IRI(value["datatype"]) if "datatype" in value else None))
