"""Numbers of clauses that are stated in so many words, held against those words.

What a text gives is read as its language spells it (`cgkg.document.spellings`); a number is named
only if no reading of the clause gives it, and none of its words may.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from cgkg.document.cutting import guess_language
from cgkg.document.spans import Span
from cgkg.document.spellings import (
    GivenNumbers,
    figures_given,
    part_that_is_read,
    readings,
    shortest,
)
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.languages import N_, translations
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import CG, MODE
from cgkg.reasoning.rules.datatypes import well_formed
from cgkg.validation.cited import NUMBER
from cgkg.validation.remedies import Remedy
from cgkg.validation.report import Finding

__all__ = ["StatedNumbers"]

_NO_NUMBER = N_("the words of the clause do not give this number")
_NOT_IN_GIST = N_("the summary gives {number}, and the words of the clause do not")
_HINT = N_(
    "put the number right, cite the clause that gives it, or mark this one as mode:paraphrased"
)


class StatedNumbers:
    """Checks the numbers of stated clauses whose documents are at hand.

    Args:
        sources: the project, of which the languages of documents are taken once.
        text: the documents at hand.
    """

    def __init__(self, sources: Sources, text: TextsAtHand | None) -> None:
        self._held: dict[IRI, tuple[SourceText, str]] = {}
        for document in sources.tables if text else ():
            words = text.of(document) if text else None
            if words is not None:
                language = sources.document_languages.get(document)
                if language is None:
                    language = guess_language(words.words(0, len(words))) or ""
                self._held[document] = (words, language)

    def of_span(self, sources: Sources, span: Span) -> Iterator[Finding]:
        """Numbers that a clause states, or its summary, and that its words do not give."""
        if span.document not in self._held:
            return
        said = sources.said.get(span.iri, ())
        if not any(t.predicate == CG.assertionMode and t.object == MODE.stated for t in said):
            return
        stated = [t for t in sources.graphs.get(span.iri, ()) if NUMBER.fullmatch(_text(t))]
        gists = [t for t in said if t.predicate == CG.gist and any(map(str.isdigit, _text(t)))]
        if not stated and not gists:
            return
        text, language = self._held[span.document]
        words = text.words(span.start, span.end)
        given = GivenNumbers.of(words, language)
        for triple in stated:
            if not given.may_give(Decimal(_text(triple))):
                remedy = _remedy(triple, stated, given, words, language)
                yield _found(triple, translations(_NO_NUMBER), span.iri, remedy)
        for triple in gists:
            told = triple.object.language if isinstance(triple.object, Literal) else None
            for figure, meanings in figures_given(_text(triple), told or ""):
                # What may be said by an article is no part of a longer figure.
                whole = {each for each in meanings if each not in (0, 1, 2)} or meanings
                if not any(map(given.may_give, whole if len(figure) > 1 else meanings)):
                    yield _found(triple, translations(_NOT_IN_GIST, number=figure), span.iri)


def _remedy(
    triple: Triple, stated: Sequence[Triple], given: GivenNumbers, words: str, language: str
) -> Remedy:
    """The statement with the only number that the words spell, if it slipped from it.

    It slipped if it has other noughts or another place of the point, or if two figures beside each
    other changed places; any other number may well be meant.
    """
    spelled = list(figures_given(words, language))
    said = part_that_is_read(words, language)
    meant = readings(said, language) if len(spelled) == 1 and not given.words else ()
    literal = triple.object
    if len(meant) != 1 or len(stated) != 1 or not isinstance(literal, Literal):
        return ()
    (number,) = meant
    if not _slipped(Decimal(literal.value), number):
        return ()
    better = Literal(shortest(number), datatype=literal.datatype)
    subject, predicate, _ = parts(triple)
    return ((triple, Triple(subject, predicate, better)),) if well_formed(better) else ()


def _slipped(wrong: Decimal, right: Decimal) -> bool:
    one, other = (f"{abs(each):f}".replace(".", "").strip("0") for each in (wrong, right))
    swapped = (one[:n] + one[n + 1] + one[n] + one[n + 2 :] for n in range(len(one) - 1))
    return (one == other or other in swapped) and (wrong < 0) == (right < 0)


def _text(triple: Triple) -> str:
    return triple.object.value if isinstance(triple.object, Literal) else ""


def _found(triple: Triple, message: dict[str, str], graph: IRI, remedy: Remedy = ()) -> Finding:
    subject, predicate, value = parts(triple)
    return Finding(
        "warning", "number-not-said", message, focus=subject, predicate=predicate, value=value,
        graph=graph, hint=translations(_HINT), remedy=remedy,
    )  # fmt: skip
