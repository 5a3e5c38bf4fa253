"""Figures as a person reads them: number, unit, qualifier, and what the figure is a share of.

"more than 34 million". The number printed in the document stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cgkg.document.spans import Span
from cgkg.document.statements import Statement, statement
from cgkg.languages import N_, NP_, known, number, text
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import CG, RDF
from cgkg.store.graph import Graph

_UNITS: Mapping[str, str] = {
    "KiloM2": N_("{n} km²"),
    "KiloM": N_("{n} km"),
    "YR": N_("{n} years"),
    "CCY_USD": N_("{n} US dollars"),
    "NUM": "{n}",
    "PERCENT": "{n}",
}
# How a qualifier is said of the number.
_QUALIFIERS: Mapping[str, str] = {
    "about": N_("about {n}"),
    "more-than": N_("more than {n}"),
    "at-least": N_("at least {n}"),
    "nearly": N_("nearly {n}"),
    "less-than": N_("less than {n}"),
    "order-of-magnitude": N_("in the order of {n}"),
    "planned": N_("{n} (planned)"),
}
# The powers of ten that a large number is told in, the larger first. A language that counts in
# other than thousands has others (8 and 4 where it counts in myriads) and groups no digits.
_SCALES = NP_("powers of ten", "9: {n} billion | 6: {n} million")

# The properties that say what a figure is about.
SUBJECTS = frozenset({CG.aboutPlace, CG.aboutInitiative})


@dataclass(frozen=True)
class Figure:
    """One value node; `text` says it in every language, `wordings` as the document prints it."""

    iri: IRI
    indicator: IRI | None
    relative_to: IRI | None
    approximation: IRI | None
    text: Mapping[str, str]
    wordings: tuple[str, ...]
    spans: tuple[Span, ...]


def figure_of(graph: Graph, iri: IRI, *, evidence: bool = False) -> Figure | None:
    """The figure an IRI stands for, or None if it has no number.

    Args:
        graph: the dataset.
        iri: an indicator value, a budget, a quantified goal.
        evidence: also look up the spans that state the number.
    """
    found: dict[IRI, Term] = {}
    wordings: list[str] = []
    types: set[Term] = set()
    number_triple: Triple | None = None
    for triple in graph.triples(iri):
        term = triple.object
        if triple.predicate == RDF.type:
            types.add(term)  # type: ignore[arg-type]  # an object here is never a triple
        elif triple.predicate == CG.wording and isinstance(term, Literal):
            wordings.append(term.value)
        elif triple.predicate in CG:
            found[triple.predicate] = term  # type: ignore[assignment]  # as above
            if triple.predicate in (CG.numericValue, CG.amount):
                number_triple = triple
    if number_triple is None:
        return None
    value = _decimal(number_triple.object)
    if value is None:
        return None
    said = statement(graph, number_triple) if evidence else None
    share = CG.ShareValue in types or CG.relativeTo in found
    return Figure(
        iri,
        indicator=_iri(found.get(CG.hasIndicator)),
        relative_to=_iri(found.get(CG.relativeTo)),
        approximation=_iri(found.get(CG.hasApproximation)),
        text={language: _say(value, found, share, language) for language in known()},
        wordings=tuple(sorted(wordings)),
        spans=said.spans if said else (),
    )


def figures_about(graph: Graph, incoming: Iterable[Statement]) -> tuple[Figure, ...]:
    """The figures among the incoming statements that are about this place or initiative."""

    def find() -> Iterator[Figure]:
        for each in incoming:
            subject = each.triple.subject
            if each.triple.predicate in SUBJECTS and isinstance(subject, IRI):
                figure = figure_of(graph, subject, evidence=True)
                if figure:
                    yield figure

    return tuple(find())


def number_text(value: Decimal, language: str) -> str:
    """The number as its reader groups numbers: 34 million, 12,300."""
    scales = [scale.partition(":") for scale in text(_SCALES, language).split("|")]
    for power, _, said in scales:
        scaled = value / 10 ** int(power)
        if abs(scaled) >= 1 and scaled == round(scaled, 4):
            return said.strip().format(n=number(scaled, language, grouped=False))
    return number(value, language, grouped=int(scales[-1][0]) % 3 == 0)


def _say(value: Decimal, found: Mapping[IRI, Term], share: bool, language: str) -> str:
    unit = _iri(found.get(CG.hasUnit))
    slug = unit.value.rsplit("/", 1)[-1] if unit else ""
    top, bottom = found.get(CG.shareNumerator), found.get(CG.shareDenominator)
    if isinstance(top, Literal) and isinstance(bottom, Literal):
        said = f"{top.value}/{bottom.value}"
    elif share or (slug in ("NUM", "PERCENT", "") and 0 < value < 1):
        said = text(N_("{n}%"), language).format(n=number(value * 100, language, grouped=False))
    elif slug in _UNITS or not slug:
        said = text(_UNITS.get(slug, "{n}"), language).format(n=number_text(value, language))
    else:
        said = text(N_("{n} {unit}"), language).format(n=number_text(value, language), unit=slug)
    approximation = _iri(found.get(CG.hasApproximation))
    qualifier = approximation.value.rsplit("/", 1)[-1] if approximation else ""
    return text(_QUALIFIERS.get(qualifier, "{n}"), language).format(n=said)


def _decimal(term: object) -> Decimal | None:
    if not isinstance(term, Literal):
        return None
    try:
        number = Decimal(term.value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _iri(term: object) -> IRI | None:
    return term if isinstance(term, IRI) else None
