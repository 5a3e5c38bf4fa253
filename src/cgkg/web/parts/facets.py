"""What narrows lists and results down: values of properties, with how many things are left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from cgkg.rdf.terms import IRI, Term
from cgkg.rdf.vocab import RDF
from cgkg.web.parts.links import Here, Pair, as_iri, read_written, written
from cgkg.web.site import Site

NOT_STATED = "none"
"""In an address: that a property has no value."""
Wanted = Mapping[IRI, Sequence[IRI | None]]
"""The values that a thing must have, all of them, by property; None that it has none."""
Held = Mapping[IRI, Mapping[IRI, Collection[Term]]]
"""Values by property and thing."""


@dataclass(frozen=True)
class Facet:
    """A property that narrows down: its values with how many things are left with each."""

    property: IRI
    counts: Mapping[IRI | None, int]


def filters(site: Site) -> list[Pair]:
    """The parameters of the request that are named as a property is."""
    pairs = request.args.items(multi=True)
    return [(n, v) for n, v in pairs if ":" in n and v and as_iri(site, n) is not None]


def wanted_of(site: Site, pairs: Iterable[Pair]) -> Wanted:
    """What such parameters ask for.

    Raises:
        ProtocolError: a value is no IRI.
    """
    wanted: dict[IRI, list[IRI | None]] = {}
    for name, value in pairs:
        end = None if value == NOT_STATED else read_written(site, name, value)
        wanted.setdefault(read_written(site, name, name), []).append(end)
    return wanted


def fits(item: IRI, held: Held, wanted: Wanted) -> bool:
    """Whether the thing has every value that is wanted, and none where none is."""
    return all(
        value in held.get(property, {}).get(item, ())
        if value
        else not held.get(property, {}).get(item)
        for property, wishes in wanted.items()
        for value in wishes
    )


def facet(property: IRI, left: Sequence[IRI], held: Held, wanted: Wanted) -> Facet:
    """How many of the things that are left have each value; what is wanted is always there."""
    by_thing = held.get(property, {})
    counts: Counter[IRI | None] = Counter(
        value for item in left for value in by_thing.get(item, ()) if isinstance(value, IRI)
    )
    counts[None] = sum(not by_thing.get(item) for item in left)
    return facet_of(property, counts, wanted)


def facet_of(property: IRI, counts: Mapping[IRI | None, int], wanted: Wanted) -> Facet:
    """The same of what is counted already, of None those without a value."""
    kept = {value: count for value, count in counts.items() if count}
    if property == RDF.type:
        kept.pop(None, None)
    for wish in wanted.get(property, ()):
        kept.setdefault(wish, 0)
    ordered = sorted(kept.items(), key=lambda each: (each[0] is None, -each[1], str(each[0])))
    return Facet(property, dict(ordered))


def facet_links(here: Here, facet: Facet, wanted: Wanted) -> dict[str, Any]:
    """A facet with a link for each value: it adds the value, or takes it back."""
    site = here.view.site
    name = written(site, facet.property)
    wished = wanted.get(facet.property, ())
    rows = []
    for value, count in facet.counts.items():
        pair = (name, written(site, value) if value else NOT_STATED)
        on = value in wished
        href = here.less(pair) if on else here.to(pair)
        rows.append({"value": value, "count": count, "on": on, "href": href})
    return {"property": facet.property, "rows": sorted(rows, key=lambda row: not row["on"])}
