"""What the statements that cite a sentence hold: numbers, names, and kinds of things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cgkg.document.marks import CLOSE, DASHES, DOTS, OPEN, QUOTES, narrow
from cgkg.document.numerals import values
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import RDF, RDFS, SKOS
from cgkg.validation.mentions import Mention

__all__ = ["NUMBER", "CitedContent", "CitedStatements", "classes_below"]

NUMBER = re.compile(r"-?\d+(\.\d+)?")
"""A number as a value of the graph is written."""
_IN_BRACKETS = re.compile(f"[{OPEN}][^{CLOSE}]*[{CLOSE}]")
# Looked for in text made narrow: the ASCII forms stand for both.
_APART = re.compile(rf"[\s{QUOTES}(){DOTS}.,{DASHES}]+")


@dataclass(frozen=True)
class CitedContent:
    """What the statements that cite a sentence hold."""

    numbers: frozenset[Decimal]
    names: str
    kinds: frozenset[str]

    def holds(self, mention: Mention) -> bool:
        """Whether a mention is accounted for by it."""
        if mention.kind == "name":
            return any(_plain(part) in self.names for part in _variants(mention.text))
        if mention.kind == "number" and self.numbers & set(values(mention.text)):
            return True
        return mention.kind in self.kinds or _plain(mention.text) in self.names


class CitedStatements:
    """Looks up what a set of span graphs says, with the names of all it mentions."""

    def __init__(self, sources: Sources) -> None:
        self._names: dict[IRI, list[str]] = {}
        labels = (SKOS.prefLabel, SKOS.altLabel, RDFS.label)
        kinds: dict[IRI, set[str]] = {}
        for triple in (*sources.registry, *sources.concepts):
            s, p, o = parts(triple)
            if isinstance(s, IRI) and p in labels and isinstance(o, Literal):
                self._names.setdefault(s, []).append(o.value)
            elif isinstance(s, IRI) and p == RDF.type and isinstance(o, IRI):
                kinds.setdefault(s, set()).add(o.value)
        classes = {
            name: classes_below(kind.of, sources.ontology)
            for name, kind in sources.project.mentions.items()
            if kind.of
        }
        self._kinds = {
            s: frozenset(name for name, below in classes.items() if names & below)
            for s, names in kinds.items()
        }

    def of(self, stated: Iterable[tuple[Triple, ...]]) -> CitedContent:
        """What some graphs say."""
        numbers: set[Decimal] = set()
        names: list[str] = []
        of: set[str] = set()
        for triples in stated:
            for triple in triples:
                s, _, o = parts(triple)
                for term in (s, o):
                    if isinstance(term, IRI):
                        names += self._names.get(term, ())
                        of |= self._kinds.get(term, frozenset())
                if isinstance(o, Literal):
                    names.append(o.value)
                    numbers |= _number(o.value)
        return CitedContent(frozenset(numbers), "|".join(map(_plain, names)), frozenset(of))


def classes_below(root: IRI, ontology: Iterable[Triple]) -> set[str]:
    """The IRIs of a class and of all that the ontology says lie below it."""
    pairs = [(t.subject, t.object) for t in ontology if t.predicate == RDFS.subClassOf]
    below = {root}
    while more := {s for s, o in pairs if o in below and isinstance(s, IRI)} - below:
        below |= more
    return {one.value for one in below}


def _number(text: str) -> set[Decimal]:
    return {Decimal(text)} if NUMBER.fullmatch(text) else set()


def _plain(text: str) -> str:
    return _APART.sub("", narrow(text)).lower()


def _variants(text: str) -> Iterator[str]:
    """A quoted name as a whole, and without what stands in brackets inside it."""
    yield text
    bare = _IN_BRACKETS.sub("", text)
    if bare != text:
        yield bare
