"""The statements of a thing as its page shows them: by question, what is said before what follows.

Groups and their names are the project's (`cgkg.project.page_words`); what it does not mention comes
after, and what standard vocabularies say of a thing last, with what is for machines.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.languages import N_, translations
from cgkg.presentation.resource import Resource
from cgkg.project.page_words import PageWords, StatementGroup
from cgkg.rdf.terms import IRI, Term, Triple, parts
from cgkg.rdf.vocab import OWL, PROV, RDF, RDFS
from cgkg.web.parts.view import View

_STANDARD = (RDFS, OWL, RDF, PROV)
_APART = 3  # evidences of one property up to which it stands with others of the same clause
_MANY = 12  # values of a block
_LAST = 1 << 62
_KINDS = ("says", "aside", "follows")


@dataclass(frozen=True)
class ShownStatement:
    """A statement at the thing it leads to; `triple` is as somebody says it."""

    end: Term
    triple: Triple
    spans: tuple[Span, ...] = ()
    graphs: tuple[IRI, ...] = ()
    inferred: bool = False

    @property
    def evidence(self) -> tuple[object, ...]:
        """What it rests on, to be compared."""
        return (*(span.iri for span in self.spans), *self.graphs)


@dataclass(frozen=True)
class ShownProperty:
    """A property with its values; `turned` means that these are the subjects.

    `omitted` counts those on later pages.
    """

    iri: IRI
    turned: bool
    name: Mapping[str, str]
    values: tuple[ShownStatement, ...]
    omitted: int = 0

    def by_evidence(self) -> list[tuple[ShownStatement, ...]]:
        """The values that rest on the same, in the order of the document."""
        by_evidence: dict[tuple[object, ...], list[ShownStatement]] = {}
        for each in self.values:
            by_evidence.setdefault(each.evidence, []).append(each)
        return sorted(map(tuple, by_evidence.values()), key=lambda part: _start(part[0]))


@dataclass(frozen=True)
class EvidenceBlock:
    """What several properties have from the same clauses."""

    properties: tuple[ShownProperty, ...]
    spans: tuple[Span, ...]
    graphs: tuple[IRI, ...]


@dataclass(frozen=True)
class Band:
    """Statements of one kind: what clauses say ("says"), what other graphs hold ("aside"), or what
    follows; in blocks by evidence and in lists of one property."""

    kind: str
    blocks: tuple[EvidenceBlock, ...] = ()
    lists: tuple[ShownProperty, ...] = ()


@dataclass(frozen=True)
class PageSection:
    """The answer to one question."""

    key: str
    name: Mapping[str, str]
    bands: tuple[Band, ...] = ()
    count: int = 0


@dataclass
class Arranged:
    """All sections of a page; `repeated` counts inferred statements that are not shown because
    they turn another around or say less than it."""

    sections: list[PageSection] = field(default_factory=list)
    standard: PageSection | None = None
    repeated: int = 0


def arrange(
    view: View,
    described: Resource,
    words: PageWords,
    *,
    outgoing: Container[IRI],
    incoming: Container[IRI],
) -> Arranged:
    """The statements of a thing in sections.

    Args:
        view: of the page.
        described: what it is about.
        words: what the project says of pages.
        outgoing: properties that the page shows elsewhere.
        incoming: the same of statements that lead to it.
    """
    arranged = Arranged()
    held = _met(view, described, outgoing, incoming, arranged)
    left = {(each.where, each.predicate): each.count for each in described.omitted}
    rows = {
        (iri, turned): ShownProperty(
            iri, turned, {}, tuple(values), left.get(("incoming" if turned else "outgoing", iri), 0)
        )
        for (iri, turned), values in held.items()
    }
    for group in words.groups:
        taken = list(_taken(group, rows))
        if taken:
            arranged.sections.append(_section(group.key, group.name, taken))
    rest = sorted(rows.values(), key=lambda row: (row.turned, *_rank(view, row)))
    standard = [row for row in rest if any(row.iri in space for space in _STANDARD)]
    for key, name, turned in (("of", _OF, False), ("to", _TO, True)):
        own = [row for row in rest if row.turned == turned and row not in standard]
        if own:
            named = translations(_MORE[name] if arranged.sections else name)
            arranged.sections.append(_section(key, named, own))
    if standard:
        named = translations(N_("In standard vocabularies"))
        arranged.standard = _section("standard", named, standard)
    return arranged


_OF, _TO = N_("What is said of it"), N_("Where it is named")
_MORE = {_OF: N_("What else is said of it"), _TO: N_("Where else it is named")}


def _met(
    view: View,
    described: Resource,
    outgoing: Container[IRI],
    incoming: Container[IRI],
    arranged: Arranged,
) -> dict[tuple[IRI, bool], list[ShownStatement]]:
    """The statements by property and direction; one that is said both ways is shown once."""
    held: dict[tuple[IRI, bool], dict[Term, ShownStatement]] = {}
    for each in described.outgoing:
        if each.triple.predicate not in outgoing:
            shown = _shown(each, parts(each.triple)[2])
            held.setdefault((each.triple.predicate, False), {})[shown.end] = shown
    for each in described.incoming:
        shown = _shown(each, parts(each.triple)[0])
        turned = sorted(view.site.inverses.get(each.triple.predicate, ()), key=str)
        twin = next((p for p in turned if shown.end in held.get((p, False), {})), None)
        if twin is not None:
            one = held[twin, False][shown.end]
            arranged.repeated += shown.inferred or one.inferred
            held[twin, False][shown.end] = _joined(one, shown)
        elif each.triple.predicate not in incoming:
            held.setdefault((each.triple.predicate, True), {})[shown.end] = shown
    _leave_out_wider(view, held, arranged)
    return {key: list(values.values()) for key, values in held.items() if values}


def _leave_out_wider(
    view: View, held: dict[tuple[IRI, bool], dict[Term, ShownStatement]], arranged: Arranged
) -> None:
    """Leave out what follows where a narrower property says it of the same thing."""
    narrower = list(held.items())
    for (iri, turned), values in narrower:
        for wider in view.site.kept.above((iri,)) - {iri}:
            others = held.get((wider, turned), {})
            for end in [end for end in values if end in others and others[end].inferred]:
                del others[end]
                arranged.repeated += 1


def _shown(each: Statement, end: Term) -> ShownStatement:
    return ShownStatement(end, each.triple, each.spans, each.graphs, each.inferred)


def _joined(one: ShownStatement, other: ShownStatement) -> ShownStatement:
    """A statement and the same the other way round: said if one of them is."""
    if other.inferred or one.inferred:
        return one if other.inferred else other
    spans = {span.iri: span for span in (*one.spans, *other.spans)}.values()
    graphs = tuple(dict.fromkeys((*one.graphs, *other.graphs)))
    return replace(one, spans=tuple(sorted(spans, key=lambda span: span.place)), graphs=graphs)


def _taken(
    group: StatementGroup, rows: dict[tuple[IRI, bool], ShownProperty]
) -> Iterator[ShownProperty]:
    """The rows of a group in its order, with its names; they are taken from the others."""
    for each in group.properties:
        row = rows.pop((each.iri, each.turned), None)
        if row is not None:
            yield replace(row, name=each.name)


def _section(key: str, name: Mapping[str, str], rows: Iterable[ShownProperty]) -> PageSection:
    held = list(rows)
    bands = (_band(kind, held) for kind in _KINDS)
    count = sum(len(row.values) + row.omitted for row in held)
    return PageSection(key, name, tuple(band for band in bands if band.blocks or band.lists), count)


def _kind(one: ShownStatement) -> str:
    return "follows" if one.inferred else "says" if one.spans else "aside"


def _band(kind: str, rows: Iterable[ShownProperty]) -> Band:
    shown_rows: list[ShownProperty] = []
    for row in rows:
        values = tuple(each for each in row.values if _kind(each) == kind)
        if values:
            ends = _kind(row.values[-1]) == kind
            shown_rows.append(replace(row, values=values, omitted=row.omitted if ends else 0))
    if kind == "follows":
        return Band(kind, lists=tuple(shown_rows))
    apart = tuple(row for row in shown_rows if row.omitted or _is_long(row))
    return Band(kind, tuple(_blocks(row for row in shown_rows if row not in apart)), apart)


def _is_long(row: ShownProperty) -> bool:
    return len(row.by_evidence()) > _APART or len(row.values) > _MANY


def _blocks(rows: Iterable[ShownProperty]) -> list[EvidenceBlock]:
    """The rows by what they rest on, in the order of the document."""
    by_evidence: dict[tuple[object, ...], list[ShownProperty]] = {}
    for row in rows:
        for part in row.by_evidence():
            cut = replace(row, values=part, omitted=0)
            by_evidence.setdefault(part[0].evidence, []).append(cut)
    ordered = sorted(by_evidence.values(), key=lambda part: _start(part[0].values[0]))
    return [_block(part) for part in ordered]


def _block(part: list[ShownProperty]) -> EvidenceBlock:
    first = part[0].values[0]
    return EvidenceBlock(tuple(part), first.spans, first.graphs)


def _start(one: ShownStatement) -> int:
    return one.spans[0].start if one.spans else _LAST


def _rank(view: View, row: ShownProperty) -> tuple[bool, int, str]:
    first = row.values[0]
    return first.inferred, _start(first), view.label(row.iri)
