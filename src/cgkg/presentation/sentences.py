"""Statements as sentences, by the patterns of the ontology.

A property or a class says with `cg:sentencePattern`, in each language, how a statement with it is
put: "{object} is a member of {subject}". A sentence has no capital of its own and no full stop, so
that it can stand within another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from cgkg.languages import N_, find, text, translator
from cgkg.presentation.axioms import Phrase
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import CG, OWL, RDF, RDFS, SKOS
from cgkg.store.excerpt import Lookups
from cgkg.store.reader import DEFAULT, QuadPattern

PATTERNS = QuadPattern(p=CG.sentencePattern, g=DEFAULT)
"""What is to be read before sentences are made."""

_TOLD = 6  # sentences that are told as one
# {subject}, {property} and {object} are names.
_GENERAL = N_("{subject} {property} {object}")
_STANDARD: Mapping[IRI, str] = {
    RDF.type: N_("{subject} is a {object}"),
    RDFS.subClassOf: N_("every {subject} is a {object}"),
    OWL.sameAs: N_("{subject} is the same as {object}"),
    SKOS.broader: N_("{subject} is a part of the wider {object}"),
    SKOS.narrower: N_("{object} is a part of the wider {subject}"),
    SKOS.related: N_("{subject} is related to {object}"),
    SKOS.inScheme: N_("{subject} belongs to {object}"),
}


class SentencePatterns:
    """Tells statements in one language."""

    def __init__(self, graph: Lookups, language: str, term: Callable[[object], Phrase]) -> None:
        """Read nothing yet.

        Args:
            graph: has the patterns; see `PATTERNS`.
            language: of the sentences.
            term: says what is no name, such as a class expression (`Axioms.term`).
        """
        self._graph, self._language, self._term = graph, language, term

    @cached_property
    def _patterns(self) -> Mapping[Term, Mapping[str, str]]:
        held: dict[Term, dict[str, str]] = {}
        for triple in self._graph.triples(p=CG.sentencePattern):
            if isinstance(triple.object, Literal):
                said = held.setdefault(triple.subject, {})  # type: ignore[arg-type]
                said[triple.object.language or ""] = triple.object.value
        return held

    def has_words(self, triple: Triple) -> bool:
        """Whether the statement has a sentence of its own, in whatever language."""
        return bool(self._own(triple)) or triple.predicate in _STANDARD

    def sentence(self, triple: Triple) -> Phrase:
        """The statement as a sentence; without a pattern its property stands between the ends.

        A pattern in another language than that of the sentences is not taken.
        """
        own = self._own(triple)
        pattern = find(own, self._language) or own.get("", "")
        if not pattern:
            pattern = text(_STANDARD.get(triple.predicate, _GENERAL), self._language)
        subject, predicate, value = parts(triple)
        slots: Mapping[str, Phrase] = {
            "subject": self._term(subject),
            "property": (predicate,),
            "object": self._term(value),
        }
        return tuple(fill(pattern, slots))

    def _own(self, triple: Triple) -> Mapping[str, str]:
        by = triple.object if triple.predicate == RDF.type else triple.predicate
        return self._patterns.get(by, {})  # type: ignore[arg-type]

    def joined(self, sentences: Sequence[Phrase]) -> Phrase:
        """Several sentences as one: "a; b; and c"."""
        parts: list[str | IRI | Literal] = []
        for number, sentence in enumerate(sentences, 1):
            if number > 1:
                last = number == len(sentences)
                parts.append(text(N_(", and ") if last else N_(", "), self._language))
            parts += sentence
        return tuple(parts)

    def plain(self, claim: Triple, reasons: Sequence[Triple], clauses: int) -> Phrase:
        """The claim and why it holds, as one sentence with its full stop.

        Where a reason has no words of its own, or there are many, the clauses are counted instead.
        """
        said = self.reasons(reasons, clauses)
        slots = {"claim": self.sentence(claim), "reasons": said}
        if not reasons:
            return tuple(fill(text(N_("{claim}."), self._language), slots))
        if self.tells(reasons):
            return tuple(fill(text(N_("{claim}, because {reasons}."), self._language), slots))
        return tuple(fill(text(N_("{claim}; {reasons}."), self._language), slots))

    def tells(self, reasons: Sequence[Triple]) -> bool:
        """Whether the reasons are few and have words, and so are told."""
        return 0 < len(reasons) <= _TOLD and all(map(self.has_words, reasons))

    def reasons(self, reasons: Sequence[Triple], clauses: int) -> Phrase:
        """The reasons in words, else how many clauses they are from."""
        if self.tells(reasons):
            return self.joined([self.sentence(each) for each in reasons])
        words = translator(self._language).ngettext(
            "this follows from {count} clause", "this follows from {count} clauses", clauses
        )
        if not clauses:
            words = text(N_("this follows from what is no clause of the document"), self._language)
        return (words.format(count=clauses),)


def fill(pattern: str, slots: Mapping[str, Phrase]) -> Iterator[str | IRI | Literal]:
    """The pattern with phrases in the places of names; braces around anything else stay."""
    rest = pattern
    while rest:
        before, brace, after = rest.partition("{")
        name, end, later = after.partition("}")
        if before:
            yield before
        if not brace:
            return
        if end and name in slots:
            yield from slots[name]
            rest = later
        else:
            yield brace
            rest = after
