"""An independent checker of proofs: every step against the W3C rule it names, in plain triples.

It shares no code with the search for proofs: it knows the tables of OWL 2 Profiles, section 4.3,
and reads lists and literals by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.reasoning import Inconsistency, Proof

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE, SAME, THING = IRI(_RDF + "type"), IRI(_OWL + "sameAs"), IRI(_OWL + "Thing")

Fact = tuple[Term, Term, Term]
Test = Callable[[Fact, Sequence[Fact], Sequence[Fact]], bool]


def _rdfs(name: str) -> IRI:
    return IRI(_RDFS + name)


def _owl(name: str) -> IRI:
    return IRI(_OWL + name)


def fact(triple: Triple) -> Fact:
    """The triple as a tuple."""
    return parts(triple)


class Checker:
    """Checks proofs from what is asserted.

    Args:
        asserted: the ontology and the data.
    """

    def __init__(self, asserted: Iterable[Triple]) -> None:
        self.asserted = {fact(triple) for triple in asserted}
        self.rest = {s: o for s, p, o in self.asserted if p == IRI(_RDF + "rest")}
        self.first = {s: o for s, p, o in self.asserted if p == IRI(_RDF + "first")}

    def problems(self, proof: Proof) -> list[str]:
        """What is wrong with the proof; empty when every step is an instance of its rule."""
        return [text for step in proof.steps() for text in self._step(step)]

    def _step(self, step: Proof) -> Iterable[str]:
        conclusion, axioms = fact(step.triple), [fact(axiom) for axiom in step.axioms]
        premises = [fact(premise.triple) for premise in step.premises]
        if isinstance(conclusion[0], Literal):
            yield f"a literal as subject: {step.triple}"
        if any(axiom not in self.asserted for axiom in axioms):
            yield f"{step.rule}: an axiom that is not asserted"
        if step.rule is None:
            if conclusion not in self.asserted or premises or axioms:
                yield f"not asserted: {step.triple}"
        elif step.rule.startswith("scm-"):
            if not self._schema(conclusion, premises, axioms):
                yield f"{step.rule} does not give {step.triple}"
        elif not getattr(self, step.rule.replace("-", "_"))(conclusion, premises, axioms):
            yield f"{step.rule} does not give {step.triple} from {premises} by {axioms}"

    def contradictions(self, found: Inconsistency) -> list[str]:
        """What is wrong with a contradiction; empty when it is an instance of its rule."""
        axioms, premises = [*map(fact, found.axioms)], [*map(fact, found.premises)]
        wrong = [f"{found.rule}: not asserted: {one}" for one in axioms if one not in self.asserted]
        test = getattr(self, "false_" + found.rule.replace("-", "_"))
        if not test(premises, axioms):
            wrong.append(f"{found.rule} is not shown by {premises} with {axioms}")
        return wrong

    def items(self, head: Term) -> list[Term]:
        """The members of an asserted list."""
        found = []
        while head in self.first:
            found.append(self.first[head])
            head = self.rest[head]
        return found

    # -- table 4 ----------------------------------------------------------------------------------

    def eq_sym(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        return t[1] == SAME and premises == [(t[2], SAME, t[0])]

    def eq_trans(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        (a, p, b), (c, q, d) = premises
        return p == q == t[1] == SAME and b == c and (a, d) == (t[0], t[2])

    def eq_rep_s(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        same, other = premises
        return same == (other[0], SAME, t[0]) and other[1:] == t[1:]

    def eq_rep_p(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        other, same = premises
        return same == (other[1], SAME, t[1]) and (other[0], other[2]) == (t[0], t[2])

    def eq_rep_o(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        return any(
            same == (other[2], SAME, t[2]) and other[:2] == t[:2]
            for same, other in (premises, premises[::-1])
        )

    # -- table 5 ----------------------------------------------------------------------------------

    def prp_dom(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, _),) = premises
        return t == (x, TYPE, t[2]) and axioms == [(p, _rdfs("domain"), t[2])]

    def prp_rng(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((_, p, y),) = premises
        return t == (y, TYPE, t[2]) and axioms == [(p, _rdfs("range"), t[2])]

    def prp_fp(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        (x, p, y), (z, q, w) = premises
        declared = axioms == [(p, TYPE, _owl("FunctionalProperty"))]
        return declared and x == z and p == q and t == (y, SAME, w)

    def prp_ifp(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        (x, p, y), (z, q, w) = premises
        declared = axioms == [(p, TYPE, _owl("InverseFunctionalProperty"))]
        return declared and p == q and t == (x, SAME, z) and _equal(y, w)

    def prp_symp(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        declared = axioms == [(t[1], TYPE, _owl("SymmetricProperty"))]
        return declared and premises == [(t[2], t[1], t[0])]

    def prp_trp(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        declared = axioms == [(t[1], TYPE, _owl("TransitiveProperty"))]
        return declared and _chained(t, premises, [t[1], t[1]])

    def prp_spo1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return axioms == [(p, _rdfs("subPropertyOf"), t[1])] and (x, y) == (t[0], t[2])

    def prp_spo2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((p, chain, links),) = axioms
        said = (p, chain) == (t[1], _owl("propertyChainAxiom"))
        return said and _chained(t, premises, self.items(links))

    def prp_eqp1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return axioms == [(p, _owl("equivalentProperty"), t[1])] and (x, y) == (t[0], t[2])

    def prp_eqp2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return axioms == [(t[1], _owl("equivalentProperty"), p)] and (x, y) == (t[0], t[2])

    def prp_inv1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return axioms == [(p, _owl("inverseOf"), t[1])] and (y, x) == (t[0], t[2])

    def prp_inv2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return axioms == [(t[1], _owl("inverseOf"), p)] and (y, x) == (t[0], t[2])

    def prp_key(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((kind, _, keys),) = axioms
        a, same, b = t
        members = kind == THING or {(a, TYPE, kind), (b, TYPE, kind)} <= set(premises)
        return (
            axioms[0][1] == _owl("hasKey")
            and same == SAME
            and members
            and all(
                any(
                    _equal(z, w)
                    for x, p, z in premises
                    for y, q, w in premises
                    if (x, p) == (a, key) and (y, q) == (b, key)
                )
                for key in self.items(keys)
            )
        )

    # -- table 6 ----------------------------------------------------------------------------------

    def cls_int1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((c, said, parts),) = axioms
        needed = {(t[0], TYPE, part) for part in self.items(parts) if part != THING}
        whole = (c, said) == (t[2], _owl("intersectionOf")) and t[1] == TYPE
        return whole and needed == set(premises)

    def cls_int2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((c, said, parts),) = axioms
        part = said == _owl("intersectionOf") and t[2] in self.items(parts)
        return part and t[1] == TYPE and premises == [(t[0], TYPE, c)]

    def cls_uni(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((c, said, parts),) = axioms
        ((x, p, part),) = premises
        whole = (c, said) == (t[2], _owl("unionOf")) and part in self.items(parts)
        return whole and p == t[1] == TYPE and x == t[0]

    def cls_oo(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((c, said, parts),) = axioms
        listed = said == _owl("oneOf") and t[0] in self.items(parts)
        return listed and t[1:] == (TYPE, c) and not premises

    def cls_svf1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        filler, p = self._restriction(axioms, "someValuesFrom", t[2])
        ((x, q, y), *members) = premises
        fits = members == [(y, TYPE, filler)] or (not members and self._lies_in(y, filler) is True)
        return t[1] == TYPE and (x, q) == (t[0], p) and fits

    def cls_svf2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        filler, p = self._restriction(axioms, "someValuesFrom", t[2])
        ((x, q, _),) = premises
        return t[1] == TYPE and (x, q) == (t[0], p) and filler in (THING, _rdfs("Literal"))

    def cls_avf(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        (x, kind, c), (y, q, z) = premises
        filler, p = self._restriction(axioms, "allValuesFrom", c)
        return kind == TYPE and x == y and q == p and t == (z, TYPE, filler)

    def cls_hv1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, kind, c),) = premises
        filler, p = self._restriction(axioms, "hasValue", c)
        return kind == TYPE and t == (x, p, filler)

    def cls_hv2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        filler, p = self._restriction(axioms, "hasValue", t[2])
        ((x, q, y),) = premises
        return t == (x, TYPE, t[2]) and q == p and _equal(y, filler)

    def cls_maxc2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._at_most_one(t, premises, axioms, "maxCardinality", filled=False)

    def cls_maxqc3(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._at_most_one(t, premises, axioms, "maxQualifiedCardinality", filled=True)

    def cls_maxqc4(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._at_most_one(t, premises, axioms, "maxQualifiedCardinality", filled=False)

    def _restriction(self, axioms: list[Fact], kind: str, node: Term) -> tuple[Term, Term]:
        by_predicate = {p: o for s, p, o in axioms if s == node}
        return by_predicate[_owl(kind)], by_predicate[_owl("onProperty")]

    def _at_most_one(
        self, t: Fact, premises: list[Fact], axioms: list[Fact], kind: str, *, filled: bool
    ) -> bool:
        node = axioms[0][0]
        number, p = self._restriction(axioms, kind, node)
        a, same, b = t
        x = next(s for s, q, _ in premises if q == p)
        needed = {(x, TYPE, node), (x, p, a), (x, p, b)}
        if filled:
            filler, _ = self._restriction(axioms, "onClass", node)
            needed |= {(a, TYPE, filler), (b, TYPE, filler)}
        one = isinstance(number, Literal) and int(number.value) == 1
        return same == SAME and one and needed <= set(premises)

    # -- table 7 ----------------------------------------------------------------------------------

    def cax_sco(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, c),) = premises
        return axioms == [(c, _rdfs("subClassOf"), t[2])] and p == t[1] == TYPE and x == t[0]

    def cax_eqc1(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, c),) = premises
        return axioms == [(c, _owl("equivalentClass"), t[2])] and p == t[1] == TYPE and x == t[0]

    def cax_eqc2(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, c),) = premises
        return axioms == [(t[2], _owl("equivalentClass"), c)] and p == t[1] == TYPE and x == t[0]

    # -- rules that conclude "false" ---------------------------------------------------------------

    def false_eq_diff1(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        (a, different, b), *same = premises
        alike = same == [(a, SAME, b)] or (not same and a == b)
        return different == _owl("differentFrom") and alike and not axioms

    def false_eq_diff2(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._listed_twice(premises, axioms, "members")

    def false_eq_diff3(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._listed_twice(premises, axioms, "distinctMembers")

    def _listed_twice(self, premises: list[Fact], axioms: list[Fact], said: str) -> bool:
        ((node, p, members),) = axioms
        ((a, same, b),) = premises
        kind = (node, TYPE, _owl("AllDifferent")) in self.asserted
        return kind and p == _owl(said) and same == SAME and self._are_two(members, a, b)

    def _are_two(self, head: Term, one: Term, other: Term) -> bool:
        """Whether a list has both, at different places."""
        members = self.items(head)
        return members.count(one) > (one == other) and other in members

    def false_prp_irp(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((x, p, y),) = premises
        return x == y and axioms == [(p, TYPE, _owl("IrreflexiveProperty"))]

    def false_prp_asyp(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        (x, p, y), *other = premises
        back = other == [(y, p, x)] or (not other and x == y)
        return back and axioms == [(p, TYPE, _owl("AsymmetricProperty"))]

    def false_prp_pdw(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((p, said, q),) = axioms
        (x, r, y), (z, t, w) = premises[0], premises[-1]
        both = {p, q} == {r, t} and x == z and _equal(y, w)
        return said == _owl("propertyDisjointWith") and both

    def false_prp_adp(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((node, said, members),) = axioms
        (x, p, y), (z, q, w) = premises[0], premises[-1]
        kind = (node, TYPE, _owl("AllDisjointProperties")) in self.asserted
        listed = self._are_two(members, p, q)
        return kind and listed and said == _owl("members") and x == z and _equal(y, w)

    def false_prp_npa1(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._denied(premises, axioms, "targetIndividual")

    def false_prp_npa2(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._denied(premises, axioms, "targetValue")

    def _denied(self, premises: list[Fact], axioms: list[Fact], target: str) -> bool:
        ((x, p, y),) = premises
        said = {q: o for s, q, o in axioms if s == axioms[0][0]}
        source, relation = said[_owl("sourceIndividual")], said[_owl("assertionProperty")]
        return (source, relation) == (x, p) and _equal(said[_owl(target)], y)

    def false_cls_nothing2(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((_, p, c),) = premises
        return p == TYPE and c == _owl("Nothing") and not axioms

    def false_cls_com(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._in_both(premises, axioms, "complementOf")

    def false_cax_dw(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._in_both(premises, axioms, "disjointWith")

    def _in_both(self, premises: list[Fact], axioms: list[Fact], said: str) -> bool:
        ((c, p, d),) = axioms
        x = premises[0][0]
        return p == _owl(said) and set(premises) == {(x, TYPE, c), (x, TYPE, d)}

    def false_cax_adc(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        ((node, said, members),) = axioms
        (x, p, c), (y, q, d) = premises[0], premises[-1]
        kind = (node, TYPE, _owl("AllDisjointClasses")) in self.asserted
        listed = self._are_two(members, c, d)
        return kind and listed and said == _owl("members") and x == y and p == q == TYPE

    def false_cls_maxc1(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._none_allowed(premises, axioms, "maxCardinality")

    def false_cls_maxqc1(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._none_allowed(premises, axioms, "maxQualifiedCardinality")

    def false_cls_maxqc2(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        return self._none_allowed(premises, axioms, "maxQualifiedCardinality")

    def _none_allowed(self, premises: list[Fact], axioms: list[Fact], kind: str) -> bool:
        node = axioms[0][0]
        number, p = self._restriction(axioms, kind, node)
        (x, typed, c), (y, q, value), *filled = premises
        of = {o for s, a, o in axioms if s == node and a in (_owl("onClass"), _owl("onDataRange"))}
        fits = not of if kind == "maxCardinality" else len(of) == 1
        for filler in of - {THING}:
            fits = filled == [(value, TYPE, filler)] or self._lies_in(value, filler) is True
        at_least = isinstance(number, Literal) and int(number.value) == 0
        return at_least and (x, typed, c) == (y, TYPE, node) and q == p and fits

    def false_dt_diff(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        edges = [one for one in premises if isinstance(one[2], Literal)]
        (x, p, v), (y, q, w) = edges
        if axioms == [(p, TYPE, _owl("FunctionalProperty"))]:
            allowed = premises == edges
        else:
            node = axioms[0][0]
            said = {one: o for s, one, o in axioms if s == node}
            number = said.get(_owl("maxCardinality")) or said[_owl("maxQualifiedCardinality")]
            one = isinstance(number, Literal) and int(number.value) == 1
            allowed = one and said[_owl("onProperty")] == p and (x, TYPE, node) in premises
        return allowed and (x, p) == (y, q) and not _equal(v, w)

    def false_dt_not_type(self, premises: list[Fact], axioms: list[Fact]) -> bool:
        *members, (x, p, value) = premises
        if not isinstance(value, Literal):
            return False
        if not axioms:
            return not members and self._lies_in(value, value.datatype) is False
        demands, said, wanted = axioms[0]
        if said == _rdfs("range"):
            asked = not members and demands == p and len(axioms) == 1
        else:
            filler, on = self._restriction(axioms, "allValuesFrom", demands)
            asked = members == [(x, TYPE, demands)] and (filler, on) == (wanted, p)
        return asked and self._lies_in(value, wanted) is False

    def _lies_in(self, value: Term, wanted: Term) -> bool | None:
        """Whether a literal lies in a datatype or an intersection; None if this does not know."""
        if not isinstance(value, Literal):
            return None
        parts = [o for s, p, o in self.asserted if (s, p) == (wanted, _owl("intersectionOf"))]
        if parts:
            answers = [self._lies_in(value, one) for one in self.items(parts[0])]
            return False if False in answers else None if None in answers else True
        return _lies_in(value, wanted)

    # -- table 9 ----------------------------------------------------------------------------------

    def _schema(self, t: Fact, premises: list[Fact], axioms: list[Fact]) -> bool:
        """Whether the axioms entail the schema triple; of a membership, the one it goes by."""
        known = self._schema_closure(axioms)
        if premises:  # cax-sco by an inclusion that a schema rule gives
            ((x, p, c),) = premises
            return p == t[1] == TYPE and x == t[0] and (c, _rdfs("subClassOf"), t[2]) in known
        return t in known

    def _schema_closure(self, axioms: list[Fact]) -> set[Fact]:
        """All schema rules over these axioms alone, as naively as can be."""
        sub, subp = _rdfs("subClassOf"), _rdfs("subPropertyOf")
        known = set(axioms)
        terms = {term for axiom in axioms for term in (axiom[0], axiom[2])}
        for s, p, o in axioms:
            for part in self.items(o):
                if p == _owl("intersectionOf"):
                    known.add((s, sub, part))
                elif p == _owl("unionOf"):
                    known.add((part, sub, s))
        for term in terms:
            known |= {(term, sub, term), (term, subp, term), (term, sub, THING)}
        while True:
            new = set(self._schema_round(known, sub, subp)) - known
            if not new:
                return known
            known |= new

    @staticmethod
    def _schema_round(known: set[Fact], sub: IRI, subp: IRI) -> Iterable[Fact]:
        by: dict[Term, list[Fact]] = {}
        for one in known:
            by.setdefault(one[1], []).append(one)
        for up, equal in ((sub, _owl("equivalentClass")), (subp, _owl("equivalentProperty"))):
            for s, _, o in by.get(equal, ()):
                yield from ((s, up, o), (o, up, s))
            for s, _, o in by[up]:
                yield from ((s, up, c) for b, _, c in by[up] if b == o)
                if (o, up, s) in known:
                    yield s, equal, o
        for ends in (_rdfs("domain"), _rdfs("range")):
            for p, _, c in by.get(ends, ()):
                yield from ((p, ends, d) for b, _, d in by[sub] if b == c)
                yield from ((q, ends, c) for q, _, b in by[subp] if b == p)
        on = {s: o for s, _, o in by.get(_owl("onProperty"), ())}
        for kind in ("hasValue", "someValuesFrom", "allValuesFrom"):
            for r1, _, y1 in by.get(_owl(kind), ()):
                for r2, _, y2 in by.get(_owl(kind), ()):
                    if y1 == y2 and (on[r1], subp, on[r2]) in known:
                        yield (r2, sub, r1) if kind == "allValuesFrom" else (r1, sub, r2)
                    if kind != "hasValue" and on[r1] == on[r2] and (y1, sub, y2) in known:
                        yield r1, sub, r2


def _chained(t: Fact, premises: list[Fact], links: list[Term]) -> bool:
    """Whether the premises are edges of these properties, end to end from subject to object."""
    return (
        [p for _, p, _ in premises] == links
        and premises[0][0] == t[0]
        and premises[-1][2] == t[2]
        and all(one[2] == other[0] for one, other in pairwise(premises))
    )


def _equal(one: Term, other: Term) -> bool:
    """One term, or two numerals of one number in one value space."""
    if one == other:
        return True
    if not isinstance(one, Literal) or not isinstance(other, Literal):
        return False
    first, second = _number(one), _number(other)
    return first is not None and first == second


# The exact numbers of XML Schema: least and greatest value, where there is one.
_RANGES: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None), "nonNegativeInteger": (0, None), "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1),
    **{name: (-(1 << bits - 1), (1 << bits - 1) - 1)
       for name, bits in (("long", 64), ("int", 32), ("short", 16), ("byte", 8))},
    **{f"unsigned{name}": (0, (1 << bits) - 1)
       for name, bits in (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8))},
}  # fmt: skip


def _number(literal: Literal) -> Decimal | tuple[str, float] | None:
    """The value of a numeral, told apart by value space; None for what is no numeral."""
    name = literal.datatype.value.removeprefix(_XSD)
    try:
        if name in ("float", "double"):
            return name, float(literal.value)
        if name == "boolean":
            return name, {"true": 1.0, "1": 1.0, "false": 0.0, "0": 0.0}[literal.value]
        exact = name == "decimal" or name in _RANGES
        return Decimal(literal.value) if exact else None
    except (ValueError, KeyError, InvalidOperation):
        return None


def _lies_in(literal: Literal, datatype: Term) -> bool | None:
    """Whether the literal's value lies in the datatype; None for datatypes it knows nothing of."""
    assert isinstance(datatype, IRI)
    name, own = datatype.value.removeprefix(_XSD), literal.datatype.value.removeprefix(_XSD)
    numeric = {*_RANGES, "decimal", "float", "double"}
    number = _number(literal)
    if own in numeric and number is None:
        return False  # no numeral at all
    if datatype == IRI(_RDFS + "Literal"):
        return True
    if name not in numeric and own not in numeric:
        return True if name == own else None
    if not isinstance(number, Decimal) or name not in (*_RANGES, "decimal"):
        return name == own
    low, high = _RANGES.get(name, (None, None))
    whole = name == "decimal" or number == number.to_integral_value()
    return whole and (low is None or number >= low) and (high is None or number <= high)
