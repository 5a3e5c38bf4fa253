"""One IRI: what the graph says of it, where each statement comes from, and what it is called.

`describe` gathers the statements around an IRI with their evidence; `nearest` proposes names for an
IRI that the graph does not know.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeVar

from cgkg.document.spans import Span, span_of
from cgkg.document.statements import Evidence, Statement, graphs_of
from cgkg.errors import ResourceNotFoundError
from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Triple, parts
from cgkg.rdf.vocab import CG, DCTERMS, GRAPH, RDF, RDFS, SH, SKOS
from cgkg.store.excerpt import Excerpt, about, saying
from cgkg.store.graph import Graph
from cgkg.store.reader import DEFAULT, QuadPattern

LABELS = (SKOS.prefLabel, RDFS.label, DCTERMS.title, SH.name)
DEFINITIONS = (SKOS.definition, CG.gist, DCTERMS.description)
NOTES = (SKOS.scopeNote, SKOS.editorialNote, SKOS.note, SKOS.example, RDFS.comment)
TEXTS = frozenset({*LABELS, *DEFINITIONS, *NOTES, SKOS.altLabel})
_LARGE = 2_000  # statements of a list that is not read whole
_LARGEST = 20_000  # of such lists together, whose pages are in an order of ours
_INFERRED, _SHAPES = frozenset({GRAPH.inferred}), frozenset({GRAPH.shapes})

Names = Mapping[IRI, Mapping[str, str]]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Omitted:
    """How many statements later pages hold of one list; `where` is a field of `Resource`.

    The predicate is that of the list, and rdf:Statement for `content`, which is one list.
    """

    predicate: IRI
    where: str
    count: int


@dataclass(frozen=True)
class Resource:
    """What the graph says of one IRI.

    `outgoing` has it as subject, `incoming` as object, `uses` as predicate, and `content` is what
    the named graph of this name holds. `names` has the labels of everything mentioned. Long lists
    are cut in pages: this is one of `pages`, and `omitted` counts what the next ones hold.
    """

    iri: IRI
    types: tuple[IRI, ...]
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    notes: tuple[Literal, ...]
    alternatives: tuple[Literal, ...]
    outgoing: tuple[Statement, ...]
    incoming: tuple[Statement, ...]
    uses: tuple[Statement, ...]
    content: tuple[Statement, ...]
    omitted: tuple[Omitted, ...]
    span: Span | None
    names: Names = field(repr=False)
    page: int = 1
    pages: int = 1


def describe(
    graph: Graph | Excerpt, iri: IRI, *, limit: int = 200, page: int = 1, merged: bool = False
) -> Resource:
    """Everything the graph says of an IRI, or a page of it where that is much; in three batches.

    Of a merged dataset, lists of thousands of statements are read without their graphs, which takes
    three batches more; over 20,000 statements not as a whole: these pages are in the order of the
    dataset.

    Args:
        graph: the dataset.
        iri: what to describe.
        limit: the most statements of a page, per predicate and direction (in all for `content`);
            `omitted` counts those of later pages.
        merged: whether the default graph has all that named graphs have, but for the shapes.
        page: from 1; a page holds the next `limit` statements of every list that is as long.

    Raises:
        ResourceNotFoundError: no statement and no graph has this name, or it has fewer pages;
            names the nearest.
    """
    reading = Excerpt.of(graph)
    patterns = {
        "outgoing": QuadPattern(s=iri),
        "incoming": QuadPattern(o=iri),
        "uses": QuadPattern(p=iri),
        "content": QuadPattern(g=iri),
    }
    long = reading.take_short(patterns.values(), _LARGE) if merged else set()
    long.discard(patterns["outgoing"])  # it has the names and classes
    reading.take(pattern for pattern in patterns.values() if pattern not in long)
    cut = _Pages(limit, page)
    parts = {
        where: graphs_of(reading.quads(*pattern) if pattern not in long else ())
        for where, pattern in patterns.items()
    }
    content = dict.fromkeys(parts.pop("content"))
    long_lists = _LongLists(reading, cut, {w: p for w, p in patterns.items() if p in long})
    gathered = {w: [_Said.of(t, names) for t, names in part.items()] for w, part in parts.items()}
    # The shapes are about the data, not of it: only what is described nowhere else shows them.
    if any(not each.of_shapes for part in gathered.values() for each in part):
        gathered = {w: [each for each in p if not each.of_shapes] for w, p in gathered.items()}
    kept = {where: cut.by_predicate(part, where) for where, part in gathered.items()}
    shown = cut.whole(content, "content")
    for where, triples in long_lists.read().items():
        if where == "content":
            shown = triples
        else:
            said = [_Said.of(triple, reading.graphs_with(triple)) for triple in triples]
            kept[where] = sorted(said, key=_Said.order)
    if not shown and not any(kept.values()):
        raise ResourceNotFoundError(iri.value, nearest=[n.value for n in nearest(reading, iri)])
    lists = _with_evidence(reading, iri, kept, shown)
    about_it = [each.triple for each in sorted(gathered["outgoing"], key=_Said.order)]
    return Resource(
        iri=iri,
        types=tuple(
            t.object for t in about_it if t.predicate == RDF.type and isinstance(t.object, IRI)
        ),
        labels=texts(about_it, LABELS),
        definitions=texts(about_it, DEFINITIONS),
        notes=_literals(about_it, NOTES),
        alternatives=_literals(about_it, (SKOS.altLabel,)),
        **lists,
        omitted=tuple(cut.omitted),
        span=span_of(reading, iri),
        names=labels_of(
            reading, mentioned(each for part in lists.values() for each in part) | {iri}
        ),
        page=page,
        pages=cut.pages,
    )


def _with_evidence(
    reading: Excerpt, iri: IRI, kept: Mapping[str, Sequence[_Said]], content: Iterable[Triple]
) -> dict[str, tuple[Statement, ...]]:
    """The statements of each list; spans, and labels of what is known already, in one batch."""
    held = [each for part in kept.values() for each in part]
    in_graph = list(content)
    reading.take(saying(in_graph))
    names = {name for each in held for name in each.names}
    names |= {name for triple in in_graph for name in reading.graphs_with(triple)}
    terms = {term for each in held for term in parts(each.triple)}
    terms |= {term for triple in in_graph for term in parts(triple)}
    iris = {term for term in terms if isinstance(term, IRI)} | names | {iri}
    spans = [name for name in names if Span.parse(name)]
    reading.take((*about(spans, g=DEFAULT), *about(iris, *LABELS)))
    evidence = Evidence(reading)
    lists = {
        where: tuple(evidence.make([(each.triple, each.names) for each in part]))
        for where, part in kept.items()
    }
    stated = [(triple, reading.graphs_with(triple)) for triple in in_graph]
    return {**lists, "content": tuple(evidence.make(stated))}


def labels_of(graph: Graph | Excerpt, iris: Iterable[IRI]) -> Names:
    """The labels of each IRI by language, in one batch; an IRI without a label is left out."""
    # From all graphs: a folder of files may hold labels in named graphs alone.
    reading, wanted = Excerpt.of(graph), tuple(iris)
    reading.take(about(wanted, *LABELS))
    names = {
        iri: texts((q.triple for p in LABELS for q in reading.quads(iri, p)), LABELS)
        for iri in wanted
    }
    return {iri: labels for iri, labels in names.items() if labels}


def mentioned(statements: Iterable[Statement]) -> set[IRI]:
    """Every IRI in the statements, and the sections and modes of their spans."""
    iris: set[IRI] = set()
    for each in statements:
        triple = each.triple
        terms = (triple.subject, triple.predicate, triple.object, *each.graphs)
        iris.update(term for term in terms if isinstance(term, IRI))
        iris.update(span.mode for span in each.spans if span.mode)
    return iris


def texts(triples: Iterable[Triple], predicates: tuple[IRI, ...]) -> Mapping[str, str]:
    """One text per language; earlier predicates win, then the first in order of code points."""
    by_language: dict[str, tuple[int, str]] = {}
    for triple in triples:
        if triple.predicate in predicates and isinstance(triple.object, Literal):
            candidate = (predicates.index(triple.predicate), triple.object.value)
            language = triple.object.language or ""
            by_language[language] = min(by_language.get(language, candidate), candidate)
    return {language: text for language, (_, text) in sorted(by_language.items())}


def nearest(graph: Graph | Excerpt, iri: IRI, count: int = 5) -> list[IRI]:
    """The names in the graph that are spelt most like this one, best first; in one batch."""
    reading = Excerpt.of(graph)
    reading.take(QuadPattern(p=predicate, g=DEFAULT) for predicate in LABELS)
    known: dict[str, IRI] = {}
    for predicate in LABELS:
        for triple in reading.triples(p=predicate):
            if isinstance(triple.subject, IRI):
                known[triple.subject.value] = triple.subject
    # Comparing whole IRIs makes everything of one namespace look alike: compare what differs.
    stem, slug = _cut(iri.value)
    siblings = {_cut(name)[1]: named for name, named in known.items() if _cut(name)[0] == stem}
    names = [siblings[s] for s in difflib.get_close_matches(slug, siblings, count, cutoff=0.5)]
    if len(names) < count:
        slugs: dict[str, list[IRI]] = {}
        for name, named in known.items():
            slugs.setdefault(_cut(name)[1], []).append(named)
        for match in difflib.get_close_matches(slug, slugs, count, cutoff=0.7):
            names += [named for named in slugs[match] if named not in names]
    return names[:count]


def closure_of_blanks(graph: Graph | Excerpt, terms: Iterable[object]) -> Iterator[Triple]:
    """The descriptions of the blank nodes among the terms, and of those they lead to.

    In a reading they are those that were expanded, or are looked up one after another.
    """
    waiting = [term for term in terms if isinstance(term, BlankNode)]
    seen: set[Subject] = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for triple in graph.triples(node):
            yield triple
            if isinstance(triple.object, BlankNode):
                waiting.append(triple.object)


class _LongLists:
    """Pages of lists that are too long to be read whole."""

    def __init__(self, reading: Excerpt, cut: _Pages, patterns: Mapping[str, QuadPattern]) -> None:
        self._reading, self._cut = reading, cut
        self._patterns = {w: p if p.g else p._replace(g=DEFAULT) for w, p in patterns.items()}

    def read(self) -> dict[str, list[Triple]]:
        """The triples of the page by list, and which graphs hold them."""
        if not self._patterns:
            return {}
        lists = [
            (where, pattern._replace(p=predicate) if where == "incoming" else pattern, count)
            for where, predicate, count in self._counts()
            for pattern in (self._patterns[where],)
            if self._cut.counted(count, RDF.Statement if where == "content" else predicate, where)
        ]
        by_pattern: dict[str, list[Triple]] = {where: [] for where in self._patterns}
        few = sum(count for *_, count in lists) <= _LARGEST
        read = self._read_sorted if few else self._read_some
        for (where, *_), part in zip(lists, read([each[1] for each in lists]), strict=True):
            by_pattern[where] += part
        self._reading.take(saying(t for triples in by_pattern.values() for t in triples))
        return by_pattern

    def _read_sorted(self, patterns: Sequence[QuadPattern]) -> Iterator[list[Triple]]:
        """The page of each, by the names in its triples."""
        start, end = self._cut.start, self._cut.start + self._cut.limit
        for quads in self._reading.reader.quads(patterns):
            yield sorted({quad.triple for quad in quads}, key=str)[start:end]

    def _read_some(self, patterns: Sequence[QuadPattern]) -> Iterator[list[Triple]]:
        """The page of each, in the order of the dataset."""
        limit, start = self._cut.limit, self._cut.start
        for quads in self._reading.reader.quads(patterns, limit=limit, offset=start):
            yield list(dict.fromkeys(quad.triple for quad in quads))

    def _counts(self) -> Iterator[tuple[str, IRI, int]]:
        """How many statements each list has: incoming ones by predicate, the others in all."""
        rows = self._reading.select(
            "SELECT ?where ?p ?count WHERE { "
            + " UNION ".join(_counting(*each) for each in self._patterns.items())
            + " }"
        )
        for row in sorted(rows, key=lambda row: str(row.get("p"))):
            where, predicate, count = row["where"], row.get("p", RDF.type), row["count"]
            if isinstance(where, Literal) and isinstance(predicate, IRI):
                yield where.value, predicate, int(str(getattr(count, "value", 0)))


def _counting(where: str, pattern: QuadPattern) -> str:
    s, p, o, g = (
        str(term) if isinstance(term, IRI) else f"?{name}"
        for name, term in zip("spog", pattern, strict=True)
    )
    triples = f"{s} {p} {o}"
    held = triples if pattern.g == DEFAULT else f"GRAPH {g} {{ {triples} }}"
    if where == "incoming":
        return (
            f'{{ SELECT ("{where}" AS ?where) ?p (COUNT(*) AS ?count)'
            f" WHERE {{ {held} }} GROUP BY ?p }}"
        )
    by = f"({p} AS ?p)" if where == "uses" else ""
    return f'{{ SELECT ("{where}" AS ?where) {by} (COUNT(*) AS ?count) WHERE {{ {held} }} }}'


class _Said(NamedTuple):
    """A triple and the named graphs that hold it, whose descriptions are not read yet."""

    triple: Triple
    names: tuple[IRI, ...]
    inferred: bool
    start: int

    @classmethod
    def of(cls, triple: Triple, names: Sequence[IRI]) -> _Said:
        spans = [span for span in map(Span.parse, names) if span]
        placed = (span.place for span in spans)
        start = min(placed)[1] if spans else 1 << 62
        return cls(triple, tuple(names), frozenset(names) == _INFERRED, start)

    @property
    def of_shapes(self) -> bool:
        """Whether only the shapes say this."""
        return self.names != () and frozenset(self.names) - _INFERRED == _SHAPES

    def order(self) -> tuple[str, bool, int, str, str]:
        """By predicate; asserted first, in document order; then by the names of the ends."""
        s, p, o = parts(self.triple)
        return p.value, self.inferred, self.start, str(s), str(o)


class _Pages:
    """Cuts lists to one page; `omitted` and `pages` tell of the rest."""

    def __init__(self, limit: int, page: int) -> None:
        self.start, self._end, self.limit = (page - 1) * limit, page * limit, limit
        self.omitted: list[Omitted] = []
        self.pages = 1

    def by_predicate(self, said: Iterable[_Said], where: str) -> list[_Said]:
        """This page of the statements of each predicate, in a stable order."""
        kept: list[_Said] = []
        ordered = sorted(said, key=_Said.order)
        for predicate, part in groupby(ordered, lambda each: each.triple.predicate):
            kept += self._cut(list(part), predicate, where)
        return kept

    def whole(self, triples: Iterable[Triple], where: str) -> list[Triple]:
        """This page of one list of triples, by their names."""
        return self._cut(sorted(triples, key=str), RDF.Statement, where)

    def counted(self, count: int, predicate: IRI, where: str) -> bool:
        """Whether this page has some of a list of so many."""
        self.pages = max(self.pages, -(-count // self.limit))
        if count > self._end:
            self.omitted.append(Omitted(predicate, where, count - self._end))
        return count > self.start

    def _cut(self, part: list[Part], predicate: IRI, where: str) -> list[Part]:
        self.counted(len(part), predicate, where)
        return part[self.start : self._end]


def _literals(triples: Iterable[Triple], predicates: tuple[IRI, ...]) -> tuple[Literal, ...]:
    values = (t.object for t in triples if t.predicate in predicates)
    return tuple(text for text in values if isinstance(text, Literal))


def _cut(name: str) -> tuple[str, str]:
    """The IRI up to and after its last slash."""
    stem, _, slug = name.rpartition("/")
    return stem, slug
