"""A proof as its page tells it: sentences with their clauses, and how firmly it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgkg.document.spans import Span
from cgkg.document.statements import Statement, statements
from cgkg.presentation.arguments import Argument, different, passed_through
from cgkg.presentation.axioms import Axioms, Phrase
from cgkg.presentation.resource import mentioned
from cgkg.presentation.sentences import PATTERNS, SentencePatterns
from cgkg.rdf.terms import IRI, Triple, parts
from cgkg.rdf.vocab import SKOS
from cgkg.store.excerpt import Excerpt, about
from cgkg.store.reader import DEFAULT, QuadPattern

if TYPE_CHECKING:
    from cgkg.reasoning import Proof

MOST = 20
"""The most ways to the same fact that a page tells."""


@dataclass(frozen=True)
class ToldReason:
    """One reason: sentences, the first of them with what it itself follows from, and evidence."""

    sentences: tuple[Phrase, ...]
    inferred: tuple[Triple, ...]
    spans: tuple[Span, ...]
    graphs: tuple[IRI, ...]


@dataclass(frozen=True)
class Way:
    """One of the ways to a fact: what only it goes by, and its clauses."""

    through: tuple[IRI, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Trace:
    """What the page of an inferred fact tells.

    `ways` are all that were found on other grounds, the one that is told first; `more` says that
    there may be further ones.
    """

    lead: Phrase
    tells: bool
    reasons: tuple[ToldReason, ...]
    terms: tuple[IRI, ...]
    spans: tuple[Span, ...]
    modes: tuple[tuple[IRI, int], ...]
    others: tuple[tuple[IRI, int], ...]
    ways: tuple[Way, ...]
    more: bool


class Grounds:
    """The ways to a fact, with what is stated of the facts they rest on."""

    def __init__(self, graph: Excerpt, proofs: Sequence[Proof]) -> None:
        """Read the evidence of all ways, in two batches.

        Args:
            graph: what has been read.
            proofs: of one triple, one more than are told at most.
        """
        self.arguments, self.more = different(proofs[:MOST]), len(proofs) > MOST
        leaves = tuple(dict.fromkeys(leaf for each in self.arguments for leaf in each.leaves))
        self._said: Mapping[Triple, Statement] = dict(
            zip(leaves, statements(graph, leaves), strict=True)
        )
        self._through = passed_through(self.arguments)

    @property
    def first(self) -> Argument:
        """The argument that is told."""
        return self.arguments[0]

    def names(self) -> set[IRI]:
        """Every IRI that is named."""
        told = {end for each in self.first.told for end in parts(each) if isinstance(end, IRI)}
        through = {iri for each in self._through for iri in each}
        return told | through | set(self.first.terms) | mentioned(self._said.values())

    def spans(self) -> Iterator[Span]:
        """The clauses of all ways."""
        return (span for each in self._said.values() for span in each.spans)

    def patterns(self) -> Iterator[QuadPattern]:
        """What else the sentences are made with."""
        yield PATTERNS
        yield from about(self.first.terms, SKOS.definition, SKOS.scopeNote, g=DEFAULT)

    def trace(self, graph: Excerpt, language: str, axioms: Axioms) -> Trace:
        """The proof as it is told; what it is told with has been read."""
        sentences = SentencePatterns(graph, language, axioms.term)
        first, said = self.first, self._said
        spans = _spans(said[leaf] for leaf in first.leaves)
        modes = Counter(span.mode for span in spans if span.mode)
        others = Counter(
            name for leaf in first.leaves if not said[leaf].spans for name in said[leaf].graphs
        )
        return Trace(
            lead=sentences.reasons(first.told, len(spans)),
            tells=sentences.tells(first.told),
            reasons=tuple(
                ToldReason(
                    tuple(map(sentences.sentence, each.told)),
                    each.inferred,
                    _spans(said[leaf] for leaf in each.leaves),
                    tuple(dict.fromkeys(n for leaf in each.leaves for n in said[leaf].graphs)),
                )
                for each in first.reasons
            ),
            terms=first.terms,
            spans=spans,
            modes=tuple(modes.most_common()),
            others=tuple(others.most_common()),
            ways=tuple(
                Way(through, _spans(said[leaf] for leaf in each.leaves))
                for each, through in zip(self.arguments, self._through, strict=True)
            ),
            more=self.more,
        )


def _spans(held: Iterable[Statement]) -> tuple[Span, ...]:
    spans = {span.iri: span for each in held for span in each.spans}.values()
    return tuple(sorted(spans, key=lambda span: span.place))


def claim(graph: Excerpt, language: str, axioms: Axioms, triple: Triple) -> Phrase:
    """The fact as a sentence without its full stop."""
    return SentencePatterns(graph, language, axioms.term).sentence(triple)
