"""What is dated, by lane and in order, and what of the same class is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cgkg.document.spans import Span
from cgkg.presentation.resource import Names
from cgkg.project.pages import TimelineSettings
from cgkg.rdf.terms import IRI
from cgkg.web.parts.asking import Told, evidence_of, names_of
from cgkg.web.parts.dated import Dated, TimelineFacts, clause_names_of, read_timeline
from cgkg.web.site import Site


@dataclass(frozen=True)
class TimelineFilter:
    """What an address asks for; all without it."""

    lanes: tuple[IRI, ...] = ()
    kinds: tuple[IRI, ...] = ()
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Lane:
    """What belongs together: things with their dates, in order, and those without.

    Where a page of it is shown, `dated` and `undated` are those of the page, and the counts of all.
    """

    iri: IRI | None
    dated: tuple[tuple[IRI, tuple[Dated, ...]], ...]
    undated: tuple[IRI, ...]
    dated_count: int
    undated_count: int


@dataclass(frozen=True)
class Chronicle:
    """A timeline: `every_lane` and `every_kind` can be asked for. It has so many things with a date
    and without, in so many pages."""

    settings: TimelineSettings
    lanes: tuple[Lane, ...]
    dated: int
    undated: int
    pages: int
    every_lane: tuple[IRI, ...]
    every_kind: Mapping[IRI, int]
    years: tuple[int, int] | None
    told: Told
    clauses: Mapping[IRI, tuple[Span, ...]]
    names: Names


def chronicle(
    site: Site, asked: TimelineFilter, *, number: int = 1, count: int | None = None
) -> Chronicle:
    """The timeline of the site, as an address asks for it.

    Args:
        site: whose graph is asked.
        asked: what is left out.
        number: which page of it.
        count: how many rows with a date, and without, a page has; by default there is one page.
    """
    known = site.kept.once("timeline", lambda: read_timeline(site))
    settings, lanes_of, kinds_of = known.settings, known.lanes_of, known.kinds_of
    inside = {i for i, own in lanes_of.items() if not asked.lanes or own & set(asked.lanes)}
    kept = {i: d for i, d in known.dated.items() if i in inside and _wanted(i, kinds_of, asked)}
    kept = {item: held for item, dates in kept.items() if (held := _between(dates, asked))}
    undated = [i for i in inside if i not in known.dated and _wanted(i, kinds_of, asked)]
    lanes = _lanes(kept, undated, known, asked)
    years = [m.year for dates in kept.values() for d in dates for m in (d.first, d.last)]
    pages = 1
    if count is not None:
        most = max(sum(e.dated_count for e in lanes), sum(e.undated_count for e in lanes))
        pages = max(1, -(-most // count))
        lanes = tuple(_page_of(lanes, (number - 1) * count, count))
    shown = {item: dates for each in lanes for item, dates in each.dated}
    named = clause_names_of(site, dict.fromkeys(item for each in lanes for item in each.undated))
    told = evidence_of(
        site,
        [triple for dates in shown.values() for each in dates for triple in each.triples],
        {name for held in named.values() for name in held},
    )
    clauses = {i: _in_order(told.spans[n] for n in held if n in told.spans)
               for i, held in named.items()}  # fmt: skip
    return Chronicle(
        settings,
        lanes,
        len(kept),
        len(undated),
        pages,
        known.every_lane,
        known.every_kind,
        (min(years), max(years)) if years else None,
        told,
        clauses,
        names_of(
            site, {*_named(settings, shown, known.every_kind, told), *named, *known.every_lane}
        ),
    )


def query_of(settings: TimelineSettings) -> str:
    """The query that finds what is dated."""
    ways = []
    for each in settings.dates:
        holder = f"?item {each.via} ?holder . " if each.via else "BIND(?item AS ?holder) "
        for property in dict.fromkeys(p for p in (each.start, each.end) if p):
            pattern = f"?holder {property} ?date ."
            ways.append(
                f"{{ {holder}{pattern} BIND({property} AS ?property) }}"
                if each.via
                else f"{{ ?item {property} ?date . BIND({property} AS ?property) }}"
            )
    lane = f"\n  OPTIONAL {{ ?item {settings.lane} ?lane }}" if settings.lane else ""
    body = "\n  UNION\n  ".join(ways)
    return (
        f"SELECT DISTINCT ?lane ?item ?property ?date WHERE {{\n  {body}{lane}\n}}\n"
        "ORDER BY ?lane ?date ?item"
    )


def _wanted(item: IRI, kinds_of: Mapping[IRI, set[IRI]], asked: TimelineFilter) -> bool:
    return not asked.kinds or bool(kinds_of.get(item, set()) & set(asked.kinds))


def _between(dates: Iterable[Dated], asked: TimelineFilter) -> tuple[Dated, ...]:
    """The dates that are at least in part between the years."""
    return tuple(
        each
        for each in dates
        if (asked.start is None or each.last.year >= asked.start)
        and (asked.end is None or each.first.year <= asked.end)
    )


def _lanes(
    dated: Mapping[IRI, tuple[Dated, ...]],
    undated: Iterable[IRI],
    known: TimelineFacts,
    asked: TimelineFilter,
) -> tuple[Lane, ...]:
    def first(item: IRI) -> tuple[object, ...]:
        return dated[item][0].first, dated[item][0].last, item.value

    def told(item: IRI) -> tuple[object, ...]:
        return known.told[item], item.value

    own, without = _by_lane(dated, known), _by_lane(undated, known)
    lanes = []
    keys: tuple[IRI | None, ...] = asked.lanes or (*known.every_lane, None)
    for key in keys:
        if own[key] or without[key] or asked.lanes:
            rows_ = tuple((item, dated[item]) for item in sorted(own[key], key=first))
            ends = tuple(sorted(without[key], key=told))
            lanes.append(Lane(key, rows_, ends, len(rows_), len(ends)))
    return tuple(lanes)


def _by_lane(items: Iterable[IRI], known: TimelineFacts) -> Mapping[IRI | None, Sequence[IRI]]:
    """The things of each lane, and of None those without one."""
    held: dict[IRI | None, list[IRI]] = defaultdict(list)
    for item in items:
        own = known.lanes_of[item]
        for lane in own:
            held[lane].append(item)
        if not own:
            held[None].append(item)
    return held


def _page_of(lanes: Iterable[Lane], start: int, count: int) -> Iterator[Lane]:
    """The lanes with what of them is among so many rows with a date, and without, from there on."""
    dated = undated = start
    for lane in lanes:
        yield replace(
            lane,
            dated=lane.dated[max(dated, 0) : max(dated + count, 0)],
            undated=lane.undated[max(undated, 0) : max(undated + count, 0)],
        )
        dated, undated = dated - lane.dated_count, undated - lane.undated_count


def _in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: span.rank))


def _named(
    settings: TimelineSettings,
    dated: Mapping[IRI, tuple[Dated, ...]],
    kinds: Iterable[IRI],
    told: Told,
) -> set[IRI]:
    holders = {each.holder for dates in dated.values() for each in dates if each.holder}
    return {*settings.terms(), *dated, *holders, *kinds, *told.names()}
