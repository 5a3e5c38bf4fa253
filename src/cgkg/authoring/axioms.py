"""A graph as axioms that can be told apart, moved and compared, whatever the order and the labels.

An axiom here is what one line of a person's edit changes: a triple about a named thing with all
that its blank nodes say, or a statement that has a blank node as subject, whole. Class expressions
and lists are what they say, so a shared one is as good as two; any other blank node is one thing,
and all that speaks of it is one axiom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import OWL, RDF, RDFS, SWRL, XSD

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


# Blank nodes of these types are nothing but what they say.
_EXPRESSIONS = frozenset(
    {OWL.Class, RDFS.Class, OWL.Restriction, RDFS.Datatype, OWL.DataRange, RDF.List}
)
_EXPRESSED_BY = frozenset({RDF.first, OWL.inverseOf, OWL.onProperty})
_THINGS = frozenset({OWL.Thing, OWL.NamedIndividual})
_ANNOTATED, _TYPE, _FIRST, _REST = OWL.annotatedSource, RDF.type, RDF.first, RDF.rest
_VARIABLE, _LIST = SWRL.Variable, RDF.List
_Statements = Mapping[Term, list[Triple]]


@dataclass(frozen=True)
class SavedAxiom:
    """`text` is the same for axioms that say the same; `triples` are those of its graph.

    `subjects` are the named things that it is about, none if it is about no single one.
    """

    text: str
    subjects: frozenset[IRI]
    triples: tuple[Triple, ...]

    @property
    def subject(self) -> IRI | None:
        """The one named thing that it is about."""
        return next(iter(self.subjects)) if len(self.subjects) == 1 else None

    @property
    def blanks(self) -> frozenset[BlankNode]:
        """Its blank nodes."""
        terms = (term for t in self.triples for term in (t.subject, t.object))
        return frozenset(term for term in terms if isinstance(term, BlankNode))

    def names(self) -> Iterator[IRI]:
        """The IRIs that it speaks of: subjects and objects."""
        for triple in self.triples:
            for term in (triple.subject, triple.object):
                if isinstance(term, IRI):
                    yield term


def axioms(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> dict[str, SavedAxiom]:
    """The axioms of a graph by their texts; every triple is in one of them at least.

    Args:
        triples: any graph.
        prefixes: for the texts.
    """
    of: dict[Term, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        of.setdefault(triple.subject, []).append(triple)  # type: ignore[arg-type]  # no triple terms
    by_text: dict[str, SavedAxiom] = {}
    for part in _join(_parts(of), of):
        text, blanks = _text(part, prefixes), _blanks(part)
        if text in by_text and any(_is_individual(node, of) for node in blanks):
            number = 2
            while f"{text} ({number})" in by_text:  # two of whom the same is said are still two
                number += 1
            text = f"{text} ({number})"
        axiom = SavedAxiom(text, _subjects(part), tuple(part))
        other = by_text.get(text)
        if other:  # said twice in one file, perhaps from either side: both stay
            axiom = replace(other, triples=(*other.triples, *axiom.triples))
        by_text[text] = axiom
    return by_text


def _parts(of: _Statements) -> Iterator[list[Triple]]:
    """The triples about named things, statements about blank nodes, and circles of blank nodes."""
    referred = {t.object for own in of.values() for t in own if isinstance(t.object, BlankNode)}
    variables = variables_of(t for own in of.values() for t in own)
    reached = set[object]()

    def below(node: Term) -> list[Triple]:
        triples = [*_below(node, of, variables)]
        reached.update(t.subject for t in triples)
        return triples

    for subject in of:
        if isinstance(subject, BlankNode) and subject not in referred:
            yield below(subject)
    for subject, own in of.items():
        if isinstance(subject, IRI) and not (subject in reached and subject in variables):
            for triple in own:
                value = triple.object
                yield [triple, *(below(value) if isinstance(value, BlankNode) else ())]
    for subject in of:
        if isinstance(subject, BlankNode) and subject not in reached:
            yield below(subject)


def _join(parts: Iterable[list[Triple]], of: _Statements) -> Iterator[list[Triple]]:
    """Those that share a blank node that is more than what it says become one."""
    joined: dict[int, list[Triple]] = {}
    holder: dict[BlankNode, int] = {}
    for number, part in enumerate(parts):
        shared = [n for n in _blanks(part) if n in holder]
        others = dict.fromkeys(holder[node] for node in shared)
        whole = [triple for other in others for triple in joined.pop(other)]
        joined[number] = [*dict.fromkeys([*whole, *part])] if whole else part
        for node in _blanks(joined[number]):
            if not _is_expression(node, of):
                holder[node] = number
    yield from joined.values()


def _blanks(part: Iterable[Triple]) -> dict[BlankNode, None]:
    terms = (term for triple in part for term in (triple.subject, triple.object))
    return dict.fromkeys(term for term in terms if isinstance(term, BlankNode))


def _is_expression(node: BlankNode, of: _Statements) -> bool:
    own = of.get(node, ())
    return any(
        t.object in _EXPRESSIONS if t.predicate == _TYPE else t.predicate in _EXPRESSED_BY
        for t in own
    )


def _is_individual(node: BlankNode, of: _Statements) -> bool:
    """Whether it is an individual without a name, not a part of an axiom."""
    types = {t.object for t in of.get(node, ()) if t.predicate == _TYPE} - _THINGS
    made = any(kind in OWL or kind in SWRL for kind in types)
    return not made and not _is_expression(node, of)


def variables_of(part: Iterable[Triple]) -> set[object]:
    """The variables of rules; they go wherever their rules go."""
    return {t.subject for t in part if t.object == _VARIABLE and t.predicate == _TYPE}


def _subjects(part: list[Triple]) -> frozenset[IRI]:
    """The named subjects; those of annotated axioms where all subjects are blank nodes."""
    variables = variables_of(part)
    named = {t.subject for t in part if isinstance(t.subject, IRI)} - variables
    sources = {t.object for t in part if t.predicate == _ANNOTATED}
    return frozenset(iri for iri in named or sources if isinstance(iri, IRI))


def _text(part: list[Triple], prefixes: Mapping[str, str]) -> str:
    triple = part[0]
    if len(part) == 1 and isinstance(triple.subject, IRI) and isinstance(triple.object, IRI):
        ends = [str(triple.subject), str(triple.object)]
        one, other = sorted(ends) if triple.predicate in _MUTUAL else ends
        return f"{one} {triple.predicate} {other}"
    cells = {t.subject for t in part if t.predicate == _FIRST}
    said = [as_saved(t) for t in part if not (t.object == _LIST and t.subject in cells)]
    layout = Layout(_sort_sets(said, prefixes), prefixes)
    return " ".join(sorted(layout.flat_block(top) for top in layout.tops()))


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


def _below(term: Term, of: _Statements, variables: set[object]) -> Iterator[Triple]:
    """What the blank nodes from here on say, and what is said of the variables of a rule."""
    waiting, seen = [term], set[Term]()
    while waiting:
        node = waiting.pop()
        if node in seen or not (isinstance(node, BlankNode) or node in variables):
            continue
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
        rest = {t.subject: t.object for t in triples if t.predicate == _REST}
        while node in rest and node not in cells:
            cells.append(node)
            node = rest[node]  # type: ignore[assignment]  # cells are no triple terms
        first = {t.subject: t.object for t in triples if t.predicate == _FIRST}
        items = sorted((first[c] for c in cells if c in first), key=layout.flat)  # type: ignore[index,arg-type]  # as above
        moved = dict(zip(cells, items, strict=False))
        triples = [
            Triple(t.subject, t.predicate, moved[t.subject])  # type: ignore[index]  # as above
            if t.predicate == _FIRST and t.subject in moved
            else t
            for t in triples
        ]
    return triples


__all__ = ["SavedAxiom", "as_saved", "axioms", "variables_of"]
