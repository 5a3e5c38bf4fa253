"""Data and shapes -> report: the door of the validator.

    report = validate(data, shapes)
    report.conforms, report.results
"""

from __future__ import annotations

from collections.abc import Iterable

from cgkg.rdf.terms import Quad, Triple
from cgkg.shacl.graph import ShapesError
from cgkg.shacl.report import ValidationReport

__all__ = ["ShapesError", "validate"]


def validate(
    data: Iterable[Triple | Quad],
    shapes: Iterable[Triple],
    *,
    ontology: Iterable[Triple] = (),
) -> ValidationReport:
    """Every result of validating the data against the shapes, whatever its severity.

    Args:
        data: triples, or quads: shapes see the merge of all graphs, each triple once, and GRAPH in
            SPARQL-based constraints sees the named graphs.
        shapes: the shapes graph.
        ontology: where the class hierarchy is taken from, too; the rest of it is not looked at.

    Raises:
        ShapesError: the shapes are ill-formed or recursive, or their SPARQL does not run.
    """
    raise NotImplementedError
