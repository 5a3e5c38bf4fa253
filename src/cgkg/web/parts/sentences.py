"""Sentences as they are read: the clauses cited from each, and what each clause states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from cgkg.document.sentences import digest
from cgkg.document.spans import Span, span_of
from cgkg.presentation.resource import LABELS
from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, parts
from cgkg.rdf.vocab import CG, DCTERMS, RDF
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT, QuadPattern
from cgkg.web.parts.documents import ReadDocument, Row
from cgkg.web.parts.figures import NUMBERS, SUBJECTS, Figure
from cgkg.web.parts.view import View

MOST_CLAUSES = 60
"""The clauses of a sentence that are shown."""
LONGEST = 4_000
"""The characters of a sentence that are shown."""
_READ = 60  # statements of a clause that are read
_SHOWN = (12, 8, 5, 3)  # of a clause, as far as all of a page are
_ALL = 420  # statements of a page, or the fewest of `_SHOWN` of each clause
_PIECES = 8  # of the bar of what is missed
# What the text of a figure says.
_IN_FIGURE = {
    RDF.type, CG.hasIndicator, *NUMBERS, CG.hasUnit, CG.hasApproximation, CG.relativeTo,
    CG.shareNumerator, CG.shareDenominator,
}  # fmt: skip


@dataclass(frozen=True)
class PropertyValues:
    """What is said of a subject by one property; a figure is its own value."""

    predicate: IRI
    values: tuple[Term, ...] = ()
    figure: Figure | None = None

    @property
    def count(self) -> int:
        """How many statements it is."""
        return max(1, len(self.values))


@dataclass(frozen=True)
class Said:
    """What is said, and the subjects that it is said of."""

    subjects: tuple[Subject, ...]
    lines: tuple[PropertyValues, ...]

    @property
    def count(self) -> int:
        """How many statements these are."""
        return len(self.subjects) * sum(line.count for line in self.lines)

    def first(self, most: int) -> Said:
        """The first so many of the statements, at least one."""
        lines, left = [], most
        for line in self.lines:
            if left > 0:
                lines.append(PropertyValues(line.predicate, line.values[:left], line.figure))
                left -= lines[-1].count
        each = sum(line.count for line in lines)
        return Said(self.subjects[: max(1, most // each)], tuple(lines))


@dataclass(frozen=True)
class ReadClause:
    """A clause: its letter within the sentence, and its statements by subject.

    Attributes:
        letter: a, b, c.
        span: where it is, and what it says.
        said: what is shown of its statements.
        count: how many statements it has.
        more: whether it has more than are shown.
        begun: the sentence that it begins in, if that is an earlier one.
    """

    letter: str
    span: Span
    said: tuple[Said, ...] = ()
    count: int = 0
    more: bool = False
    begun: int = 0

    @property
    def manner(self) -> str:
        """How the clause is used: the end of the IRI of its mode."""
        return self.span.mode.value.rsplit("/", 1)[-1] if self.span.mode else ""


@dataclass(frozen=True)
class WordRun:
    """Words of a sentence: the manner of the clauses that they belong to, and which end here."""

    text: str
    manner: str = ""
    letters: str = ""


@dataclass(frozen=True)
class ReadSentence:
    """A sentence with the clauses that are cited from it.

    `pieces` are its words, where they may be shown; `left_out` counts clauses that are not shown.
    """

    row: Row
    clauses: tuple[ReadClause, ...]
    lacking: Sequence[Row]
    pieces: tuple[WordRun, ...] = ()
    left_out: int = 0

    @property
    def length(self) -> int:
        """How many characters it has."""
        length: int = self.row["end"] - self.row["start"]
        return length

    @property
    def bars(self) -> list[tuple[int, int, str]]:
        """Start, length and manner of what is cited, the longest first."""
        start, end = self.row["start"], self.row["end"]
        bars = []
        for clause in self.clauses:
            first, last = max(clause.span.start, start), min(clause.span.end, end)
            bars.append((first - start, last - first, clause.manner))
        return sorted(bars, key=lambda bar: -bar[1])

    @property
    def dashes(self) -> list[tuple[float, float]]:
        """Start and length of the dashes that say that nothing accounts for the sentence."""
        size = self.length / (2 * _PIECES - 1)
        return [(round(2 * n * size, 2), round(size, 2)) for n in range(_PIECES)]

    @property
    def share(self) -> int:
        """How much of it is cited, in per cent."""
        covered: set[int] = set()
        for start, length, _ in self.bars:
            covered.update(range(start, start + length))
        return round(100 * len(covered) / max(1, self.length))


def read_sentences(
    view: View, document: ReadDocument, rows: Sequence[Row], sections: Iterable[str]
) -> list[ReadSentence]:
    """The sentences with all that a page says of them, read in six batches.

    Args:
        view: of the page.
        document: which they are of.
        rows: the sentences.
        sections: the numbers of the sections that the page names.
    """
    graph = view.site.graph
    clauses = list(dict.fromkeys(IRI(name) for row in rows for name in _clauses(row)))
    names = [document.iri, *(section_iri(document.iri, number) for number in sections)]
    cut = [sentence_iri(document.iri, row["sentence"]) for row in rows]
    graph.take(
        (
            *about(clauses, g=DEFAULT),
            *about(names, *LABELS),
            *about([document.iri], DCTERMS.language, g=DEFAULT),
            *(about(cut, CG.wordsDigest, g=DEFAULT) if view.site.shows(document.iri) else ()),
        )
    )
    asked = [QuadPattern(g=iri) for iri in clauses]
    held = graph.reader.quads(asked, limit=_READ + 1) if asked else []
    said = dict(zip(clauses, held, strict=True))
    _read_named(view, held)
    shown = _most_shown(list(map(len, held)))
    spans = {iri: span for iri in clauses if (span := span_of(graph, iri))}
    return [_sentence(view, document, row, spans, said, shown) for row in rows]


def _clauses(row: Row) -> Sequence[str]:
    graphs: Sequence[str] = row["graphs"]
    return graphs[:MOST_CLAUSES]


def sentence_iri(document: IRI, number: int) -> IRI:
    """The IRI of a sentence by its number."""
    return IRI(f"{document.value}/s/{number:04d}")


def section_iri(document: IRI, number: str) -> IRI:
    """The IRI of a section by its number."""
    return IRI(f"{document.value}/sec/{number.replace('.', '-')}")


def _read_named(view: View, held: Iterable[Sequence[Quad]]) -> None:
    """Read the names and figures of what the statements mention, in four batches."""
    terms = [t for quads in held for q in quads for t in (q.subject, q.predicate, q.object)]
    iris = list(dict.fromkeys(term for term in terms if isinstance(term, IRI)))
    view.site.graph.take((*about(iris, *LABELS), *about(iris, *NUMBERS, g=DEFAULT)))
    view.read_figures(iris)
    figures = [figure for figure in map(view.figure, iris) if figure]
    ends = {end for f in figures for end in (f.indicator, f.relative_to) if end}
    view.read_names(sorted(ends, key=str))


def _most_shown(counts: Sequence[int]) -> int:
    """How many statements of a clause are shown, so that all clauses together fit on a page."""
    fitting = (most for most in _SHOWN if sum(min(most, count) for count in counts) <= _ALL)
    return next(fitting, _SHOWN[-1])


def _sentence(
    view: View,
    document: ReadDocument,
    row: Row,
    spans: Mapping[IRI, Span],
    said: Mapping[IRI, Sequence[Quad]],
    shown: int,
) -> ReadSentence:
    held = [spans[iri] for iri in map(IRI, _clauses(row)) if iri in spans]
    held.sort(key=lambda span: (span.start, -span.end))
    clauses = tuple(
        ReadClause(letter(n), span, begun=span.sentence)
        if 0 < span.sentence < row["sentence"]
        else _clause(view, letter(n), span, said[span.iri], shown)
        for n, span in enumerate(held)
    )
    return ReadSentence(
        row,
        clauses,
        document.lacking.get(row["sentence"], ()),
        _pieces(view, document.iri, row, clauses),
        len(row["graphs"]) - len(_clauses(row)),
    )


def letter(number: int) -> str:
    """a, b … z, aa, ab …"""
    before, rest = divmod(number, 26)
    return (letter(before - 1) if before else "") + chr(ord("a") + rest)


def _clause(view: View, letter: str, span: Span, quads: Sequence[Quad], most: int) -> ReadClause:
    kept: list[Said] = []
    left = most
    for said in _said(view, quads):
        if left <= 0:
            break
        part = said.first(left)
        kept.append(part)
        left -= part.count
    return ReadClause(letter, span, tuple(kept), len(quads), len(quads) > most)


def _said(view: View, quads: Sequence[Quad]) -> list[Said]:
    """The statements by subject, those together of which the same is said."""
    figures, told = _figures(view, quads)
    by_subject: dict[Subject, list[PropertyValues]] = {}
    for subject, line in figures:
        by_subject.setdefault(subject, []).append(line)
    rest = [quad for quad in quads if quad not in told]
    rest.sort(key=lambda quad: [(_name(view, term), str(term)) for term in parts(quad.triple)])
    for (subject, predicate), part in groupby(rest, key=lambda q: (q.subject, q.predicate)):
        values = tuple(quad.object for quad in part)
        by_subject.setdefault(subject, []).append(PropertyValues(predicate, values))  # type: ignore[arg-type]
    same: dict[tuple[object, ...], list[Subject]] = {}
    for subject in sorted(by_subject, key=lambda each: (_name(view, each), str(each))):
        lines = by_subject[subject]
        key = tuple(
            (each.predicate, each.values, each.figure and each.figure.iri) for each in lines
        )
        same.setdefault(key, []).append(subject)
    return [Said(tuple(held), tuple(by_subject[held[0]])) for held in same.values()]


def _figures(
    view: View, quads: Sequence[Quad]
) -> tuple[list[tuple[Subject, PropertyValues]], frozenset[Quad]]:
    """The figures whose number these statements give, and the statements that they tell."""
    lines: list[tuple[Subject, PropertyValues]] = []
    told: set[Quad] = set()
    counted = dict.fromkeys(quad.subject for quad in quads if quad.predicate in NUMBERS)
    for subject in counted:
        figure = view.figure(subject)
        if figure is None or figure.indicator is None:
            continue
        own = [quad for quad in quads if quad.subject == subject]
        of = [q for q in own if q.predicate in SUBJECTS and isinstance(q.object, IRI)]
        about_it = of[0].object if len(of) == 1 else subject
        lines.append((about_it, PropertyValues(figure.indicator, figure=figure)))  # type: ignore[arg-type]
        told.update(quad for quad in own if quad.predicate in _IN_FIGURE)
        told.update(of if len(of) == 1 else ())
    return lines, frozenset(told)


def _name(view: View, term: object) -> str:
    if isinstance(term, IRI):
        return view.label(term)
    return term.value if isinstance(term, Literal) else ""


def _pieces(
    view: View, document: IRI, row: Row, clauses: Sequence[ReadClause]
) -> tuple[WordRun, ...]:
    """The words of a sentence cut where clauses begin and end, as far as they may be shown."""
    shows = view.site.shows(document)
    source = view.site.settings.source
    held = source.of(document) if source and shows else None
    if held is None:
        return ()
    start, end = row["start"], row["end"]
    stated = view.site.graph.triples(sentence_iri(document, row["sentence"]), CG.wordsDigest)
    known = {t.object.value for t in stated if isinstance(t.object, Literal)}
    if digest(held.words(start, end)) not in known:
        return ()
    last = min(end, start + LONGEST)
    ends = {place for c in clauses for place in (c.span.start, c.span.end) if start < place < last}
    cuts = sorted({start, *ends, last})
    pieces = [_piece(held.words(a, b), a, b, clauses) for a, b in pairwise(cuts)]
    if shows == "quoted":
        pieces = list(_quoted(pieces))
    return (*pieces, WordRun("\u2026")) if last < end else tuple(pieces)


def _piece(text: str, start: int, end: int, clauses: Sequence[ReadClause]) -> WordRun:
    over = [c for c in clauses if c.span.start <= start and end <= c.span.end]
    manners = {c.manner for c in over}
    first = (each for each in ("stated", "paraphrased", "interpreted") if each in manners)
    manner = next(first, "other" if over else "")
    letters = " ".join(c.letter for c in over if c.span.end == end)
    return WordRun(text, manner, letters)


def _quoted(pieces: Iterable[WordRun]) -> Iterator[WordRun]:
    """The pieces with marks of omission for those that no clause is cited from."""
    for cited, part in groupby(pieces, key=lambda piece: bool(piece.manner)):
        if cited:
            yield from part
        else:
            yield WordRun("\u2026")
