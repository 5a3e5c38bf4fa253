"""Data and shapes -> report: the door of the validator.

report = validate(data, shapes)
report.conforms, report.results

shapes = compile_shapes(triples)      # to validate several data against the same shapes
shapes.validate(data)
"""

from __future__ import annotations

from collections.abc import Iterable

from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import RDFS
from cgkg.shacl.asking import Asker
from cgkg.shacl.data import Data, Ids
from cgkg.shacl.evaluation import Run
from cgkg.shacl.graph import ShapesError, shorten
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.results import results
from cgkg.shacl.shapes import Shapes, read_shapes
from cgkg.shacl.targets import Target, focus_nodes

__all__ = ["CompiledShapes", "ShapesError", "compile_shapes", "validate"]


class CompiledShapes:
    """Shapes that were read and found to be well-formed."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._queries = list(shapes.queries())

    def validate(
        self, data: Iterable[Triple | Quad], *, ontology: Iterable[Triple] = ()
    ) -> ValidationReport:
        """As the function `validate`."""
        if self._shapes.advanced:
            return self._validate_by_reference(data, ontology)
        if not self._shapes.targets and not self._queries:
            return ValidationReport(True, ())
        hierarchy = [
            triple
            for triple in ontology
            if triple.predicate == RDFS.subClassOf and isinstance(triple.object, IRI)
        ]
        everything: list[Triple | Quad] = [*data, *hierarchy]
        columns = Data(everything)
        literals = columns.terms.typed_literals
        asker = Asker(
            everything,
            lambda: (each for _, each in literals()),
            self._shapes.graph.triples,
            self._queries,
        )
        run = Run(columns, self._shapes.by_node, asker)
        found: list[ValidationResult] = []
        focus: dict[tuple[Target, ...], Ids] = {}
        for node, targets in self._shapes.targets.items():
            nodes = focus.get(targets)
            if nodes is None:
                nodes = focus[targets] = focus_nodes(columns, asker, node, targets)
            found += results(run, run.broken(self._shapes.by_node[node], nodes))
        found.sort(key=ValidationResult.sort_key)
        return ValidationReport(not found, tuple(found))

    def _validate_by_reference(
        self, data: Iterable[Triple | Quad], ontology: Iterable[Triple]
    ) -> ValidationReport:
        from cgkg.shacl import pyshacl_engine  # which takes half a second to load

        report = pyshacl_engine.validate(
            data, self._shapes.graph.triples, ontology=ontology, advanced=True
        )
        names = ", ".join(map(shorten, self._shapes.advanced))
        note = f"pySHACL validated, for the sake of {names}, which cgkg does not do"
        return ValidationReport(report.conforms, report.results, (note,))


def compile_shapes(shapes: Iterable[Triple]) -> CompiledShapes:
    """Shapes to validate with.

    Raises:
        ShapesError: they are ill-formed or recursive.
    """
    return CompiledShapes(read_shapes(shapes))


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
    return compile_shapes(shapes).validate(data, ontology=ontology)
