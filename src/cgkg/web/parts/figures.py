"""Figures as a person reads them: number, unit, qualifier, and what the figure is a share of.

"more than 34 million", "近50%". The number printed in the document stands beside it. The terms are
those of cgkg's module of quantities; a unit or qualifier of a project's own goes by its label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cgkg.document.spans import Span
from cgkg.presentation.resource import Statement, labels_of, statement
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import APPROXIMATION, CG, RDF, UNIT
from cgkg.store.graph import Graph

_PURE = frozenset({UNIT.NUM, UNIT.PERCENT})  # units that are not said
_UNITS: Mapping[IRI, tuple[str, str]] = {
    UNIT.KiloM2: ("km²", "平方公里"),
    UNIT.KiloM: ("km", "公里"),
    UNIT.YR: ("years", "年"),
    UNIT.CCY_USD: ("US dollars", "美元"),
}
# How a qualifier is said, with {} for the number.
_QUALIFIERS: Mapping[IRI, tuple[str, str]] = {
    APPROXIMATION.about: ("about {}", "约{}"),
    APPROXIMATION("more-than"): ("more than {}", "超过{}"),
    APPROXIMATION("at-least"): ("at least {}", "至少{}"),
    APPROXIMATION.nearly: ("nearly {}", "近{}"),
    APPROXIMATION("less-than"): ("less than {}", "不足{}"),
    APPROXIMATION("order-of-magnitude"): ("in the order of {}", "数以{}计"),
    APPROXIMATION.planned: ("{} (planned)", "{}（计划）"),
    APPROXIMATION.exact: ("{}", "{}"),
    APPROXIMATION.fraction: ("{}", "{}"),
}

# The properties that say what a figure is about.
SUBJECTS = frozenset({CG.aboutPlace, CG.aboutInitiative})


@dataclass(frozen=True)
class Figure:
    """One value node; `text` says it in either language, `wordings` as the document prints it."""

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
        value = triple.object
        if triple.predicate == RDF.type:
            types.add(value)  # type: ignore[arg-type]  # an object here is never a triple
        elif triple.predicate == CG.wording and isinstance(value, Literal):
            wordings.append(value.value)
        elif triple.predicate in CG:
            found[triple.predicate] = value  # type: ignore[assignment]  # as above
            if triple.predicate in (CG.numericValue, CG.amount):
                number_triple = triple
    if number_triple is None:
        return None
    number = _decimal(number_triple.object)
    if number is None:
        return None
    said = statement(graph, number_triple) if evidence else None
    share = CG.ShareValue in types or CG.relativeTo in found
    return Figure(
        iri,
        indicator=_iri(found.get(CG.hasIndicator)),
        relative_to=_iri(found.get(CG.relativeTo)),
        approximation=_iri(found.get(CG.hasApproximation)),
        text={language: _say(graph, number, found, share, language) for language in ("en", "zh")},
        wordings=tuple(sorted(wordings)),
        spans=said.spans if said else (),
    )


def figures_about(graph: Graph, incoming: Iterable[Statement]) -> tuple[Figure, ...]:
    """The figures among the incoming statements that are about what they lead to."""

    def find() -> Iterator[Figure]:
        for each in incoming:
            subject = each.triple.subject
            if each.triple.predicate in SUBJECTS and isinstance(subject, IRI):
                figure = figure_of(graph, subject, evidence=True)
                if figure:
                    yield figure

    return tuple(find())


def number_text(number: Decimal, language: str) -> str:
    """The number grouped as its reader groups numbers: 34 million, 3400万."""
    steps = (
        ((10**8, "亿"), (10**4, "万"))
        if language == "zh"
        else ((10**9, " billion"), (10**6, " million"))
    )
    for size, name in steps:
        scaled = number / size
        if abs(scaled) >= 1 and scaled == round(scaled, 4):
            return _plain(scaled) + name
    return f"{number.normalize():,f}" if language == "en" else _plain(number)


def _say(
    graph: Graph, number: Decimal, found: Mapping[IRI, Term], share: bool, language: str
) -> str:
    index = 1 if language == "zh" else 0
    unit = _iri(found.get(CG.hasUnit))
    top, bottom = found.get(CG.shareNumerator), found.get(CG.shareDenominator)
    if isinstance(top, Literal) and isinstance(bottom, Literal):
        said = f"{top.value}/{bottom.value}"
    elif share or ((unit is None or unit in _PURE) and 0 < number < 1):
        said = _plain(number * 100) + "%"
    else:
        said = number_text(number, language)
        if unit is not None and unit not in _PURE:
            known = _UNITS.get(unit)
            name = known[index] if known else _label(graph, unit, language)
            said += name if index and known else f" {name}"
    qualifier = _iri(found.get(CG.hasApproximation))
    if qualifier is None:
        return said
    known = _QUALIFIERS.get(qualifier)
    return known[index].format(said) if known else f"{_label(graph, qualifier, language)} {said}"


def _label(graph: Graph, iri: IRI, language: str) -> str:
    names = labels_of(graph, (iri,)).get(iri, {})
    return names.get(language) or next(iter(names.values()), iri.value.rsplit("/", 1)[-1])


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


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
