"""Reasoning: what follows from an ontology and data, by the rules of OWL 2 RL/RDF, with proofs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cgkg.rdf import Triple
from cgkg.reasoning import closure as _closure
from cgkg.reasoning.closure import Closure
from cgkg.reasoning.diagnostics import Inconsistency, UnsupportedAxiom
from cgkg.reasoning.proof import Proof

__all__ = ["Closure", "Inconsistency", "Proof", "UnsupportedAxiom", "close"]


def close(
    ontology: Iterable[Triple],
    data: Iterable[Triple],
    *,
    engine: Literal["cgkg", "owlrl"] = "cgkg",
) -> Closure:
    """The closure of data under an ontology.

    Args:
        ontology: axioms; facts about individuals among them count as data.
        data: facts; axioms among them count as ontology.
        engine: "cgkg", or "owlrl" for the slow reference, which gives no proofs.
    """
    if engine == "owlrl":
        from cgkg.reasoning import reference  # owlrl and rdflib load only when asked for

        return reference.close(ontology, data)
    return _closure.close(ontology, data)
