"""One query from the command line: the endpoint's own processes, formats and limits."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from cgkg.formats import GRAPH_NAMES, RESULT_NAMES
from cgkg.rdf.notation import prefixed_name
from cgkg.sparql.protocol import QueryRequest, trim_query
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
) -> bytes:
    """The answer in the format asked for, or as a table (bindings) or Turtle (a graph).

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
    request = QueryRequest(
        query=trim_query(query),
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
        answer = pool.run(request)
    if named or answer.kind == "graph":
        return answer.body
    return table(json.loads(answer.body), generation.prefixes).encode("utf-8")


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
