"""Axioms and rules in words: "a member and where it lies give a country", not blank nodes.

A phrase is a tuple of texts and IRIs, so that a page can print each IRI as a linked label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cgkg.rdf.terms import IRI, BlankNode, Literal, Triple
from cgkg.rdf.vocab import OWL, RDF, RDFS
from cgkg.store.graph import Graph

Phrase = tuple[str | IRI | Literal, ...]

# {s} and {o} are the subject and object of the axiom.
_PHRASES: Mapping[IRI, tuple[str, str]] = {
    RDFS.subClassOf: ("every {s} is a {o}", "凡是{s}，都是{o}"),
    OWL.equivalentClass: ("{s} means: {o}", "{s}等同于：{o}"),
    OWL.disjointWith: ("nothing is both {s} and {o}", "{s}与{o}没有共同的实例"),
    RDFS.subPropertyOf: ("{s} implies {o}", "{s}蕴含{o}"),
    OWL.equivalentProperty: ("{s} and {o} mean the same", "{s}与{o}同义"),
    OWL.inverseOf: ("{s} and {o} are inverse to each other", "{s}与{o}互为逆属性"),
    OWL.propertyChainAxiom: ("{o} implies {s}", "{o}蕴含{s}"),
    OWL.propertyDisjointWith: ("{s} and {o} exclude each other", "{s}与{o}互相排斥"),
    RDFS.domain: ("whatever {s} is said of is a {o}", "具有“{s}”的，都是{o}"),
    RDFS.range: ("every value of {s} is a {o}", "“{s}”的取值，都是{o}"),
    OWL.sameAs: ("{s} and {o} are the same thing", "{s}与{o}是同一事物"),
    OWL.differentFrom: ("{s} and {o} are different things", "{s}与{o}是不同事物"),
    OWL.hasKey: ("what agrees in {o} is one {s}", "{o}相同的，是同一个{s}"),
}
_KINDS: Mapping[IRI, tuple[str, str]] = {
    OWL.TransitiveProperty: ("{s} is transitive", "{s}具有传递性"),
    OWL.SymmetricProperty: ("{s} holds in both directions", "{s}具有对称性"),
    OWL.AsymmetricProperty: ("{s} never holds in both directions", "{s}不会双向成立"),
    OWL.IrreflexiveProperty: ("nothing has {s} to itself", "{s}不会指向自身"),
    OWL.FunctionalProperty: ("{s} has at most one value", "{s}至多有一个取值"),
    OWL.InverseFunctionalProperty: (
        "a value of {s} belongs to one thing only",
        "{s}的一个取值只属于一个事物",
    ),
}
_MEMBERS = (OWL.members, OWL.distinctMembers)
_RULES: Mapping[str, tuple[str, str]] = {
    "prp-dom": ("domain of a property", "属性的定义域"),
    "prp-rng": ("range of a property", "属性的值域"),
    "prp-spo1": ("subproperty", "子属性"),
    "prp-spo2": ("chain of properties", "属性链"),
    "prp-inv1": ("inverse property", "逆属性"),
    "prp-inv2": ("inverse property", "逆属性"),
    "prp-symp": ("symmetric property", "对称属性"),
    "prp-trp": ("transitive property", "传递属性"),
    "prp-eqp1": ("equivalent properties", "等价属性"),
    "prp-eqp2": ("equivalent properties", "等价属性"),
    "prp-fp": ("functional property", "函数属性"),
    "prp-ifp": ("inverse functional property", "反函数属性"),
    "cax-sco": ("subclass", "子类"),
    "cax-eqc1": ("equivalent classes", "等价类"),
    "cax-eqc2": ("equivalent classes", "等价类"),
    "cls-int1": ("intersection of classes", "类的交"),
    "cls-int2": ("intersection of classes", "类的交"),
    "cls-uni": ("union of classes", "类的并"),
    "cls-svf1": ("some value is of a class", "存在属于某类的取值"),
    "cls-svf2": ("some value", "存在取值"),
    "cls-avf": ("all values are of a class", "取值全属某类"),
    "cls-hv1": ("a fixed value", "固定取值"),
    "cls-hv2": ("a fixed value", "固定取值"),
    "cls-oo": ("one of a list", "枚举"),
    "eq-sym": ("the same thing", "同一事物"),
    "eq-trans": ("the same thing", "同一事物"),
    "eq-rep-s": ("the same thing", "同一事物"),
    "eq-rep-o": ("the same thing", "同一事物"),
    "prp-key": ("a key", "键"),
    "cls-maxc2": ("at most one value", "至多一个取值"),
    "cls-maxqc3": ("at most one value of a class", "某类取值至多一个"),
    "cls-maxqc4": ("at most one value", "至多一个取值"),
    "eq-rep-p": ("the same thing", "同一事物"),
    "eq-diff1": ("different, yet the same", "既相异又相同"),
    "eq-diff2": ("different, yet the same", "既相异又相同"),
    "eq-diff3": ("different, yet the same", "既相异又相同"),
    "prp-irp": ("irreflexive property", "非自反属性"),
    "prp-asyp": ("asymmetric property", "非对称属性"),
    "prp-pdw": ("properties that exclude each other", "互斥属性"),
    "prp-adp": ("properties that exclude each other", "互斥属性"),
    "prp-npa1": ("stated not to hold", "已述其不成立"),
    "prp-npa2": ("stated not to hold", "已述其不成立"),
    "cls-nothing2": ("an instance of the empty class", "空类的实例"),
    "cls-com": ("in a class and in its complement", "既属某类又属其补"),
    "cls-maxc1": ("a value where none may be", "不应有的取值"),
    "cls-maxqc1": ("a value where none may be", "不应有的取值"),
    "cls-maxqc2": ("a value where none may be", "不应有的取值"),
    "cax-dw": ("classes that exclude each other", "互斥类"),
    "cax-adc": ("classes that exclude each other", "互斥类"),
    "dt-diff": ("two values where one may be", "应为一值而有两值"),
    "dt-not-type": ("not a value of its datatype", "不属其数据类型的值"),
    "scm-sco": ("subclass of a subclass", "子类的子类"),
    "scm-spo": ("subproperty of a subproperty", "子属性的子属性"),
}


def has_sentence(axiom: Triple) -> bool:
    """Whether `Axioms.phrase` has words of its own for a triple."""
    if axiom.predicate == RDF.type:
        return axiom.object in _KINDS
    return axiom.predicate in _PHRASES or axiom.predicate in _MEMBERS


def rule_text(rule: str, language: str) -> str:
    """What kind of step a rule of the OWL 2 RL tables is, in words; empty for others."""
    return _RULES.get(rule, ("", ""))[language == "zh"]


class Axioms:
    """Says axioms in one language; blank nodes are looked up in the triples given, then the graph.

    A proof carries its axioms with labels of blank nodes that the graph may not know; the nodes
    are then matched by the named term that each axiom has at its other end.
    """

    def __init__(self, graph: Graph, language: str, given: Iterable[Triple] = ()) -> None:
        self._graph, self._zh = graph, language == "zh"
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
        meaning = "其含义：" if self._zh else "of the meaning of: "
        nodes = dict.fromkeys(axiom.subject for axiom in given)
        return tuple((meaning, *self.term(node)) for node in nodes)

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
        return tuple(_filled(pattern[self._zh], {"s": subject, "o": value}))

    def _apart(self, head: object) -> Phrase:
        """That the members of a list have nothing in common, two by two."""
        named = _joined(map(self.term, self._items(head)), "、" if self._zh else ", ")
        if self._zh:
            return (*named, "两两没有共同的实例")
        return ("nothing is two of these: ", *named)

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
            chain = _joined(map(self.term, self._items(node)), "，再" if self._zh else ", then ")
            return ("先", *chain) if self._zh else chain
        if OWL.onProperty in parts:
            return self._restriction(parts)
        if OWL.inverseOf in parts:
            return ("逆" if self._zh else "inverse of ", *self.term(parts[OWL.inverseOf]))
        for predicate, joint in (
            (OWL.intersectionOf, "且" if self._zh else " and "),
            (OWL.unionOf, "或" if self._zh else " or "),
            (OWL.oneOf, "、" if self._zh else ", "),
        ):
            if predicate in parts:
                items = map(self.term, self._items(parts[predicate]))
                left, right = "（）" if self._zh else "()"
                return (left, *_joined(items, joint), right)
        if OWL.complementOf in parts:
            return ("非" if self._zh else "not ", *self.term(parts[OWL.complementOf]))
        return ("…",)

    def _restriction(self, parts: Mapping[IRI, object]) -> Phrase:
        on = self.term(parts[OWL.onProperty])
        words: Mapping[IRI, tuple[str, str]] = {
            OWL.someValuesFrom: ("thing with {p} some {o}", "有某个“{p}”为{o}者"),
            OWL.allValuesFrom: ("thing with {p} only {o}", "其“{p}”皆为{o}者"),
            OWL.hasValue: ("thing with {p} {o}", "其“{p}”为{o}者"),
            OWL.maxCardinality: ("thing with at most {o} {p}", "“{p}”至多{o}个者"),
            OWL.maxQualifiedCardinality: ("thing with at most {o} {p}", "“{p}”至多{o}个者"),
        }
        for predicate, pattern in words.items():
            if predicate in parts:
                slots = {"p": on, "o": self.term(parts[predicate])}
                return tuple(_filled(pattern[self._zh], slots))
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


def _joined(phrases: Iterable[Phrase], joint: str) -> Phrase:
    joined: list[str | IRI | Literal] = []
    for number, phrase in enumerate(phrases):
        joined += ([joint] if number else []) + list(phrase)
    return tuple(joined)


def _filled(pattern: str, slots: Mapping[str, Phrase]) -> Iterator[str | IRI | Literal]:
    for number, part in enumerate(pattern.replace("}", "{").split("{")):
        if number % 2:
            yield from slots[part]
        elif part:
            yield part
