"""Reasoning: what follows from an ontology and data, by the rules of OWL 2 RL/RDF, with proofs.

How the 78 rules (OWL 2 Profiles, section 4.3, tables 4 to 9) are met:

- **By compiled rules over facts**, each bearing its name: prp-dom, rng, fp, ifp, symp, trp, spo1,
  spo2, eqp1, eqp2, inv1, inv2, key; cls-int1, int2, uni, svf1, svf2, avf, hv1, hv2, maxc2, maxqc3,
  maxqc4, oo; cax-sco, eqc1, eqc2; scm-hv, svf1, svf2, avf1, avf2.
- **By checks**, each bearing its name: eq-diff1, diff2, diff3; prp-irp, asyp, pdw, adp, npa1, npa2;
  cls-nothing2, com, maxc1, maxqc1, maxqc2; cax-dw, adc; dt-diff, dt-not-type.
- **By representatives**, written out at the end: eq-sym, eq-trans, eq-rep-s, eq-rep-o; eq-rep-p,
  and eq-rep-o for classes, by rules made when two names become the same.
- **One step at a time on individuals**: what scm-sco, spo, eqc1, eqc2, eqp1, eqp2, dom1, dom2,
  rng1, rng2, int and uni say of classes and properties follows for every individual from the
  rules above. As triples about names they are written with `include_schema`.
- **By the datatype map**: dt-type2 and dt-eq. Literals of one value are one value wherever rules
  compare literals (keys, functional properties, hasValue, negative assertions).

Deliberate differences:

- Not written, because they say nothing: x owl:sameAs x (eq-ref); x a owl:Thing or rdfs:Resource;
  the axiomatic triples of prp-ap, cls-thing, cls-nothing1, dt-type1; that a class or property
  includes itself, a class owl:Nothing, and owl:Thing every class (scm-cls, op, dp). They hold
  whether or not a name is declared.
- Not written, because RDF cannot say them: literals as subjects (dt-type2; sameAs and differentFrom
  between literals, dt-eq and dt-diff), edges of a property without a name.
- Not written, because nobody can ask for them: members of a class expression without a name.
- Not written, because it is no new fact: a value in another lexical form (dt-eq with eq-rep-o).
- A literal that a range or a restriction puts into a datatype its value does not lie in is found as
  dt-not-type, by way of the rdf:type that prp-rng or cls-avf gives it.
- Equality of individuals is not carried into axioms, nor into their lists: a hasValue about one
  speaks of the other only through facts, so that nothing is lost but triples about names.
- An axiom that is inferred and not stated is neither read nor written, but reported; rdf:type takes
  part as other properties do, other words of the language do not.

What is not written takes part in the reasoning all the same.

`open` keeps a closure while triples come and go (`Reasoner` tells when that derives everything
anew): what is added is carried on with, what is taken back is followed as far as it is missed.

What no rule is applied to is an `UnsupportedAxiom`: constructs outside OWL 2 RL, class expressions
on the side on which OWL 2 RL does not read them, axioms about the language itself, unknown
datatypes.
"""

from cgkg.reasoning.closure import Closure
from cgkg.reasoning.engines import close, open
from cgkg.reasoning.incremental.reasoner import Reasoner
from cgkg.reasoning.proofs.proof import Proof
from cgkg.reasoning.rules.diagnostics import Inconsistency, UnsupportedAxiom

__all__ = [
    "Closure",
    "Inconsistency",
    "Proof",
    "Reasoner",
    "UnsupportedAxiom",
    "close",
    "open",
]
