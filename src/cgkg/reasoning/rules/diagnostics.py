"""What reasoning has to say besides new facts: contradictions, and axioms it cannot use."""

from __future__ import annotations

from dataclasses import dataclass

from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple, parts
from cgkg.rdf.vocab import OWL, STANDARD

_PREFIXES = sorted(STANDARD.items(), key=lambda pair: -len(pair[1]))


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A contradiction: the rule that shows it, the facts and the axioms it rests on.

    `message` is one readable English sentence; `premises` are triples of the closure, each of which
    can be explained in turn.
    """

    rule: str
    message: str
    premises: tuple[Triple, ...]
    axioms: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedAxiom:
    """An axiom, or one direction of it, from which no conclusions are drawn.

    OWL 2 RL has no rule that reads it or, if `has_rule`, has one that is not applied here.
    """

    axiom: Triple
    construct: str
    has_rule: bool = False

    @property
    def message(self) -> str:
        """One readable English sentence."""
        said = "cgkg applies no rule to" if self.has_rule else "no rule of OWL 2 RL uses"
        return f"{said} {self.construct}: {statement(self.axiom)}"


def short(term: Term) -> str:
    """The term as a person writes it: a prefixed name where a prefix is known."""
    if isinstance(term, BlankNode):
        return f"_:{term.value}"
    if isinstance(term, Literal):
        return str(term) if not term.datatype.value.endswith("#integer") else term.value
    for prefix, base in _PREFIXES:
        local = term.value.removeprefix(base)
        if local != term.value and local and not set(local) & set("/#?"):
            return f"{prefix}:{local}"
    return f"<{term.value}>"


def statement(triple: Triple) -> str:
    """The triple as a person writes it."""
    subject, predicate, target = map(short, parts(triple))
    return f"{subject} {'a' if predicate == 'rdf:type' else predicate} {target}"


# One sentence for each rule that concludes "false"; {0} is the first premise, {s}, {p} and {o} are
# its parts, {o2} … those of the second; {a} and {b} are the two premises with literals.
_SENTENCES = {
    "eq-diff1": "{s} and {o} are the same, yet stated to be different",
    "eq-diff2": "{s} and {o} are the same, yet listed as all different",
    "eq-diff3": "{s} and {o} are the same, yet listed as all different",
    "prp-irp": "{p} is irreflexive, but holds between {s} and itself",
    "prp-asyp": "{p} is asymmetric, but holds between {s} and {o} in both directions",
    "prp-pdw": "{p} and {p2} are disjoint, but both hold between {s} and {o}",
    "prp-adp": "{p} and {p2} are disjoint, but both hold between {s} and {o}",
    "prp-npa1": "{0} holds, yet is stated not to hold",
    "prp-npa2": "{0} holds, yet is stated not to hold",
    "cls-nothing2": "{s} is an instance of owl:Nothing, which has none",
    "cls-com": "{s} is both {o} and {o2}, of which one is the complement of the other",
    "cls-maxc1": "{s} may have no {p2}, but has {o2}",
    "cls-maxqc1": "{s} may have no {p2} that is in {filler}, but has {o2}",
    "cls-maxqc2": "{s} may have no {p2}, but has {o2}",
    "cax-dw": "{s} is both {o} and {o2}, which are disjoint",
    "cax-adc": "{s} is both {o} and {o2}, which are disjoint",
    "dt-diff": "{a} and {b}, but only one value is allowed",
    "dt-not-type": "{0}: the literal has no value, for it is no lexical form of {own}",
}


def inconsistency(
    rule: str,
    premises: tuple[Triple, ...],
    axioms: tuple[Triple, ...],
    datatype: IRI | None = None,
) -> Inconsistency:
    """The contradiction with its sentence.

    Args:
        datatype: what the value of the last premise must be in, by the axioms.
    """
    names: dict[str, str] = {}
    # one triple may be both premises, as when a class is disjoint with itself
    for suffix, premise in zip(("", "2"), (*premises, *premises), strict=False):
        for name, term in zip("spo", parts(premise), strict=True):
            names[name + suffix] = short(term)
    pattern = _SENTENCES.get(rule, "{0}")
    edges = [triple for triple in premises if isinstance(triple.object, Literal)]
    told = premises
    if rule == "dt-not-type":
        told = tuple(edges)
        value = edges[0].object
        names["own"] = short(value.datatype) if isinstance(value, Literal) else ""
        if datatype is not None:
            names["p"] = short(edges[0].predicate)
            pattern = "{0}: the value of {p} must be in " + short(datatype)
    elif rule == "dt-diff":  # what must be one value are the literals among the premises
        names["a"], names["b"] = map(statement, edges)
    elif rule in ("prp-pdw", "prp-adp") and names["o"] != names.get("o2"):
        pattern += ", which is the same value as {o2}"
    elif rule == "prp-npa2" and parts(axioms[-1])[2] != parts(premises[0])[2]:
        pattern += ": " + short(parts(axioms[-1])[2]) + " is the same value"
    elif rule == "cls-maxqc1":
        _, predicate, filler = parts(axioms[-1])
        anonymous = "that class" if predicate == OWL.onClass else "that data range"
        names["filler"] = short(filler) if isinstance(filler, IRI) else anonymous
    sentence = pattern.format(*map(statement, told), **names)
    return Inconsistency(rule, f"{rule}: {sentence}", premises, axioms)
