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


def describe(graph: Graph | Excerpt, iri: IRI, *, limit: int = 200, page: int = 1) -> Resource:
    """Everything the graph says of an IRI, or a page of it where that is much; in three batches.

    Args:
        graph: the dataset.
        iri: what to describe.
        limit: the most statements of a page, per predicate and direction (in all for `content`);
            `omitted` counts those of later pages.
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
    reading.take(patterns.values())
    found = {where: graphs_of(reading.quads(*pattern)) for where, pattern in patterns.items()}
    content = dict.fromkeys(found.pop("content"))
    gathered = {w: [_Said.of(t, names) for t, names in part.items()] for w, part in found.items()}
    # The shapes are about the data, not of it: only what is described nowhere else shows them.
    if any(not each.of_shapes for part in gathered.values() for each in part):
        gathered = {w: [each for each in p if not each.of_shapes] for w, p in gathered.items()}
    cut = _Pages(limit, page)
    kept = {where: cut.by_predicate(part, where) for where, part in gathered.items()}
    shown = cut.whole(content, "content")
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


class _Said(NamedTuple):
    """A triple and the named graphs that hold it, whose descriptions are not read yet."""

    triple: Triple
    names: tuple[IRI, ...]
    inferred: bool
    start: int

    @classmethod
    def of(cls, triple: Triple, names: Sequence[IRI]) -> _Said:
        spans = [span for span in map(Span.parse, names) if span]
        placed = ((span.document.value, span.start, span.end) for span in spans)
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
        self._start, self._end, self._limit = (page - 1) * limit, page * limit, limit
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

    def _cut(self, part: list[Part], predicate: IRI, where: str) -> list[Part]:
        self.pages = max(self.pages, -(-len(part) // self._limit))
        if len(part) > self._end:
            self.omitted.append(Omitted(predicate, where, len(part) - self._end))
        return part[self._start : self._end]


def _literals(triples: Iterable[Triple], predicates: tuple[IRI, ...]) -> tuple[Literal, ...]:
    values = (t.object for t in triples if t.predicate in predicates)
    return tuple(text for text in values if isinstance(text, Literal))


def _cut(name: str) -> tuple[str, str]:
    """The IRI up to and after its last slash."""
    stem, _, slug = name.rpartition("/")
    return stem, slug
