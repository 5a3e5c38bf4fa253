"""The reasoners behind one function: our own, and owlrl as the reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cgkg.rdf.terms import Triple
from cgkg.reasoning import closure as _own
from cgkg.reasoning.closure import Closure
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.incremental.reasoner import Reasoner


def close(
    ontology: Iterable[Triple],
    data: Iterable[Triple],
    *,
    engine: Literal["cgkg", "owlrl", "spark"] = "cgkg",
    include_schema: bool = False,
    cluster: Cluster | None = None,
) -> Closure:
    """The closure of data under an ontology.

    Args:
        ontology: axioms; facts about individuals among them count as data.
        data: facts; axioms among them count as ontology.
        engine: "cgkg", or "owlrl" for the slow reference, which gives no proofs, or "spark" for
            what no machine holds.
        include_schema: count what follows about named classes and properties as inferred, too.
        cluster: of Spark.
    """
    if engine == "spark":  # as are pyspark and pyarrow
        from cgkg.reasoning.spark.closing import close as close_on_spark

        there = cluster or Cluster()
        return close_on_spark(ontology, data, cluster=there, include_schema=include_schema)
    if engine == "owlrl":  # owlrl and rdflib load only when asked for
        from cgkg.reasoning.reference import close as close_by_owlrl

        return close_by_owlrl(ontology, data, include_schema=include_schema)
    return _own.close(ontology, data, include_schema=include_schema)


def open(
    ontology: Iterable[Triple], data: Iterable[Triple], *, include_schema: bool = False
) -> Reasoner:
    """What follows from an ontology and data that may change; its `closure` is always current.

    Args:
        ontology, data, include_schema: as for `close`.
    """
    return Reasoner.open(ontology, data, include_schema=include_schema)
