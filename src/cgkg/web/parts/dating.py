"""Which properties date things, where no project says so: by datatypes and by names of properties.

Vocabularies name a beginning and its end alike: startDate and endDate, earliestYear and latestYear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cgkg.project.pages import DateSettings
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, XSD, Namespace

TIME = Namespace("http://www.w3.org/2006/time#")
DATATYPES = (XSD.date, XSD.dateTime, XSD.dateTimeStamp, XSD.gYear, XSD.gYearMonth)
"""The datatypes of dates."""
CORE = (CG.startYear, CG.startMonth, CG.endYear, CG.earliestYear, CG.latestYear)
"""What every project has to date things with, as whole numbers."""
BEGINNING, END = TIME.hasBeginning, TIME.hasEnd
_PAIRS = (
    *(
        ("end", "start"),
        ("end", "begin"),
        ("end", "beginning"),
        ("finish", "start"),
        ("until", "since"),
    ),
    *(("until", "from"), ("to", "from"), ("latest", "earliest"), ("last", "first")),
)
_GRAIN = re.compile(r"(in|at|on)?(xsd)?(date|day|year|month|time|stamp|gyear|gyearmonth)+$")
_TARGETS = re.compile(r"target|goal|deadline|due|planned")


def derived(properties: Iterable[IRI]) -> tuple[DateSettings, ...]:
    """How these properties date things: each alone, or as beginning and end of a period."""
    held = sorted(set(properties), key=lambda iri: iri.value)
    months = [each for each in held if each == CG.startMonth]
    names = {each: _stem(each) for each in held if each not in months}
    ends: dict[IRI, IRI] = {}
    for each, name in names.items():
        begun = _beginning_of(each, name, names)
        if begun is not None and begun not in ends.values():
            ends[each] = begun
    pairs = {begun: end for end, begun in ends.items()}
    return tuple(
        DateSettings(
            each,
            pairs.get(each, each),
            CG.startMonth if each == CG.startYear and months else None,
            target=bool(_TARGETS.search(_local(each))),
        )
        for each in names
        if each not in ends
    )


def _beginning_of(each: IRI, name: str, names: dict[IRI, str]) -> IRI | None:
    space = each.value[: -len(_local(each))]
    for last, first in _PAIRS:
        if not re.search(last, name):
            continue
        wanted = re.sub(last, first, name, count=1)
        for other, stem in names.items():
            if other != each and stem == wanted and other.value.startswith(space):
                return other
    return None


def _local(iri: IRI) -> str:
    return re.split(r"[/#:]", iri.value)[-1].lower()


def _stem(iri: IRI) -> str:
    """The name without what it says of the grain: startYear and startDate both are "start"."""
    return _GRAIN.sub("", _local(iri)) or _local(iri)
