"""Axioms and rules in words: "a member and where it lies give a country", not blank nodes.

A phrase is a tuple of texts and IRIs, so that a page can print each IRI as a linked label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cgkg.languages import N_, NP_, text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Triple, parts
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.store.excerpt import Excerpt, Lookups
from cgkg.store.reader import DEFAULT, QuadPattern

Phrase = tuple[str | IRI | Literal, ...]

# {s} and {o} are the subject and object of the axiom.
_PHRASES: Mapping[IRI, str] = {
    RDFS.subClassOf: N_("every {s} is a {o}"),
    OWL.equivalentClass: N_("{s} means: {o}"),
    OWL.disjointWith: N_("nothing is both {s} and {o}"),
    RDFS.subPropertyOf: N_("{s} implies {o}"),
    OWL.equivalentProperty: N_("{s} and {o} mean the same"),
    OWL.inverseOf: N_("{s} and {o} are inverse to each other"),
    OWL.propertyChainAxiom: N_("{o} implies {s}"),
    OWL.propertyDisjointWith: N_("{s} and {o} exclude each other"),
    RDFS.domain: N_("whatever {s} is said of is a {o}"),
    RDFS.range: N_("every value of {s} is a {o}"),
    OWL.sameAs: N_("{s} and {o} are the same thing"),
    OWL.differentFrom: N_("{s} and {o} are different things"),
    OWL.hasKey: N_("what agrees in {o} is one {s}"),
}
_KINDS: Mapping[IRI, str] = {
    OWL.TransitiveProperty: N_("{s} is transitive"),
    OWL.SymmetricProperty: N_("{s} holds in both directions"),
    OWL.AsymmetricProperty: N_("{s} never holds in both directions"),
    OWL.IrreflexiveProperty: N_("nothing has {s} to itself"),
    OWL.FunctionalProperty: N_("{s} has at most one value"),
    OWL.InverseFunctionalProperty: N_("a value of {s} belongs to one thing only"),
}
_MEMBERS = (OWL.members, OWL.distinctMembers)
SAID = (*_PHRASES, *_MEMBERS)
"""The properties whose statements have a sentence, beside some types."""
_RULES: Mapping[str, str] = {
    "prp-dom": N_("domain of a property"),
    "prp-rng": N_("range of a property"),
    "prp-spo1": N_("subproperty"),
    "prp-spo2": N_("chain of properties"),
    "prp-inv1": N_("inverse property"),
    "prp-inv2": N_("inverse property"),
    "prp-symp": N_("symmetric property"),
    "prp-trp": N_("transitive property"),
    "prp-eqp1": N_("equivalent properties"),
    "prp-eqp2": N_("equivalent properties"),
    "prp-fp": N_("functional property"),
    "prp-ifp": N_("inverse functional property"),
    "cax-sco": N_("subclass"),
    "cax-eqc1": N_("equivalent classes"),
    "cax-eqc2": N_("equivalent classes"),
    "cls-int1": N_("intersection of classes"),
    "cls-int2": N_("intersection of classes"),
    "cls-uni": N_("union of classes"),
    "cls-svf1": N_("some value is of a class"),
    "cls-svf2": N_("some value"),
    "cls-avf": N_("all values are of a class"),
    "cls-hv1": N_("a fixed value"),
    "cls-hv2": N_("a fixed value"),
    "cls-oo": N_("one of a list"),
    "eq-sym": N_("the same thing"),
    "eq-trans": N_("the same thing"),
    "eq-rep-s": N_("the same thing"),
    "eq-rep-o": N_("the same thing"),
    "prp-key": N_("a key"),
    "cls-maxc2": N_("at most one value"),
    "cls-maxqc3": N_("at most one value of a class"),
    "cls-maxqc4": N_("at most one value"),
    "eq-rep-p": N_("the same thing"),
    "eq-diff1": N_("different, yet the same"),
    "eq-diff2": N_("different, yet the same"),
    "eq-diff3": N_("different, yet the same"),
    "prp-irp": N_("irreflexive property"),
    "prp-asyp": N_("asymmetric property"),
    "prp-pdw": N_("properties that exclude each other"),
    "prp-adp": N_("properties that exclude each other"),
    "prp-npa1": N_("stated not to hold"),
    "prp-npa2": N_("stated not to hold"),
    "cls-nothing2": N_("an instance of the empty class"),
    "cls-com": N_("in a class and in its complement"),
    "cls-maxc1": N_("a value where none may be"),
    "cls-maxqc1": N_("a value where none may be"),
    "cls-maxqc2": N_("a value where none may be"),
    "cax-dw": N_("classes that exclude each other"),
    "cax-adc": N_("classes that exclude each other"),
    "dt-diff": N_("two values where one may be"),
    "dt-not-type": N_("not a value of its datatype"),
    "scm-sco": N_("subclass of a subclass"),
    "scm-spo": N_("subproperty of a subproperty"),
}


def has_sentence(axiom: Triple) -> bool:
    """Whether `Axioms.phrase` has words of its own for a triple."""
    if axiom.predicate == RDF.type:
        return axiom.object in _KINDS
    return axiom.predicate in _PHRASES or axiom.predicate in _MEMBERS


def read_axioms(reading: Excerpt, axioms: Iterable[Triple]) -> tuple[BlankNode, ...]:
    """Read the expressions in the axioms of a proof, in two batches, for `Axioms` to tell.

    The answer is their blank nodes, and those of the graph that may be meant by them.
    """
    wanted: dict[QuadPattern, None] = {}
    named: dict[BlankNode, None] = {}
    for axiom in axioms:
        one, predicate, other = parts(axiom)
        if isinstance(one, BlankNode) and isinstance(other, IRI):
            wanted[QuadPattern(None, predicate, other, DEFAULT)] = None
        elif isinstance(one, IRI) and isinstance(other, BlankNode):
            wanted[QuadPattern(one, predicate, None, DEFAULT)] = None
        named |= {end: None for end in (one, other) if isinstance(end, BlankNode)}
    reading.take(wanted)
    ends = (end for pattern in wanted for t in reading.triples(*pattern[:3]) for end in parts(t))
    named |= {end: None for end in ends if isinstance(end, BlankNode)}
    reading.expand(named)
    return tuple(named)


def rule_text(rule: str, language: str) -> str:
    """What kind of step a rule of the OWL 2 RL tables is, in words; empty for others."""
    return text(_RULES[rule], language) if rule in _RULES else ""


class Axioms:
    """Says axioms in one language; blank nodes are looked up in the triples given, then the graph.

    A proof carries its axioms with labels of blank nodes that the graph may not know; the nodes
    are then matched by the named term that each axiom has at its other end.
    """

    def __init__(self, graph: Lookups, language: str, given: Iterable[Triple] = ()) -> None:
        self._graph, self._language = graph, language
        self._given: dict[object, dict[IRI, object]] = {}
        self._same: dict[BlankNode, BlankNode] = {}
        for triple in given:
            if isinstance(triple.subject, BlankNode) and triple.predicate not in _PHRASES:
                about = self._given.setdefault(triple.subject, {})
                about[triple.predicate] = triple.object

    def phrases(self, axioms: Iterable[Triple]) -> tuple[Phrase, ...]:
        """The axioms of one step; those that only make up a class are said as that class."""
        given = tuple(axioms)
        said = [a for a in given if isinstance(a.subject, IRI) or a.predicate in _PHRASES]
        if said or not given:
            return tuple(self.phrase(axiom) for axiom in said)
        nodes = dict.fromkeys(axiom.subject for axiom in given)
        return tuple(self._said(N_("of the meaning of: {o}"), o=self.term(node)) for node in nodes)

    def phrase(self, axiom: Triple) -> Phrase:
        """The axiom as a sentence."""
        if axiom.predicate in _MEMBERS:
            return self._apart(axiom.object)
        self._match(axiom)
        kind = axiom.object if axiom.predicate == RDF.type else None
        pattern = _KINDS.get(kind) if isinstance(kind, IRI) else _PHRASES.get(axiom.predicate)
        subject, value = self.term(axiom.subject), self.term(axiom.object)
        if pattern is None:
            return (*subject, " ", axiom.predicate, " ", *value)
        return self._said(pattern, s=subject, o=value)

    def _apart(self, head: object) -> Phrase:
        """That the members of a list have nothing in common, two by two."""
        members = self._joined(self._items(head), NP_("list", ", "))
        return self._said(N_("nothing is two of these: {o}"), o=members)

    def _said(self, message: str, **slots: Phrase) -> Phrase:
        """The message in the language of the axioms, with phrases in the places of names."""
        return tuple(_filled(text(message, self._language), slots))

    def _joined(self, terms: Iterable[object], joint: str) -> Phrase:
        between = text(joint, self._language)
        parts: list[str | IRI | Literal] = []
        for number, term in enumerate(terms):
            parts += ([between] if number else []) + list(self.term(term))
        return tuple(parts)

    def _match(self, axiom: Triple) -> None:
        """Find the graph's blank node for one of the axiom's, if only one can be meant."""
        one, other, predicate = axiom.subject, axiom.object, axiom.predicate
        if isinstance(one, BlankNode) and isinstance(other, IRI) and not self._known(one):
            held: list[object] = [t.subject for t in self._graph.triples(p=predicate, o=other)]
        elif isinstance(one, IRI) and isinstance(other, BlankNode) and not self._known(other):
            held = [t.object for t in self._graph.triples(one, predicate)]
        else:
            return
        nodes = [node for node in held if isinstance(node, BlankNode)]
        unknown = one if isinstance(one, BlankNode) else other
        if len(nodes) == 1 and isinstance(unknown, BlankNode):
            self._same[unknown] = nodes[0]

    def term(self, term: object) -> Phrase:
        """A class expression, or the term itself."""
        if isinstance(term, BlankNode):
            return self._expression(term)
        return (term,) if isinstance(term, IRI | Literal) else (str(term),)

    def _expression(self, node: BlankNode) -> Phrase:
        parts = self._about(node)
        if RDF.first in parts:
            chain = self._joined(self._items(node), N_(", then "))
            return self._said(NP_("chain of properties", "{o}"), o=chain)
        if OWL.onProperty in parts:
            return self._restriction(parts)
        if OWL.inverseOf in parts:
            return self._said(N_("inverse of {o}"), o=self.term(parts[OWL.inverseOf]))
        for predicate, joint in (
            (OWL.intersectionOf, N_(" and ")),
            (OWL.unionOf, N_(" or ")),
            (OWL.oneOf, NP_("list", ", ")),
        ):
            if predicate in parts:
                items = self._joined(self._items(parts[predicate]), joint)
                return self._said(N_("({o})"), o=items)
        if OWL.complementOf in parts:
            return self._said(N_("not {o}"), o=self.term(parts[OWL.complementOf]))
        return ("…",)

    def _restriction(self, parts: Mapping[IRI, object]) -> Phrase:
        on = self.term(parts[OWL.onProperty])
        words: Mapping[IRI, str] = {
            OWL.someValuesFrom: N_("thing with {p} some {o}"),
            OWL.allValuesFrom: N_("thing with {p} only {o}"),
            OWL.hasValue: N_("thing with {p} {o}"),
            OWL.maxCardinality: N_("thing with at most {o} {p}"),
            OWL.maxQualifiedCardinality: N_("thing with at most {o} {p}"),
        }
        for predicate, pattern in words.items():
            if predicate in parts:
                return self._said(pattern, p=on, o=self.term(parts[predicate]))
        return ("…",)

    def _about(self, node: BlankNode) -> Mapping[IRI, object]:
        held = self._graph.triples(self._same.get(node, node))
        return {**self._given.get(node, {}), **{t.predicate: t.object for t in held}}

    def _known(self, node: BlankNode) -> bool:
        return next(self._graph.triples(node), None) is not None

    def _items(self, head: object) -> Iterator[object]:
        seen: set[BlankNode] = set()
        while isinstance(head, BlankNode) and head not in seen:
            seen.add(head)
            parts = self._about(head)
            if RDF.first not in parts:
                yield "…"
                return
            yield parts[RDF.first]
            head = parts.get(RDF.rest)


def _filled(pattern: str, slots: Mapping[str, Phrase]) -> Iterator[str | IRI | Literal]:
    for number, part in enumerate(pattern.replace("}", "{").split("{")):
        if number % 2:
            yield from slots[part]
        elif part:
            yield part
