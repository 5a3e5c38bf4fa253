"""A graph as axioms that can be told apart, moved and compared, whatever the order and the labels.

An axiom here is what one line of a person's edit changes: a triple about a named thing with all
that its blank nodes say, or a statement that has a blank node as subject, whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cgkg.rdf.terms import IRI, BlankNode, Literal, Subject, Term, Triple
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import OWL, RDF, XSD

# Lists whose order says nothing; the OWL API writes them in an order of its own.
_SETS = frozenset(
    {
        OWL.members, OWL.distinctMembers, OWL.unionOf, OWL.intersectionOf, OWL.oneOf,
        OWL.disjointUnionOf, OWL.withRestrictions, OWL.hasKey,
    }
)  # fmt: skip


_WHOLE = re.compile(r"[+-]?[0-9]+")
# What says the same from either side; the OWL API writes one of the two.
_MUTUAL = frozenset(
    {
        OWL.disjointWith, OWL.equivalentClass, OWL.equivalentProperty, OWL.inverseOf,
        OWL.propertyDisjointWith, OWL.sameAs, OWL.differentFrom,
    }
)  # fmt: skip


@dataclass(frozen=True)
class SavedAxiom:
    """`text` is the same for axioms that say the same; `triples` are those of its graph."""

    text: str
    subject: IRI | None
    triples: tuple[Triple, ...]

    def names(self) -> Iterator[IRI]:
        """The IRIs that it speaks of: subjects and objects."""
        for triple in self.triples:
            for term in (triple.subject, triple.object):
                if isinstance(term, IRI):
                    yield term


def axioms(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> dict[str, SavedAxiom]:
    """The axioms of a graph by their texts.

    Args:
        triples: a graph in which every blank node stands below something that is none, or below
            a blank node that nothing refers to.
        prefixes: for the texts.
    """
    of: dict[Subject, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        of.setdefault(triple.subject, []).append(triple)  # type: ignore[arg-type]  # no triple terms
    referred = Counter(t.object for own in of.values() for t in own)
    by_text: dict[str, SavedAxiom] = {}
    for subject, own in of.items():
        if isinstance(subject, IRI):
            parts = [[triple, *_below(triple.object, of)] for triple in own]  # type: ignore[arg-type]  # as above
        elif not referred[subject]:
            parts = [list(_below(subject, of))]
        else:
            continue
        for part in parts:
            axiom = _axiom(subject, part, prefixes)
            other = by_text.get(axiom.text)
            if other:  # said twice in one file, perhaps from either side: both stay
                axiom = replace(other, triples=(*other.triples, *axiom.triples))
            by_text[axiom.text] = axiom
    return by_text


def _axiom(subject: Subject, part: list[Triple], prefixes: Mapping[str, str]) -> SavedAxiom:
    triple = part[0]
    if len(part) == 1 and isinstance(triple.object, IRI):
        ends = [str(triple.subject), str(triple.object)]
        one, other = sorted(ends) if triple.predicate in _MUTUAL else ends
        text = f"{one} {triple.predicate} {other}"
    else:
        layout = Layout(_sort_sets([*map(as_saved, part)], prefixes), prefixes)
        text = " ".join(layout.flat_block(top) for top in layout.tops())
    about: object = subject
    if not isinstance(subject, IRI):
        about = next((t.object for t in part if t.predicate == OWL.annotatedSource), None)
    return SavedAxiom(text, about if isinstance(about, IRI) else None, tuple(part))


def as_saved(triple: Triple) -> Triple:
    """The triple as the OWL API's Turtle has it: a decimal without a point becomes an integer."""
    value = triple.object
    if (
        isinstance(value, Literal)
        and value.datatype == XSD.decimal
        and _WHOLE.fullmatch(value.value)
    ):
        value = Literal(value.value, datatype=XSD.integer)
        return Triple(triple.subject, triple.predicate, value)
    return triple


def _below(term: Term, of: Mapping[Subject, list[Triple]]) -> Iterator[Triple]:
    """What the blank nodes from here on say."""
    waiting, seen = [term], set[Term]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, BlankNode) and node not in seen:
            seen.add(node)
            for triple in of.get(node, ()):
                yield triple
                waiting.append(triple.object)  # type: ignore[arg-type]  # no triple terms


def _sort_sets(triples: list[Triple], prefixes: Mapping[str, str]) -> list[Triple]:
    """The same with the items of sets in the order of their texts, inner sets first."""
    heads = [t.object for t in triples if t.predicate in _SETS and isinstance(t.object, BlankNode)]
    for head in reversed(heads):
        layout = Layout(triples, prefixes)
        cells, node = list[Term](), head
        rest = {t.subject: t.object for t in triples if t.predicate == RDF.rest}
        while node in rest and node not in cells:
            cells.append(node)
            node = rest[node]  # type: ignore[assignment]  # cells are no triple terms
        first = {t.subject: t.object for t in triples if t.predicate == RDF.first}
        items = sorted((first[c] for c in cells if c in first), key=layout.flat)  # type: ignore[index,arg-type]  # as above
        moved = dict(zip(cells, items, strict=False))
        triples = [
            Triple(t.subject, t.predicate, moved[t.subject])  # type: ignore[index]  # as above
            if t.predicate == RDF.first and t.subject in moved
            else t
            for t in triples
        ]
    return triples


__all__ = ["SavedAxiom", "as_saved", "axioms"]
