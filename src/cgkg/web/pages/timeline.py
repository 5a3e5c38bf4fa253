"""The timeline at /timeline: a list of what is dated, drawn beside, and of what is not."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request

from cgkg.languages import N_, known, tag, text
from cgkg.rdf.terms import IRI
from cgkg.web.parts.chronicle import Chronicle, TimelineFilter, chronicle, query_of
from cgkg.web.parts.dated import Dated, Moment
from cgkg.web.parts.links import Here, number_in, read_written, written
from cgkg.web.parts.sheets import sheet
from cgkg.web.parts.view import View
from cgkg.web.rendering import page, routes_of, view_of
from cgkg.web.request import page_number, site_of
from cgkg.web.site import Site

_MOST_TICKS = 12
_COUNT = 50  # rows with a date, and without, of a page


@dataclass(frozen=True)
class Scale:
    """The years that are drawn, and where a date stands among them, in per cent."""

    first: int
    last: int

    @property
    def ticks(self) -> tuple[int, ...]:
        """The years that are named."""
        sizes = (n * 10**power for power in range(6) for n in (1, 2, 5))
        step = next(s for s in sizes if (self.last - self.first) // s < _MOST_TICKS)
        return tuple(range(-(-self.first // step) * step, self.last + 1, step))

    def at(self, moment: Moment, *, within: float = 0.5) -> str:
        """Where a date stands; `within` says where in its year or month if it says no more."""
        months = (moment.month - 1 + within) / 12 if moment.month else within
        return self._percent(moment.year + months)

    def line(self, year: int) -> str:
        """Where a year begins."""
        return self._percent(year)

    def middle(self, year: int) -> str:
        """Where the middle of a year is."""
        return self._percent(year + 0.5)

    def _percent(self, place: float) -> str:
        return f"{100 * (place - self.first) / (self.last + 1 - self.first):.2f}%"


def routes() -> Blueprint:
    """The address of the timeline."""
    return routes_of("timeline", _page, _csv)


def _asked(site: Site) -> TimelineFilter:
    """What the address asks for.

    Raises:
        ProtocolError: it names what is no IRI, or years that are none.
    """
    lanes, kinds = (
        tuple(read_written(site, name, text) for text in request.args.getlist(name) if text)
        for name in ("lane", "class")
    )
    return TimelineFilter(
        lanes, kinds, number_in(request.args, "from"), number_in(request.args, "to")
    )


def _page() -> Response:
    site = site_of()
    asked = _asked(site)
    number = page_number()
    shown = chronicle(site, asked, number=number, count=_COUNT)
    view = view_of(shown.names)
    pairs = request.args.items(multi=True)
    kept = ("lane", "class", "from", "to")
    return page(
        "timeline.html",
        view,
        shown=shown,
        asked=asked,
        here=Here(view, "/timeline", tuple((n, v) for n, v in pairs if n in kept and v)),
        scale=Scale(*shown.years) if shown.years else None,
        write=lambda iri: written(site, iri),
        name_of=lambda dated: _name(view, dated),
        when=lambda dated: period(dated, view.language),
        query=query_of(shown.settings) if shown.settings.dates else "",
        number=number,
        one=lambda lane: next((each for each in shown.lanes if each.iri == lane), None),
    )


def _name(view: View, dated: Dated) -> str:
    """What a date is called: by the project, else by its property."""
    said = dated.said
    property = said.start or said.end
    assert property is not None
    return view.pick(said.name) or view.label(property)


def period(dated: Dated, language: str) -> str:
    """A date or period as a person reads it."""
    start = moment_text(dated.start, language) if dated.start else ""
    end = moment_text(dated.end, language) if dated.end else ""
    if dated.point or start == end:
        return start
    if not end:
        return text(N_("from {start}"), language).format(start=start)
    if not start:
        return text(N_("until {end}"), language).format(end=end)
    return text(N_("{start} to {end}"), language).format(start=start, end=end)


def moment_text(moment: Moment, language: str) -> str:
    """A date as the language writes it, as precisely as it is said."""
    from babel.dates import format_skeleton  # only where a page names dates

    skeleton = "yMMMMd" if moment.day else "yMMMM" if moment.month else "y"
    try:
        day = datetime.datetime(moment.year, moment.month or 1, moment.day or 1)
        return format_skeleton(skeleton, day, locale=tag(language).replace("-", "_"))
    except ValueError:  # before the year 1, or no day of the calendar
        parts = (part for part in (moment.month, moment.day) if part)
        return "-".join((str(moment.year), *(f"{part:02}" for part in parts)))


def _csv() -> Response:
    """A row per date of a thing, in order, and one per thing without, with the clauses of each."""
    site = site_of()
    shown = chronicle(site, _asked(site))
    view = view_of(shown.names)
    names = [f"{what}_{each}" for what in ("lane", "thing") for each in known()]
    header = ["lane", "thing", "start", "end", "target", "property", "of", *names, "clauses"]
    return sheet(header, _csv_rows(view, shown), "timeline")


def _csv_rows(view: View, shown: Chronicle) -> Iterator[list[str]]:
    for lane in shown.lanes:
        for item, dates in lane.dated:
            for each in dates:
                held = (shown.told.statements.get(triple) for triple in each.triples)
                spans = dict.fromkeys(s.iri.value for told in held if told for s in told.spans)
                property = each.said.start or each.said.end
                dated = [_iso(each.start), _iso(each.end), "true" if each.said.target else "false"]
                holder = each.holder.value if each.holder else ""
                row = [*dated, property.value if property else "", holder]
                yield _line(view, lane.iri, item, row, " ".join(spans))
        for item in lane.undated:
            clauses = " ".join(span.iri.value for span in shown.clauses.get(item, ()))
            yield _line(view, lane.iri, item, [""] * 5, clauses)


def _line(view: View, lane: IRI | None, item: IRI, row: list[str], clauses: str) -> list[str]:
    named = [view.labels(i).get(each, "") if i else "" for i in (lane, item) for each in known()]
    return [lane.value if lane else "", item.value, *row, *named, clauses]


def _iso(moment: Moment | None) -> str:
    if moment is None:
        return ""
    parts = [f"{moment.year:04}", f"{moment.month:02}", f"{moment.day:02}"]
    return "-".join(parts[: 1 + bool(moment.month) + bool(moment.day)])
