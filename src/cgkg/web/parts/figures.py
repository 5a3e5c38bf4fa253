"""Figures as a person reads them: number, unit, qualifier, and what the figure is a share of.

"more than 34 million", "近50%（相对于韩国）". The number printed in the document stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cgkg.document.spans import Span
from cgkg.document.statements import Statement, statement
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.vocab import CG, RDF
from cgkg.store.graph import Graph

_UNITS: Mapping[str, tuple[str, str]] = {
    "KiloM2": ("km²", "平方公里"),
    "KiloM": ("km", "公里"),
    "YR": ("years", "年"),
    "CCY_USD": ("US dollars", "美元"),
    "NUM": ("", ""),
    "PERCENT": ("", ""),
}
# How a qualifier is said, with {} for the number.
_QUALIFIERS: Mapping[str, tuple[str, str]] = {
    "about": ("about {}", "约{}"),
    "more-than": ("more than {}", "超过{}"),
    "at-least": ("at least {}", "至少{}"),
    "nearly": ("nearly {}", "近{}"),
    "less-than": ("less than {}", "不足{}"),
    "order-of-magnitude": ("in the order of {}", "数以{}计"),
    "planned": ("{} (planned)", "{}（计划）"),
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
        text={language: _say(number, found, share, language) for language in ("en", "zh")},
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


def _say(number: Decimal, found: Mapping[IRI, Term], share: bool, language: str) -> str:
    index = 1 if language == "zh" else 0
    unit = _iri(found.get(CG.hasUnit))
    slug = unit.value.rsplit("/", 1)[-1] if unit else ""
    top, bottom = found.get(CG.shareNumerator), found.get(CG.shareDenominator)
    if isinstance(top, Literal) and isinstance(bottom, Literal):
        said = f"{top.value}/{bottom.value}"
    elif share or (slug in ("NUM", "PERCENT", "") and 0 < number < 1):
        said = _plain(number * 100) + "%"
    else:
        name = _UNITS.get(slug, (slug, slug))[index]
        said = number_text(number, language) + (" " if name and not index else "") + name
    approximation = _iri(found.get(CG.hasApproximation))
    qualifier = approximation.value.rsplit("/", 1)[-1] if approximation else ""
    return _QUALIFIERS.get(qualifier, ("{}", "{}"))[index].format(said)


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
