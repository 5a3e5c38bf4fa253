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
from cgkg.sparql.diagnosis import syntax_error_at
from cgkg.sparql.syntax import FORMS, Outline, expand_iri, read_outline, refuse_unsupported
from cgkg.sparql.tokenlist import TextEdit, TokenList, apply_edits

MOST_CLAUSES = 8
MOST_CHARACTERS = 1 << 16  # of a query with SERVICE: it is read in the server itself
MOST_CELLS = 1_000_000  # of an answer: rows, each with all its variables

_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)")
# Whether the variables within a bracket are in scope after the pattern; those of SELECT are.
_SHOWN, _HIDDEN, _PROJECTION = "shown", "hidden", "projection"
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
        QuerySyntaxError: SERVICE is not followed by an IRI and a group.
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
    clauses = tuple(islice(_ClauseReader(query, outline).read(), MOST_CLAUSES + 1))
    if len(clauses) > MOST_CLAUSES:
        raise QueryRefusedError(
            f"the query has more than {MOST_CLAUSES} SERVICE clauses",
            hint="ask those of the same endpoint as one",
        )
    return clauses


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


class _ClauseReader:
    """Finds the clauses of one query."""

    def __init__(self, query: str, outline: Outline) -> None:
        self._query, self._outline, self._text = query, outline, TokenList(query)
        places = range(len(self._text))
        form = next(self._text[i].start for i in places if self._text.is_word(i, *FORMS))
        self._prologue = query[:form]
        if any(self._text.kind(i) == "iri" and _RELATIVE.match(self._text.text(i)) for i in places):
            # The other endpoint would take it for relative to its own address (§4.1.1.2).
            self._prologue = f"BASE <{outline.base}>\n{self._prologue}"

    def read(self) -> Iterator[ServiceClause]:
        at, text = 0, self._text
        while at < len(text):
            if not text.is_word(at, "SERVICE"):
                at += 1
                continue
            silent = text.is_word(at + 1, "SILENT")
            target = at + 1 + silent
            endpoint = self._read_endpoint(target)
            opening = target + 1
            closing = text.closing(opening)
            if text.text(opening) != "{" or text.text(closing) != "}":
                raise syntax_error_at(
                    self._query, text[at].start, "SERVICE is not followed by an IRI and { … }"
                )
            yield self._read_clause(endpoint, silent, at, opening, closing)
            at = closing + 1

    def _read_endpoint(self, index: int) -> str:
        token = self._text[min(index, len(self._text) - 1)]
        if token.kind == "variable":
            raise QueryRefusedError(
                f"SERVICE {token.text} is refused: the endpoint has to be named",
                hint="write its IRI, once for each endpoint and with UNION between them",
            )
        if token.kind not in ("iri", "name"):
            raise syntax_error_at(self._query, token.start, "SERVICE is not followed by an IRI")
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and prefix not in self._outline.prefixes:
            raise syntax_error_at(self._query, token.start, f"the prefix {prefix}: is not declared")
        return expand_iri(token.text, self._outline.base, self._outline.prefixes)

    def _read_clause(
        self, endpoint: str, silent: bool, at: int, opening: int, closing: int
    ) -> ServiceClause:
        text, block = self._text, range(opening + 1, closing)
        start, end = text[opening].start, text[closing].end
        in_scope = self._find_in_scope(opening, closing) if silent else ()
        return ServiceClause(
            endpoint,
            f"{self._prologue}SELECT * WHERE {self._query[start:end]}",
            silent,
            text[at].start,
            end,
            frozenset(text.variables(block)),
            tuple(dict.fromkeys(in_scope)),
        )

    def _find_in_scope(self, opening: int, closing: int) -> Iterator[str]:
        """The variables that are in scope after the pattern (§18.2.1), as brackets tell it."""
        text = self._text
        around = [self._scope(opening)]
        for i in range(opening + 1, closing):
            kind = text.kind(i)
            if kind == "open":
                in_select = around[-1] == _PROJECTION and text.text(i) == "{"
                hides = text.text(i) == "(" or text.is_word(i - 1, "FILTER", "EXISTS", "MINUS")
                hidden = in_select or hides or around[-1] == _HIDDEN
                around.append(_HIDDEN if hidden else self._scope(i))
            elif kind == "close":
                around.pop()
                if text.text(i) == "}" and around[-1] == _PROJECTION:
                    around[-1] = _HIDDEN  # GROUP BY and the like
            elif kind == "variable":
                scope = around[-2 if text.is_word(i - 1, "AS") and len(around) > 1 else -1]
                if scope != _HIDDEN:
                    yield text.text(i)[1:]

    def _scope(self, opening: int) -> str:
        select = opening + 1
        names = self._text.is_word(select, "SELECT") and not self._text.star_in([select])
        return _PROJECTION if names else _SHOWN


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
