"""Data and shapes -> report: the door of the validator.

    report = validate(data, shapes)
    report.conforms, report.results

Shapes are read once for several data: `compile_shapes(shapes).validate(data)`. What a change of the
data reaches is validated again by

    validation = compile_shapes(shapes).begin(data)
    report = validation.update(added=new, removed=old)
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import RDF, RDFS, SH
from cgkg.shacl.asking import Asker
from cgkg.shacl.data import Data, Ids
from cgkg.shacl.evaluation import Run
from cgkg.shacl.excerpts import Endpoint, NotPicked, ShapesExcerpt, fetch_excerpt
from cgkg.shacl.graph import ShapesError, deep_nesting, shorten
from cgkg.shacl.incremental import Validation
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.results import results
from cgkg.shacl.rules import by_order
from cgkg.shacl.shapes import Shapes, read_shapes
from cgkg.shacl.targets import Target, focus_nodes

__all__ = ["CompiledShapes", "ShapesError", "Validation", "compile_shapes", "validate"]


class CompiledShapes:
    """Shapes that were read and found to be well-formed."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._queries = list(shapes.queries())

    def validate(
        self, data: Data | Iterable[Triple | Quad], *, ontology: Iterable[Triple] = ()
    ) -> ValidationReport:
        """As the function `validate`."""
        with deep_nesting():
            return self._validate(data, ontology)

    @property
    def looked_at(self) -> frozenset[IRI] | None:
        """Properties beyond which nothing is looked at in data, at most those that the shapes name;
        None: it may be any."""
        if self.looks_anywhere:
            return None
        of_queries = [query.predicates for query in self._queries]
        triples = self._shapes.graph.triples
        named = {each.object for each in triples if isinstance(each.object, IRI)}
        asked = {IRI(name) for each in of_queries for name in each or ()}
        return frozenset((*named, *asked, RDF.type, RDFS.subClassOf))

    @property
    def looks_anywhere(self) -> tuple[str, ...]:
        """What it is in the shapes for which all properties of data are looked at."""
        shapes = self._shapes
        reasons = {
            "what only pySHACL does": shapes.advanced,
            "rules": shapes.rules,
            "sh:closed": any(each.predicate == SH.closed for each in shapes.graph.triples),
            "a query with a variable property": any(q.predicates is None for q in self._queries),
        }
        return tuple(reason for reason, is_there in reasons.items() if is_there)

    def fetch(
        self, endpoint: Endpoint, *, ontology: Iterable[Triple] = ()
    ) -> ShapesExcerpt | NotPicked:
        """Fetch from an engine what validating its data needs; as `fetch_excerpt`."""
        with deep_nesting():
            return fetch_excerpt(endpoint, self._shapes, _hierarchy(ontology))

    def begin(
        self, data: Iterable[Triple | Quad], *, ontology: Iterable[Triple] = ()
    ) -> Validation:
        """Validate, and be ready to validate again what changes reach; raises as `validate`."""
        held = tuple(ontology)
        whole = self._shapes.rules or self._shapes.advanced
        return Validation(
            self._shapes,
            data,
            _hierarchy(held),
            (lambda statements: self.validate(statements, ontology=held)) if whole else None,
        )

    def _validate(
        self, given: Data | Iterable[Triple | Quad], ontology: Iterable[Triple]
    ) -> ValidationReport:
        if self._shapes.advanced:
            if isinstance(given, Data):
                given = chain(given.merged(), given.named())
            return self._validate_by_reference(given, ontology)
        if not (self._shapes.targets or self._shapes.rules or self._queries):
            return ValidationReport(True, ())
        hierarchy = _hierarchy(ontology)
        if isinstance(given, Data):
            data = given
            data.add(hierarchy)
        else:
            data = Data(chain(given, hierarchy))
        notes = self._apply_rules(data)
        run = self._run(data)
        broken: list[ValidationResult] = []
        focus: dict[tuple[Target, ...], Ids] = {}
        for node, targets in self._shapes.targets.items():
            nodes = focus.get(targets)
            if nodes is None:
                nodes = focus[targets] = focus_nodes(run.data, run.asker, node, targets)
            broken += results(run, run.broken(self._shapes.by_node[node], nodes))
        broken.sort(key=ValidationResult.sort_key)
        return ValidationReport(not broken, tuple(broken), notes)

    def _run(self, data: Data) -> Run:
        asker = Asker(data, data.named, self._shapes.graph.triples, self._queries)
        return Run(data, self._shapes.by_node, asker)

    def _apply_rules(self, data: Data) -> tuple[str, ...]:
        """Add what the rules infer, and say so."""
        if not self._shapes.rules:
            return ()
        known = {each.triple for each in data.merged()}
        before = len(known)
        for rules in by_order(self._shapes.rules):
            run = self._run(data)
            new: set[Triple] = set()
            for rule in rules:
                targets = self._shapes.targets.get(rule.shape, ())
                nodes = focus_nodes(run.data, run.asker, rule.shape, targets)
                new.update(rule.infer(run, nodes))
            data.add(new)
            known |= new
        return (f"rules (sh:rule) added {len(known) - before} triples before validation",)

    def _validate_by_reference(
        self, data: Iterable[Triple | Quad], ontology: Iterable[Triple]
    ) -> ValidationReport:
        from cgkg.shacl import pyshacl_engine  # which takes half a second to load

        report = pyshacl_engine.validate(data, self._shapes.graph.triples, ontology=ontology)
        names = ", ".join(map(shorten, self._shapes.advanced))
        note = f"pySHACL validated, for the sake of {names}, which cgkg does not do"
        return ValidationReport(report.conforms, report.results, (note,))


def _hierarchy(ontology: Iterable[Triple]) -> list[Triple]:
    """What an ontology says of subclasses."""
    return [
        triple
        for triple in ontology
        if triple.predicate == RDFS.subClassOf and isinstance(triple.object, IRI)
    ]


def compile_shapes(shapes: Iterable[Triple]) -> CompiledShapes:
    """Shapes to validate with.

    Raises:
        ShapesError: they are ill-formed or recursive.
    """
    with deep_nesting():
        return CompiledShapes(read_shapes(shapes))


def validate(
    data: Data | Iterable[Triple | Quad],
    shapes: Iterable[Triple],
    *,
    ontology: Iterable[Triple] = (),
) -> ValidationReport:
    """Every result of validating the data against the shapes, whatever its severity.

    Args:
        data: triples, or quads: shapes see the merge of all graphs, each triple once, and GRAPH in
            SPARQL-based constraints sees the named graphs. `Data` is what validation makes of them,
            as fast as it can be had from files; it gains what the rules and the ontology add.
        shapes: the shapes graph.
        ontology: where the class hierarchy is taken from, too; the rest of it is not looked at.

    Raises:
        ShapesError: the shapes are ill-formed or recursive, or their SPARQL does not run.
    """
    return compile_shapes(shapes).validate(data, ontology=ontology)
