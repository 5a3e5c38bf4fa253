"""How a document was read, held against its sections and words by the rules of cgkg.toml.

[told]: what a section tells of is listed in the block of its heading, and what is listed there is
told of. [words]: a statement needs words in its clause, or words ask for a statement. Numbers that
a clause states are in its words, where the document's numbers are looked for at all. What needs the
words is checked only with the document at hand. All findings are warnings: a person decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from cgkg.document.numerals import numbers
from cgkg.document.spans import Span
from cgkg.document.text import TextsAtHand
from cgkg.languages import N_, translations
from cgkg.project.configuration import SectionRule, WordRule
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import CG, MODE, OWL, RDF, RDFS, SKOS
from cgkg.validation.coverage import NUMBER, classes_below
from cgkg.validation.report import Finding

__all__ = ["check_reading"]

_NOT_LISTED = N_("section {section} tells of it; list it with {listed} <{value}> at its heading")
_NOT_TOLD = N_("no clause of section {section} speaks of it; take it off the list at its heading")
_LACKING = N_("the clause has none of the words of [words.{rule}] in cgkg.toml for {property}")
_ASKED = N_("by [words.{rule}] in cgkg.toml the clause asks for {properties}")
_NO_NUMBER = N_("the words of the clause do not give this number")
_NAME = N_("by [words.{rule}] in cgkg.toml its name asks for {properties}")


def check_reading(sources: Sources, text: TextsAtHand | None) -> Iterator[Finding]:
    """What the project's rules of reading find in what it asserts.

    Args:
        sources: the project as read.
        text: the documents at hand; rules about words apply to their clauses alone.
    """
    project = sources.project
    if project.told:
        yield from _Sections(sources, project.told).findings()
    for name, rule in project.words.items():
        if rule.kind:
            yield from _check_names(sources, name, rule, rule.kind)
        elif rule.within == "gist" or text:
            yield from _check_clauses(sources, name, rule, text)
    if text:
        yield from _check_numbers(sources, text)


class _Sections:
    """What headings list, and what the sections below them tell of."""

    def __init__(self, sources: Sources, rule: SectionRule) -> None:
        self._sources, self._rule = sources, rule
        self._turn = _Inverses(sources.ontology).turn
        pairs = [(s, o) for s, p, o in map(parts, sources.ontology) if p == RDFS.subPropertyOf]
        self._listing: set[Term] = {rule.listed}
        while more := {s for s, o in pairs if o in self._listing} - self._listing:
            self._listing |= more

    def findings(self) -> Iterator[Finding]:
        """What is told of and not listed, then what is listed and not told of."""
        told: dict[tuple[IRI, str], dict[Term, tuple[Triple, IRI]]] = defaultdict(dict)
        lists: dict[tuple[IRI, str], dict[tuple[Term, Term], tuple[Triple, IRI]]]
        lists = defaultdict(dict)
        named: dict[tuple[IRI, str], set[Term]] = defaultdict(set)
        for span, section, heading in self._placed():
            for triple in self._sources.graphs.get(span.iri, ()):
                subject, predicate, value = self._turn(triple, self._listing | {self._rule.by})
                at = span.document, section
                if predicate == self._rule.listed and heading:
                    lists[at][subject, value] = (triple, span.iri)
                    continue
                named[at] |= {subject, value}
                if predicate == self._rule.by and value not in self._excluded:
                    told[at].setdefault(subject, (triple, span.iri))
        for at, listed in lists.items():
            below = [each for each in {*told, *named} if _is_below(each, at)]
            values = {value for _, value in listed}
            yield from self._missing(at, values, [told[each] for each in below if each in told])
            speaks = set().union(*(named[each] for each in below))
            for (subject, _), (triple, graph) in listed.items():
                if subject not in speaks:
                    yield _found(
                        "listed-not-told",
                        translations(_NOT_TOLD, section=at[1]),
                        triple,
                        graph,
                    )

    def _missing(
        self,
        at: tuple[IRI, str],
        values: Iterable[Term],
        told: Iterable[dict[Term, tuple[Triple, IRI]]],
    ) -> Iterator[Finding]:
        """What sections tell of that nothing lists with a value of the heading."""
        everything = {subject: found for each in told for subject, found in each.items()}
        for value in values:
            for subject, (triple, graph) in everything.items():
                if (subject, value) not in self._listed and isinstance(value, IRI):
                    message = translations(
                        _NOT_LISTED, section=at[1], listed=self._rule.listed, value=value.value
                    )
                    yield _found("told-not-listed", message, triple, graph)

    def _placed(self) -> Iterator[tuple[Span, str, bool]]:
        """The spans that stand in a sentence, with its section and whether it is a heading."""
        for span in self._sources.spans:
            table = self._sources.tables.get(span.document)
            place = table.place(span.start, span.end) if table else None
            if place:
                yield span, place[0].section, place[0].paragraph == 0

    @cached_property
    def _listed(self) -> set[tuple[Term, Term]]:
        return {
            (s, o)
            for triples in self._sources.graphs.values()
            for s, p, o in (self._turn(t, self._listing) for t in triples)
            if p in self._listing
        }

    @cached_property
    def _excluded(self) -> set[Term]:
        return _instances(self._sources, self._rule.excluded) if self._rule.excluded else set()


class _Inverses:
    """Reads a statement as its inverse says it: what stands in a clause the other way round is
    said."""

    def __init__(self, ontology: Iterable[Triple]) -> None:
        pairs = [(s, o) for s, p, o in map(parts, ontology) if p == OWL.inverseOf]
        self._of: dict[Term, set[Term]] = defaultdict(set)
        for one, other in pairs:
            self._of[one].add(other)
            self._of[other].add(one)

    def turn(self, triple: Triple, wanted: set[Term]) -> tuple[Term, Term, Term]:
        """The statement with one of these properties, turned round if only its inverse is one."""
        subject, predicate, value = parts(triple)
        if predicate not in wanted:
            for inverse in self._of.get(predicate, set()) & wanted:
                return value, inverse, subject
        return subject, predicate, value


def _is_below(section: tuple[IRI, str], heading: tuple[IRI, str]) -> bool:
    """Whether a section of a document is that of the heading, or one within it."""
    same = section[0] == heading[0]
    return same and (section[1] == heading[1] or section[1].startswith(f"{heading[1]}."))


def _check_clauses(
    sources: Sources, name: str, rule: WordRule, text: TextsAtHand | None
) -> Iterator[Finding]:
    """Where the words of clauses, or their gists, are not as the rule has it."""
    turn = _Inverses(sources.ontology).turn
    of: set[Term] = {rule.of} if rule.of else set()
    asks: set[Term] = set(rule.asks)
    described: dict[Term, list[Triple]] = defaultdict(list)
    for triple in sources.descriptions:
        described[parts(triple)[0]].append(triple)
    for span in sources.spans:
        stated = sources.graphs.get(span.iri, ())
        said = described[span.iri]
        if rule.within == "gist":
            words = [_text(t) for t in said if t.predicate == CG.gist]
        else:
            held = text.of(span.document) if text else None
            if held is None or span.end > len(held):
                continue
            words = [held.words(span.start, span.end)]
        has = any(rule.pattern.search(each) for each in words)
        if rule.of:
            modes = {t.object for t in said if t.predicate == CG.assertionMode}
            for triple in () if has or MODE.interpreted in modes else stated:
                _, predicate, value = turn(triple, of)
                if predicate == rule.of and rule.value in (None, value):
                    message = translations(_LACKING, rule=name, property=rule.of)
                    yield _found("words-lacking", message, triple, span.iri)
        elif has and not any(_answers(turn(t, asks), rule) for t in (*said, *stated)):
            properties = ", ".join(map(str, rule.asks))
            message = translations(_ASKED, rule=name, properties=properties)
            yield Finding("warning", "words-asking", message, focus=span.iri)


def _check_numbers(sources: Sources, text: TextsAtHand) -> Iterator[Finding]:
    """Numbers of stated clauses that their words do not give."""
    folder = sources.project.folder / "data" / "source"
    held = {
        document: words
        for document in sources.tables
        if (words := text.of(document)) is not None
        and (folder / f"{document.value.rsplit('/', 1)[1]}.mentions.csv").is_file()
    }
    stated = {
        t.subject
        for t in sources.descriptions
        if t.predicate == CG.assertionMode and t.object == MODE.stated
    }
    for span in sources.spans:
        if span.document not in held or span.iri not in stated:
            continue
        given = numbers(held[span.document].words(span.start, span.end))
        for triple in sources.graphs.get(span.iri, ()):
            number = _text(triple)
            if NUMBER.fullmatch(number) and Decimal(number) not in given:
                yield _found("number-not-said", translations(_NO_NUMBER), triple, span.iri)


def _check_names(sources: Sources, name: str, rule: WordRule, kind: IRI) -> Iterator[Finding]:
    """Instances whose name asks for a property that nothing says of them."""
    wanted = _instances(sources, kind)
    asking = {
        parts(t)[0]
        for t in sources.registry
        if t.predicate == SKOS.prefLabel and t.subject in wanted and rule.pattern.search(_text(t))
    }
    turn, asks = _Inverses(sources.ontology).turn, set[Term](rule.asks)
    said = (turn(t, asks) for triples in sources.graphs.values() for t in triples)
    answered = {each[0] for each in said if _answers(each, rule)}
    for subject in sorted(asking - answered, key=str):
        properties = ", ".join(map(str, rule.asks))
        message = translations(_NAME, rule=name, properties=properties)
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
