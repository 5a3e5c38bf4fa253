"""How a document was read, held against its sections and words by the rules of cgkg.toml.

[told]: what a section tells of is listed in the block of its heading, and what is listed there is
told of. [words]: a statement needs words in its clause, or words ask for a statement. What needs
the words is checked only with the document at hand. All findings are warnings: a person decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cgkg.document.sentences import SentenceTable
from cgkg.document.spans import Span
from cgkg.document.text import TextsAtHand
from cgkg.languages import N_, translations
from cgkg.project.configuration import SectionRule, WordRule
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import CG, MODE, OWL, RDF, RDFS, SKOS
from cgkg.validation.cited import classes_below
from cgkg.validation.report import Finding

__all__ = ["ReadingRules", "check_reading"]

_NOT_LISTED = N_("section {section} tells of it; list it with {listed} <{value}> at its heading")
_NOT_TOLD = N_("no clause of section {section} speaks of it; take it off the list at its heading")
_LACKING = N_("the clause has none of the words of [words.{rule}] in cgkg.toml for {property}")
_ASKED = N_("by [words.{rule}] in cgkg.toml the clause asks for {properties}")
_NAME = N_("by [words.{rule}] in cgkg.toml its name asks for {properties}")


def check_reading(sources: Sources, text: TextsAtHand | None) -> Iterator[Finding]:
    """What the project's rules of reading find in what it asserts.

    Args:
        sources: the project as read.
        text: the documents at hand; rules about words apply to their clauses alone.
    """
    reading = ReadingRules(sources, text)
    reading.note(sources, sources.graphs)
    yield from reading.across(sources)
    for span in sources.spans:
        yield from reading.of_span(sources, span)


class ReadingRules:
    """The rules of reading, and what graphs say that they need to know, kept graph by graph.

    Args:
        sources: the project; its ontology, registry and settings are taken from it once.
        text: the documents at hand.
    """

    def __init__(self, sources: Sources, text: TextsAtHand | None) -> None:
        project = sources.project
        self._text = text
        inverses = _Inverses(sources.ontology)
        self._turn = inverses.turn
        self._sections = _Sections(sources, project.told, inverses) if project.told else None
        self._clauses = {
            name: rule
            for name, rule in project.words.items()
            if not rule.kind and (rule.within == "gist" or text)
        }
        self._named = [
            _NameRule(sources, name, rule, rule.kind, inverses)
            for name, rule in project.words.items()
            if rule.kind
        ]

    def note(self, sources: Sources, names: Iterable[IRI]) -> None:
        """Know what these graphs say now; those that are gone say nothing."""
        for name in names:
            triples = sources.graphs.get(name, ())
            for rule in self._named:
                rule.note(name, triples)
            if self._sections:
                self._sections.note(name, triples)

    def across(self, sources: Sources) -> Iterator[Finding]:
        """What is found by what several clauses say."""
        if self._sections:
            yield from self._sections.findings(sources)
        for rule in self._named:
            yield from rule.findings()

    def of_span(self, sources: Sources, span: Span) -> Iterator[Finding]:
        """What is found in one clause."""
        for name, rule in self._clauses.items():
            yield from self._check_clause(sources, name, rule, span)

    def _check_clause(
        self, sources: Sources, name: str, rule: WordRule, span: Span
    ) -> Iterator[Finding]:
        """Where the words of a clause, or its gist, are not as the rule has it."""
        stated = sources.graphs.get(span.iri, ())
        said = (*sources.said.get(span.iri, ()), *sources.placed.get(span.iri, ()))
        if rule.within == "gist":
            words = [_text(t) for t in said if t.predicate == CG.gist]
        else:
            held = self._text.of(span.document) if self._text else None
            if held is None or span.end > len(held):
                return
            words = [held.words(span.start, span.end)]
        has = any(rule.pattern.search(each) for each in words)
        if rule.of:
            if has or any(_is_mode(t, MODE.interpreted) for t in said):
                return
            for triple in stated:
                _, predicate, value = self._turn(triple, {rule.of})
                if predicate == rule.of and rule.value in (None, value):
                    message = translations(_LACKING, rule=name, property=rule.of)
                    yield _found("words-lacking", message, triple, span.iri)
        elif has:
            asks: set[Term] = set(rule.asks)
            if not any(_answers(self._turn(t, asks), rule) for t in (*said, *stated)):
                properties = ", ".join(map(str, rule.asks))
                message = translations(_ASKED, rule=name, properties=properties)
                yield Finding("warning", "words-asking", message, focus=span.iri)


class _Sections:
    """What headings list, and what the sections below them tell of."""

    def __init__(self, sources: Sources, rule: SectionRule, inverses: _Inverses) -> None:
        self._rule, self._turn = rule, inverses.turn
        pairs = [(s, o) for s, p, o in map(parts, sources.ontology) if p == RDFS.subPropertyOf]
        self._listing: set[Term] = {rule.listed}
        while more := {s for s, o in pairs if o in self._listing} - self._listing:
            self._listing |= more
        self._ways = inverses.ways(self._listing)
        self._excluded = _instances(sources, rule.excluded) if rule.excluded else set()
        self._noted: dict[IRI, list[tuple[Term, Term, Term, Triple]]] = {}
        self._pairs: dict[IRI, set[tuple[Term, Term]]] = {}
        self._listed: Counter[tuple[Term, Term]] = Counter()
        self._documents: dict[IRI, _OfDocument] = {}

    def note(self, name: IRI, triples: Iterable[Triple]) -> None:
        """Know what a graph says now."""
        for pair in self._pairs.pop(name, ()):
            self._listed[pair] -= 1
        self._noted.pop(name, None)
        wanted = self._listing | {self._rule.by}
        turned = [(*self._turn(triple, wanted), triple) for triple in triples]
        if turned:
            self._noted[name] = turned
            listed = (self._turn(t, self._listing) for t in triples if t.predicate in self._ways)
            pairs = {(s, o) for s, p, o in listed if p in self._listing}
            if pairs:
                self._pairs[name] = pairs
                self._listed.update(pairs)
        span = Span.parse(name)
        if span is not None:
            self._documents.pop(span.document, None)

    def findings(self, sources: Sources) -> Iterator[Finding]:
        """What is told of and not listed, then what is listed and not told of."""
        spans: dict[IRI, list[Span]] = defaultdict(list)
        for document in sources.tables:
            if document not in self._documents:
                spans[document] = []
        if spans:
            for span in sources.spans:
                if span.document in spans:
                    spans[span.document].append(span)
        for document, own in spans.items():
            self._documents[document] = self._read(sources.tables[document], own)
        for document in sources.tables:
            of = self._documents[document]
            for pair, finding in of.lacking:
                if not self._listed[pair]:
                    yield finding
            yield from of.untold

    def _read(self, table: SentenceTable, spans: Iterable[Span]) -> _OfDocument:
        """What the sections of a document tell of and what their headings list."""
        told: dict[str, dict[Term, tuple[Triple, IRI]]] = defaultdict(dict)
        lists: dict[str, dict[tuple[Term, Term], tuple[Triple, IRI]]] = defaultdict(dict)
        named: dict[str, set[Term]] = defaultdict(set)
        pairs: set[tuple[Term, Term]] = set()
        for span in spans:
            place = table.place(span.start, span.end)
            if not place:
                continue
            at, heading = place[0].section, place[0].paragraph == 0
            pairs |= self._pairs.get(span.iri, set())
            for subject, predicate, value, triple in self._noted.get(span.iri, ()):
                if predicate == self._rule.listed and heading:
                    lists[at][subject, value] = (triple, span.iri)
                    continue
                named[at] |= {subject, value}
                if predicate == self._rule.by and value not in self._excluded:
                    told[at].setdefault(subject, (triple, span.iri))
        of_document = _OfDocument([], [])
        for at, listed in lists.items():
            below = [each for each in sorted({*told, *named}) if _is_below(each, at)]
            everything = {s: each for one in below if one in told for s, each in told[one].items()}
            for value in dict.fromkeys(value for _, value in listed):
                for subject, (triple, graph) in everything.items():
                    if (subject, value) not in pairs and isinstance(value, IRI):
                        message = translations(
                            _NOT_LISTED, section=at, listed=self._rule.listed, value=value.value
                        )
                        finding = _found("told-not-listed", message, triple, graph)
                        of_document.lacking.append(((subject, value), finding))
            speaks: set[Term] = set().union(*(named[each] for each in below))
            for (subject, _), (triple, graph) in listed.items():
                if subject not in speaks:
                    message = translations(_NOT_TOLD, section=at)
                    of_document.untold.append(_found("listed-not-told", message, triple, graph))
        return of_document


@dataclass(frozen=True)
class _OfDocument:
    """What is told of in a document and not listed at its headings, by what would list it; and
    what is listed there and not told of."""

    lacking: list[tuple[tuple[Term, Term], Finding]]
    untold: list[Finding]


class _Inverses:
    """Reads a statement as its inverse says it: what stands in a clause the other way round is
    said."""

    def __init__(self, ontology: Iterable[Triple]) -> None:
        pairs = [(s, o) for s, p, o in map(parts, ontology) if p == OWL.inverseOf]
        self._of: dict[Term, set[Term]] = defaultdict(set)
        for one, other in pairs:
            self._of[one].add(other)
            self._of[other].add(one)

    def ways(self, wanted: set[Term]) -> set[Term]:
        """The properties that say one of these, or the inverse of one."""
        return wanted | {name for name, others in self._of.items() if others & wanted}

    def turn(self, triple: Triple, wanted: set[Term]) -> tuple[Term, Term, Term]:
        """The statement with one of these properties, turned round if only its inverse is one."""
        subject, predicate, value = parts(triple)
        if predicate not in wanted and predicate in self._of:
            for inverse in self._of[predicate] & wanted:
                return value, inverse, subject
        return subject, predicate, value


def _is_below(section: str, heading: str) -> bool:
    """Whether a section is that of the heading, or one within it."""
    return section == heading or section.startswith(f"{heading}.")


def _is_mode(triple: Triple, mode: IRI) -> bool:
    return triple.predicate == CG.assertionMode and triple.object == mode


class _NameRule:
    """Finds instances whose name asks for a property that nothing says of them."""

    def __init__(
        self, sources: Sources, name: str, rule: WordRule, kind: IRI, inverses: _Inverses
    ) -> None:
        self._name, self._rule, self._turn = name, rule, inverses.turn
        self._asks = set[Term](rule.asks)
        self._ways = inverses.ways(self._asks)
        wanted = _instances(sources, kind)
        self._asking = {
            parts(t)[0]
            for t in sources.registry
            if t.predicate == SKOS.prefLabel
            and t.subject in wanted
            and rule.pattern.search(_text(t))
        }
        self._by_graph: dict[IRI, set[Term]] = {}
        self._answered: Counter[Term] = Counter()

    def note(self, name: IRI, triples: Iterable[Triple]) -> None:
        """Know what a graph says now."""
        for subject in self._by_graph.pop(name, ()):
            self._answered[subject] -= 1
        asks, ways = self._asks, self._ways
        said = (self._turn(triple, asks) for triple in triples if triple.predicate in ways)
        answered = {each[0] for each in said if _answers(each, self._rule)}
        if answered:
            self._by_graph[name] = answered
            self._answered.update(answered)

    def findings(self) -> Iterator[Finding]:
        """Those of which nothing says it, in the order of their IRIs."""
        for subject in sorted(self._asking, key=str):
            if not self._answered[subject]:
                properties = ", ".join(map(str, self._rule.asks))
                message = translations(_NAME, rule=self._name, properties=properties)
                yield Finding("warning", "words-asking", message, focus=subject)


def _answers(said: tuple[Term, Term, Term], rule: WordRule) -> bool:
    return said[1] in rule.asks and rule.value in (None, said[2])


def _instances(sources: Sources, kind: IRI) -> set[Term]:
    """What the registry has of a class, or of one below it."""
    below = classes_below(kind, sources.ontology)
    return {
        s
        for s, p, o in map(parts, sources.registry)
        if p == RDF.type and isinstance(o, IRI) and o.value in below
    }


def _text(triple: Triple) -> str:
    return triple.object.value if isinstance(triple.object, Literal) else ""


def _found(code: str, message: Mapping[str, str], triple: Triple, graph: IRI) -> Finding:
    subject, predicate, value = parts(triple)
    return Finding(
        "warning", code, message, focus=subject, predicate=predicate, value=value, graph=graph
    )
