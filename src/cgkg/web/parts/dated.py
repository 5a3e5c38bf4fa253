"""What is dated and what is not, by thing, read once of a generation."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cgkg.document.spans import Span
from cgkg.project.pages import DateSettings, Pages, TimelineSettings
from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple
from cgkg.rdf.vocab import GRAPH, OWL, PROV, RDF, RDFS, SKOS
from cgkg.web.parts.asking import Row, rows, values
from cgkg.web.parts.dating import BEGINNING, CORE, DATATYPES, END, derived
from cgkg.web.site import Site

_DATE = re.compile(r"(-?\d{4,6})(?:-(\d\d)(?:-(\d\d))?)?(?=$|[TZ+-])|(-?\d{1,6})$")
_STANDARD = (RDF, RDFS, OWL, SKOS, PROV)
_FEWEST, _MOST = 2, 12  # lanes that are not named
_APART = f"{GRAPH.inferred}, {GRAPH.ontology}, {GRAPH.shapes}"


class Moment(NamedTuple):
    """A date as precise as it is said: month and day are 0 where they are not."""

    year: int
    month: int = 0
    day: int = 0


@dataclass(frozen=True)
class Dated:
    """A date or period of a thing, either side of which may be open.

    `holder` is what has it: the thing itself, or what its `via` leads to.
    """

    said: DateSettings
    start: Moment | None
    end: Moment | None
    holder: IRI | None
    triples: tuple[Triple, ...]

    @property
    def first(self) -> Moment:
        """Where it stands in an order."""
        return self.start or self.end or Moment(0)

    @property
    def last(self) -> Moment:
        """What it lasts to."""
        return self.end or self.start or Moment(0)

    @property
    def point(self) -> bool:
        """Whether it is no period."""
        return self.start == self.end


@dataclass(frozen=True)
class TimelineFacts:
    """What a timeline is made of whatever an address asks for, by thing; `told` is where in its
    document something is said first of what has no date."""

    settings: TimelineSettings
    dated: Mapping[IRI, tuple[Dated, ...]]
    lanes_of: Mapping[IRI, set[IRI]]
    kinds_of: Mapping[IRI, set[IRI]]
    every_lane: tuple[IRI, ...]
    every_kind: Mapping[IRI, int]
    told: Mapping[IRI, tuple[object, ...]]


def read_timeline(site: Site) -> TimelineFacts:
    """Read it in nine batches at most."""
    said = Pages.of(site.project.get("pages") or {}).timeline
    date_rows = _dates(site, said)
    settings = said or TimelineSettings(derived(p for _, p, _ in date_rows))
    dated = _of_things(site, settings, date_rows, told=said is not None)
    settings = _completed(settings, _about(site, dated))
    lanes_of = _lanes_of(site, settings, dated)
    kinds_of = _kinds_of(site, lanes_of)
    every_lane = tuple(sorted({lane for held in lanes_of.values() for lane in held}, key=str))
    counted = Counter(kind for item in lanes_of for kind in kinds_of.get(item, ()))
    names = clause_names_of(site, [item for item in lanes_of if item not in dated])
    return TimelineFacts(
        settings,
        dated,
        lanes_of,
        kinds_of,
        every_lane,
        dict(sorted(counted.items(), key=lambda each: (-each[1], each[0].value))),
        {item: _first_place(held) for item, held in names.items()},
    )


def read_moment(value: Term, month: Term | None = None) -> Moment | None:
    """The date of a literal, with the month that stands beside a year; None if it is none."""
    match = _DATE.match(value.value) if isinstance(value, Literal) else None
    if match is None:
        return None
    year, in_year, day = int(match[1] or match[4]), int(match[2] or 0), int(match[3] or 0)
    if not in_year and isinstance(month, Literal) and month.value.lstrip("-0").isdigit():
        in_year = int(month.value.lstrip("-0"))
    return Moment(year, in_year, day) if in_year <= 12 else Moment(year)


def _dates(site: Site, said: TimelineSettings | None) -> list[Row]:
    """Holder, property and date, of the properties that are said or of all that there are."""
    if said:
        properties = {property for each in said.dates for property in each.properties()}
        if not properties:
            return []
        return rows(site, "?h ?p ?v", f"?h ?p ?v FILTER(?p IN ({_list(properties)}))")
    typed = f"isLiteral(?v) && DATATYPE(?v) IN ({_list(DATATYPES)})"
    periods = f"{BEGINNING}|{END}"
    own = (
        f"{{ ?h ?p ?v FILTER(?p IN ({_list(CORE)}) || ({typed}))"
        f" FILTER NOT EXISTS {{ ?h a {OWL.Ontology} }} FILTER NOT EXISTS {{ ?x {periods} ?h }} }}"
    )
    ends = f"{{ ?h ?p ?i FILTER(?p IN ({BEGINNING}, {END})) ?i ?q ?v FILTER({typed}) }}"
    dates = rows(site, "?h ?p ?v", f"{own} UNION {ends}")
    return [row for row in dates if not any(row[1] in space for space in _STANDARD)]


def _list(terms: Iterable[Term]) -> str:
    return ", ".join(sorted(map(str, terms)))


def _of_things(
    site: Site, settings: TimelineSettings, dated_rows: Sequence[Row], *, told: bool
) -> dict[IRI, tuple[Dated, ...]]:
    """The dates of each thing, also those of what it leads to."""
    held: dict[Term, dict[IRI, Term]] = defaultdict(dict)
    for holder, predicate, value in sorted(dated_rows, key=str):
        held[holder].setdefault(predicate, value)
    ways = _ways(site, settings, held, told=told)
    dated: dict[IRI, list[Dated]] = defaultdict(list)
    for each in settings.dates:
        for holder, values_ in held.items():
            made = _dated(each, holder, values_)
            if made is None:
                continue
            reached = [(item, via) for item, via in ways.get(holder, ()) if _by(each, via, told)]
            others = any(via for _, via in ways.get(holder, ()))
            for item, via in reached:
                triples = (*made.triples, Triple(item, via, holder)) if via else made.triples
                dated[item].append(Dated(each, made.start, made.end, made.holder, triples))
            alone = not (reached or others or _elsewhere(each, settings))
            if alone and isinstance(holder, IRI):
                dated[holder].append(made)
    return {
        item: tuple(sorted({d.triples: d for d in dates}.values(), key=lambda d: (d.first, d.last)))
        for item, dates in dated.items()
    }


def _by(each: DateSettings, via: IRI | None, told: bool) -> bool:
    return via == each.via if told else via is not None


def _elsewhere(each: DateSettings, settings: TimelineSettings) -> bool:
    """Whether the same dates are read without a way, which shows what no way leads to."""
    return each.via is not None and any(
        other.via is None and other.start == each.start for other in settings.dates
    )


def _dated(said: DateSettings, holder: Term, held: Mapping[IRI, Term]) -> Dated | None:
    month = held.get(said.month) if said.month else None
    start = read_moment(held[said.start], month) if said.start and said.start in held else None
    end = start if said.end == said.start else None
    if end is None and said.end and said.end in held:
        end = read_moment(held[said.end])
    if start is None and end is None:
        return None
    properties = dict.fromkeys(p for p in (said.start, said.end) if p in held)
    triples = tuple(Triple(holder, p, held[p]) for p in properties if p)  # type: ignore[arg-type]
    return Dated(said, start, end, holder if isinstance(holder, IRI) else None, triples)


def _ways(
    site: Site, settings: TimelineSettings, held: Mapping[Term, object], *, told: bool
) -> dict[Term, list[tuple[IRI, IRI | None]]]:
    """From which things one comes to what has a date, and by which property."""
    vias = {each.via for each in settings.dates if each.via}
    ways: dict[Term, list[tuple[IRI, IRI | None]]] = defaultdict(list)
    if told and any(each.via is None for each in settings.dates):
        for holder in held:
            if isinstance(holder, IRI):
                ways[holder].append((holder, None))
    named = [each for each in held if isinstance(each, IRI)]
    if told and vias and named:
        pattern = f"{values('h', named)} ?i ?p ?h FILTER(?p IN ({_list(vias)}))"
    elif not told and held:
        pattern = f"?h ?d ?v FILTER(?d IN ({_list(_dates_in(settings))})) ?i ?p ?h ."
        pattern += f" FILTER(?p NOT IN ({BEGINNING}, {END}))"
        pattern += f" FILTER NOT EXISTS {{ ?h {SKOS.prefLabel}|{RDFS.label} ?l }}"
    else:
        return ways
    for item, predicate, holder in rows(site, "?i ?p ?h", pattern):
        if isinstance(item, IRI) and isinstance(holder, IRI | BlankNode):
            ways[holder].append((item, predicate))
    return ways


def _dates_in(settings: TimelineSettings) -> set[IRI]:
    return {property for each in settings.dates for property in each.properties()}


def _about(site: Site, items: Iterable[IRI]) -> list[Row]:
    """Thing, property and thing, of everything dated."""
    held = list(items)
    if not held:
        return []
    return rows(site, "?i ?p ?o", f"{values('i', held)} ?i ?p ?o FILTER(isIRI(?o))")


def _completed(settings: TimelineSettings, about: Sequence[Row]) -> TimelineSettings:
    """With lanes and a class where none is said: the property that most things have, mostly once,
    and that leads to few, and the class that most things are of."""
    if settings.lane and settings.of:
        return settings
    ends: dict[IRI, set[IRI]] = defaultdict(set)
    things: dict[IRI, set[IRI]] = defaultdict(set)
    said: Counter[IRI] = Counter()
    kinds: Counter[IRI] = Counter()
    for item, predicate, end in about:
        if predicate == RDF.type:
            kinds[end] += not _is_standard(end)
        elif not _is_standard(predicate):
            ends[predicate].add(end)
            said[predicate] += 1
            things[predicate].add(item)
    lanes = [
        (len(things[p]), p.value, p)
        for p in ends
        if _FEWEST <= len(ends[p]) <= _MOST and said[p] < 2 * len(things[p])
    ]
    most = max(kinds.values(), default=0)
    of = min((k for k, n in kinds.items() if n == most > 0), key=str, default=None)
    return TimelineSettings(
        settings.dates, settings.of or of, settings.lane or (max(lanes)[-1] if lanes else None),
        settings.name,
    )  # fmt: skip


def _is_standard(iri: IRI) -> bool:
    return any(iri in space for space in _STANDARD)


def _lanes_of(site: Site, settings: TimelineSettings, dated: Iterable[IRI]) -> dict[IRI, set[IRI]]:
    """The lanes of everything that is dated, or is of the class of which the undated are listed."""
    held: dict[IRI, set[IRI]] = {item: set() for item in dated}
    # In both: Virtuoso loses rows of OPTIONAL after a UNION with VALUES.
    lane = f"OPTIONAL {{ ?i {settings.lane} ?l }}" if settings.lane else "OPTIONAL { }"
    members = f"{{ ?i {RDF.type} {settings.of} {lane} }}" if settings.of else ""
    items = f"{{ {values('i', held)} {lane} }}" if held else ""
    ways = " UNION ".join(filter(None, (members, items)))
    for item, end in rows(site, "?i ?l", ways) if ways else ():
        if isinstance(item, IRI):
            own = held.setdefault(item, set())
            if isinstance(end, IRI):
                own.add(end)
    lanes = {lane for own in held.values() for lane in own}
    return {item: own or ({item} if item in lanes else set()) for item, own in held.items()}


def _kinds_of(site: Site, items: Iterable[IRI]) -> dict[IRI, set[IRI]]:
    """The classes of each thing that somebody wrote down."""
    kinds: dict[IRI, set[IRI]] = defaultdict(set)
    held = list(items)
    pattern = f"{values('i', held)} GRAPH ?g {{ ?i {RDF.type} ?k }} FILTER(?g NOT IN ({_APART}))"
    for item, kind in rows(site, "?i ?k", pattern) if held else ():
        if isinstance(kind, IRI) and not _is_standard(kind):
            kinds[item].add(kind)
    return kinds


def clause_names_of(site: Site, items: Collection[IRI]) -> dict[IRI, set[IRI]]:
    """The clauses that say something of each of the things."""
    held: dict[IRI, set[IRI]] = {item: set() for item in items}
    for item, name in (
        rows(site, "?i ?g", f"{values('i', items)} GRAPH ?g {{ ?i ?p ?o }}") if items else ()
    ):
        if isinstance(name, IRI) and Span.parse(name):
            held[item].add(name)
    return held


def _first_place(clauses: Iterable[IRI]) -> tuple[object, ...]:
    spans = filter(None, map(Span.parse, clauses))
    return min((span.place for span in spans), default=("\uffff", 0, 0))
