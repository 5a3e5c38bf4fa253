"""The comparison at /compare: a matrix, one cell of it open, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from cgkg.http.requests import ProtocolError
from cgkg.languages import known
from cgkg.project.pages import CompareSettings, RowSettings
from cgkg.rdf.terms import IRI, Triple
from cgkg.web.parts.comparable import settings_of
from cgkg.web.parts.compared import KINDS, SHARED
from cgkg.web.parts.links import Here, read_written, written
from cgkg.web.parts.matrix import (
    Cell,
    Matrix,
    Picked,
    matrix,
    query_of,
)
from cgkg.web.parts.sheets import sheet
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, routes_of, view_of
from cgkg.web.request import site_of
from cgkg.web.site import Site

_SHOWN_MARKS = 24
_SHOWN_COLUMNS = 12  # where none is picked
_MOST_PICKED = 200


def routes() -> Blueprint:
    """The address of the comparison."""
    return routes_of("compare", _page, _csv)


def _picked(site: Site, most: int | None = None) -> Picked:
    """What the address picks, and without it the first columns, so many as are given.

    Raises:
        ProtocolError: it names what is no IRI, too much, or a column of no row.
    """
    rows, columns = (
        tuple(dict.fromkeys(read_written(site, name, text) for text in request.args.getlist(name)))
        for name in ("row", "column")
    )
    if len(rows) + len(columns) > _MOST_PICKED:
        raise ProtocolError(f"more than {_MOST_PICKED} rows and columns")
    row, column = request.args.get("open", ""), request.args.get("at", "")
    if column and not row:
        raise ProtocolError("at names the column of no cell", hint="write open=ROW&at=COLUMN")
    opened = read_written(site, "open", row) if row else None
    at = read_written(site, "at", column) if column else None
    return Picked(rows, columns, opened, at, most)


def _by(site: Site, said: CompareSettings) -> RowSettings:
    """The rows that the address asks for, by their property; the first without it.

    Raises:
        ProtocolError: the project compares by no such property.
    """
    wish = request.args.get("by", "")
    if not wish:
        return said.rows[0]
    asked = read_written(site, "by", wish)
    row = next((each for each in said.rows if each.property == asked), None)
    if row is None:
        hint = ", ".join(written(site, each.property) for each in said.rows)
        raise ProtocolError(f"by: nothing is compared by {wish[:200]}", hint=hint)
    return row


def _here(view: View) -> Here:
    pairs = request.args.items(multi=True)
    kept = ("by", "row", "column", "shared", "open", "at")
    return Here(view, "/compare", tuple((n, v) for n, v in pairs if n in kept and v))


def _page() -> Response:
    site = site_of()
    said = settings_of(site)
    if said is None:
        return page("compare.html", view_of(), compared=None)
    by, picked = _by(site, said), _picked(site, _SHOWN_COLUMNS)
    shown = matrix(site, said, by, picked)
    view = view_of(shown.names)
    here = _here(view)
    return page(
        "compare.html",
        view,
        compared=said,
        shown=shown,
        here=here,
        picked=picked,
        kinds=KINDS,
        with_shared=bool(said.through) and request.args.get("shared") != "off",
        empty=Cell(),
        shown_marks=_SHOWN_MARKS,
        write=lambda iri: written(site, iri),
        triple=Triple,
        query=query_of(said, by, shown),
    )


def _csv() -> Response:
    """A row per thing in a cell, own and shared, and per figure, with the clauses of each."""
    site = site_of()
    said = settings_of(site)
    names = [f"{what}_{each}" for what in ("row", "column", "thing") for each in known()]
    header = ["row", "column", "kind", "thing", *names, "clauses"]
    if said is None:
        return sheet(header, (), "compare")
    by, picked = _by(site, said), _picked(site)
    shown = matrix(site, said, by, picked, whole=True)
    view = view_of(shown.names)
    cells = list(_rows(view, said, shown)) + list(_figure_rows(view, shown))
    return sheet(header, cells, "compare")


def _rows(view: View, said: CompareSettings, shown: Matrix) -> Iterator[list[str]]:
    for row in shown.rows:
        for column in shown.columns:
            cell = shown.cells.get((row, column), Cell())
            for kind, things in cell.own.items():
                for thing in things:
                    clauses = _clauses(
                        shown,
                        Triple(thing, shown.by.property, row),
                        Triple(thing, said.own, column),
                    )
                    yield _line(view, row, column, kind, thing, clauses)
            for each in cell.shared:
                yield _line(view, row, column, SHARED, each.thing, "")


def _figure_rows(view: View, shown: Matrix) -> Iterator[list[str]]:
    for indicator, part in shown.figures.items():
        for column in shown.columns:
            for figure in part.get(column, ()):
                clauses = " ".join(span.iri.value for span in figure.spans)
                line = _line(view, indicator, column, "figure", figure.iri, clauses)
                said = [figure.text.get(each, "") for each in known()]
                yield [*line[: -1 - len(said)], *said, clauses]


def _line(view: View, row: IRI, column: IRI, kind: str, thing: IRI, clauses: str) -> list[str]:
    names = [view.labels(i).get(each, "") for i in (row, column, thing) for each in known()]
    return [row.value, column.value, kind, thing.value, *names, clauses]


def _clauses(shown: Matrix, *triples: Triple) -> str:
    held = (shown.statement(triple) for triple in triples)
    spans = (span.iri.value for each in held if each for span in each.spans)
    return " ".join(dict.fromkeys(spans))
