"""One query from the command line: the endpoint's own processes, formats and limits."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from cgkg.errors import QuerySyntaxError
from cgkg.formats import GRAPH_NAMES, RESULT_NAMES
from cgkg.rdf.notation import abbreviate_text, prefixed_name
from cgkg.sparql.protocol import QueryRequest, trim_query
from cgkg.sparql.syntax import read_outline, read_tokens
from cgkg.sparql.unmatched.notes import read_notes, tell
from cgkg.store.generations import Generation
from cgkg.workers.threads import QueryPool

_WIDEST = 60


def ask(
    generation: Generation,
    query: str,
    form: str | None,
    timeout: float,
    asserted: bool,
    *,
    mark: bool = False,
    spreadsheet: bool = False,
) -> tuple[bytes, tuple[str, ...]]:
    """The answer in the format asked for, or as a table (bindings) or Turtle (a graph); and why it
    may be empty.

    Prefixes that the query does not declare are those of the generation.

    Args:
        generation: what is asked.
        query: SPARQL 1.1.
        form: "table" or a short name as in `cgkg.formats`; None for the default.
        timeout: seconds after which the query is stopped.
        asserted: ask the asserted facts alone.
        mark: begin CSV or TSV with a byte order mark.
        spreadsheet: begin CSV with it, and neutralize formulas.

    Raises:
        QueryError: as `QueryPool.run`.
        NotAcceptableError: the format does not fit the kind of query.
    """
    named = form if form != "table" else None
    results = RESULT_NAMES.get(named or "json")
    graphs = GRAPH_NAMES.get(named or "ttl") if form != "table" else None
    query = trim_query(query)
    declarations = _declare(query, generation.prefixes)
    request = QueryRequest(
        query=declarations + query,
        results_as=results.media_type if results else None,
        graph_as=graphs.media_type if graphs else None,
        asked=form or "table",
        timeout=timeout,
        asserted_only=asserted,
        mark=mark,
        spreadsheet=spreadsheet,
    )
    files = (generation.dataset_file, generation.asserted_file)
    with QueryPool.start(*files, workers=1, timeout=timeout, prefixes=generation.prefixes) as pool:
        try:
            answer = pool.run(request)
        except QuerySyntaxError as error:
            raise _move_up(error, declarations.count("\n")) from None
    notes = tuple(
        tell(note, str, lambda term: abbreviate_text(term, generation.prefixes))
        for note in read_notes(answer.unmatched)
    )
    if named or answer.kind == "graph":
        return answer.body, notes
    return table(json.loads(answer.body), generation.prefixes).encode("utf-8"), notes


def _declare(query: str, known: Mapping[str, str]) -> str:
    """A line that declares the known prefixes which the query uses and does not declare."""
    declared = read_outline(query).prefixes
    used = dict.fromkeys(
        token.text.partition(":")[0] for token in read_tokens(query) if token.kind == "name"
    )
    missing = [name for name in used if name in known and name not in declared]
    return "".join(f"PREFIX {name}: <{known[name]}> " for name in missing) + "\n" * bool(missing)


def _move_up(error: QuerySyntaxError, lines: int) -> QuerySyntaxError:
    """The error, its place so many lines further up."""
    if not lines or error.line is None:
        return error
    line = error.line - lines
    message = error.message.replace(f"line {error.line},", f"line {line},", 1)
    return QuerySyntaxError(message, line=line, column=error.column, hint=error.hint)


def table(answer: dict[str, Any], prefixes: Mapping[str, str]) -> str:
    """SPARQL results in JSON as an aligned text table with a closing count."""
    if "boolean" in answer:
        return "yes\n" if answer["boolean"] else "no\n"
    names = answer["head"]["vars"]
    rows = [
        [_show(row.get(name), prefixes) for name in names] for row in answer["results"]["bindings"]
    ]
    widths = [
        min(_WIDEST, max(_width(cell) for cell in column))
        for column in zip(names, *rows, strict=True)
    ]
    rule = ["-" * width for width in widths]
    lines = [_line(row, widths) for row in (names, rule, *rows)]
    count = f"({len(rows)} solution{'s' * (len(rows) != 1)})"
    return "\n".join([*lines, count]) + "\n"


def _show(term: dict[str, str] | None, prefixes: Mapping[str, str]) -> str:
    if term is None:
        return ""
    value = term["value"]
    if term["type"] != "uri":
        return value.replace("\n", " ")
    return prefixed_name(value, prefixes) or f"<{value}>"


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal the text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
