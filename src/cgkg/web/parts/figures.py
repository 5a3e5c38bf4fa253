"""Figures as a person reads them: number, unit, qualifier, and what the figure is a share of.

"more than 34 million". The number printed in the document stands beside it. The terms are
those of cgkg's module of quantities; a unit or qualifier of a project's own goes by its label.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from cgkg.document.spans import Span
from cgkg.document.statements import Statement, statements
from cgkg.languages import N_, NP_, known, number, pick, text
from cgkg.presentation.resource import LABELS, labels_of
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import APPROXIMATION, CG, RDF, UNIT
from cgkg.store.excerpt import Excerpt, about, saying
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT

_PURE = frozenset({UNIT.NUM, UNIT.PERCENT})  # units that are not said
_UNITS: Mapping[IRI, str] = {
    UNIT.KiloM2: N_("{n} km²"),
    UNIT.KiloM: N_("{n} km"),
    UNIT.YR: N_("{n} years"),
    UNIT.CCY_USD: N_("{n} US dollars"),
}
# How a qualifier is said of the number.
_QUALIFIERS: Mapping[IRI, str] = {
    APPROXIMATION.about: N_("about {n}"),
    APPROXIMATION("more-than"): N_("more than {n}"),
    APPROXIMATION("at-least"): N_("at least {n}"),
    APPROXIMATION.nearly: N_("nearly {n}"),
    APPROXIMATION("less-than"): N_("less than {n}"),
    APPROXIMATION("order-of-magnitude"): N_("in the order of {n}"),
    APPROXIMATION.planned: N_("{n} (planned)"),
    APPROXIMATION.exact: "{n}",
    APPROXIMATION.fraction: "{n}",
}
# The powers of ten that a large number is told in, the larger first. A language that counts in
# other than thousands has others (8 and 4 where it counts in myriads) and groups no digits.
_SCALES = NP_("powers of ten", "9: {n} billion | 6: {n} million")

# The properties that say what a figure is about.
SUBJECTS = frozenset({CG.aboutPlace, CG.aboutInitiative})
NUMBERS = (CG.numericValue, CG.amount)
"""The properties that have the number of a figure."""
# What is said of a number by its label, where it has no words of ours.
_NAMED = (CG.hasUnit, CG.hasApproximation)


@dataclass(frozen=True)
class Figure:
    """One value node; `text` says it in every language, `wordings` as the document prints it.

    `bounds` are between what the number lies, by language, where that says more than the number.
    """

    iri: IRI
    indicator: IRI | None
    relative_to: IRI | None
    approximation: IRI | None
    text: Mapping[str, str]
    wordings: tuple[str, ...]
    spans: tuple[Span, ...]
    bounds: Mapping[str, str] = field(default_factory=dict)


def figure_of(graph: Graph | Excerpt, iri: IRI) -> Figure | None:
    """The figure an IRI stands for, or None if it has no number.

    Args:
        graph: the dataset.
        iri: an indicator value, a budget, a quantified goal.
    """
    return figures_of(graph, (iri,)).get(iri)


def figures_of(
    graph: Graph | Excerpt, iris: Iterable[IRI], evidence: Container[IRI] = ()
) -> Mapping[IRI, Figure]:
    """The figures among the IRIs, in three batches.

    Args:
        graph: the dataset.
        iris: what may be an indicator value, a budget, a quantified goal.
        evidence: those of which also the spans are read that state the number.
    """
    reading, wanted = Excerpt.of(graph), tuple(dict.fromkeys(iris))
    reading.take(about(wanted, *NUMBERS, g=DEFAULT))
    numbers = {iri: [n for p in NUMBERS for n in reading.triples(iri, p)] for iri in wanted}
    values = [iri for iri, held in numbers.items() if held]
    cited = [number for iri in values if iri in evidence for number in numbers[iri]]
    reading.take((*about(values, g=DEFAULT), *saying(cited)))
    spans = (name for number in cited for name in reading.graphs_with(number) if Span.parse(name))
    ends = (t.object for iri in values for p in _NAMED for t in reading.triples(iri, p))
    named = (end for end in ends if isinstance(end, IRI))
    reading.take((*about(spans, g=DEFAULT), *about(named, *LABELS)))
    said = dict(zip(cited, statements(reading, cited), strict=True))
    figures = ((iri, _figure(reading, iri, said)) for iri in values)
    return {iri: figure for iri, figure in figures if figure}


def _figure(graph: Excerpt, iri: IRI, evidence: Mapping[Triple, Statement]) -> Figure | None:
    properties: dict[IRI, Term] = {}
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
            properties[triple.predicate] = term  # type: ignore[assignment]  # as above
            if triple.predicate in NUMBERS:
                number_triple = triple
    if number_triple is None:
        return None
    value = _decimal(number_triple.object)
    if value is None:
        return None
    said = evidence.get(number_triple)
    share = CG.ShareValue in types or CG.relativeTo in properties
    bounds = {each: _say_bounds(value, properties, share, each) for each in known()}
    return Figure(
        iri,
        indicator=_iri(properties.get(CG.hasIndicator)),
        relative_to=_iri(properties.get(CG.relativeTo)),
        approximation=_iri(properties.get(CG.hasApproximation)),
        text={each: _say(graph, value, properties, share, each) for each in known()},
        wordings=tuple(sorted(wordings)),
        spans=said.spans if said else (),
        bounds={each: text for each, text in bounds.items() if text},
    )


def figures_about(graph: Graph | Excerpt, incoming: Iterable[Statement]) -> tuple[Figure, ...]:
    """The figures among the incoming statements that are about what they lead to."""
    about_it = (each.triple for each in incoming if each.triple.predicate in SUBJECTS)
    subjects = [triple.subject for triple in about_it if isinstance(triple.subject, IRI)]
    figures = figures_of(graph, subjects, frozenset(subjects))
    return tuple(figures[iri] for iri in subjects if iri in figures)


def number_text(value: Decimal, language: str) -> str:
    """The number as its reader groups numbers: 34 million, 12,300."""
    scales = [scale.partition(":") for scale in text(_SCALES, language).split("|")]
    for power, _, said in scales:
        scaled = value / 10 ** int(power)
        if abs(scaled) >= 1 and scaled == round(scaled, 4):
            return said.strip().format(n=number(scaled, language, grouped=False))
    return number(value, language, grouped=int(scales[-1][0]) % 3 == 0)


def _say(
    graph: Excerpt, value: Decimal, properties: Mapping[IRI, Term], share: bool, language: str
) -> str:
    unit = _iri(properties.get(CG.hasUnit))
    top, bottom = properties.get(CG.shareNumerator), properties.get(CG.shareDenominator)
    if isinstance(top, Literal) and isinstance(bottom, Literal):
        said = f"{top.value}/{bottom.value}"
    elif share or ((unit is None or unit in _PURE) and 0 < value < 1):
        said = _percent(value, language)
    else:
        said = number_text(value, language)
        if unit is not None and unit in _UNITS:
            said = text(_UNITS[unit], language).format(n=said)
        elif unit is not None and unit not in _PURE:
            named = _label(graph, unit, language)
            said = text(N_("{n} {unit}"), language).format(n=said, unit=named)
    qualifier = _iri(properties.get(CG.hasApproximation))
    if qualifier is None:
        return said
    if qualifier in _QUALIFIERS:
        return text(_QUALIFIERS[qualifier], language).format(n=said)
    return f"{_label(graph, qualifier, language)} {said}"


def _say_bounds(value: Decimal, properties: Mapping[IRI, Term], share: bool, language: str) -> str:
    """Between what the number lies, as far as that is more than the number itself."""
    low, high = _decimal(properties.get(CG.lowerBound)), _decimal(properties.get(CG.upperBound))
    if low is not None and high is not None and low != high:
        pattern = N_("between {low} and {high}")
    elif low not in (None, value):
        pattern = N_("at least {low}")
    elif high not in (None, value):
        pattern = N_("at most {high}")
    else:
        return ""
    slots = {
        name: _percent(bound, language) if share else number_text(bound, language)
        for name, bound in (("low", low), ("high", high))
        if bound is not None
    }
    return text(pattern, language).format(**slots)


def _percent(value: Decimal, language: str) -> str:
    return text(N_("{n}%"), language).format(n=number(value * 100, language, grouped=False))


def _label(graph: Excerpt, iri: IRI, language: str) -> str:
    labels = labels_of(graph, (iri,)).get(iri, {})
    return pick(labels, language) or iri.value.rsplit("/", 1)[-1]


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
