"""Validating again, after a change, only what the change reaches.

A shape is validated again for those of its focus nodes from which the change is reached by its
path, by what its constraints compare with, and by the shapes that it refers to. Everything else of
the report is kept, by the focus nodes that validation began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, Triple
from cgkg.shacl.asking import Asker
from cgkg.shacl.changes import DataChange
from cgkg.shacl.data import EMPTY, Data, Ids, contains, union
from cgkg.shacl.evaluation import Run, Shape, references
from cgkg.shacl.graph import deep_nesting
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.results import rooted_results
from cgkg.shacl.shapes import Shapes
from cgkg.shacl.statements import Statements
from cgkg.shacl.targets import Target, focus_nodes, is_moved
from cgkg.store.graph import stored_forms

Entry = tuple[tuple[Any, ...], ValidationResult]
"""A result after what it is sorted by."""


class Validation:
    """Data that change, and the report on them.

    Args:
        shapes: the shapes.
        data: triples and quads; a triple is a statement of the default graph.
        hierarchy: triples that are in the data always.
        whole: validates statements from the beginning; given if shapes have what no change can be
            followed through (rules, what another engine does), and then asked at each update.

    Attributes:
        report: on the data as they are.

    Raises:
        ShapesError: a query of the shapes does not run.
    """

    def __init__(
        self,
        shapes: Shapes,
        data: Iterable[Triple | Quad],
        hierarchy: Iterable[Triple],
        whole: Callable[[list[Quad]], ValidationReport] | None,
    ) -> None:
        self._shapes, self._whole = shapes, whole
        self._queries = list(shapes.queries())
        self._statements = Statements(data, hierarchy)
        self._data: Data | None = None
        self._asker: Asker
        self._focus: dict[tuple[Target, ...], Ids] = {}
        self._found: dict[Subject, dict[int, list[Entry]]] = {}
        self._entries: list[Entry] = []
        self._forms: set[Literal] = set()
        self.report = self._begin()

    def update(
        self,
        added: Iterable[Triple | Quad] = (),
        removed: Iterable[Triple | Quad] = (),
    ) -> ValidationReport:
        """The report after a change, the same as on all data from the beginning.

        Args:
            added: statements; those that the data have are passed over.
            removed: statements, taken out before others are added; those that the data do not have
                are passed over.

        Raises:
            ShapesError: a query of the shapes does not run. The data are changed nevertheless, and
                the next update validates everything.
        """
        gained, lost, stated = self._statements.change(added, removed)
        data = self._data
        if data is None or self._whole is not None:
            self.report = self._begin()
        elif stated:
            self._data = None  # until all of the report is right again
            keys = data.change(gained, lost)
            rewritten = self._is_rewritten([*gained, *lost])
            change = DataChange(data, keys, stated, rewritten=rewritten)
            if rewritten or not self._asker.change(gained, lost):
                self._asker = self._new_asker(data)
            self.report = self._validate(data, change)
            self._data = data
        return self.report

    def values(self, node: Term, predicate: IRI) -> list[Term]:
        """What the data give a node under a property."""
        return self._statements.values(node, predicate)

    def _begin(self) -> ValidationReport:
        statements = self._statements.select(None)
        if self._whole is not None:
            return self._whole(statements)
        data = Data(statements)
        self._focus, self._found, self._entries = {}, {}, []
        literals = data.unusual_literals() if self._queries else ()
        self._forms = set(stored_forms(literals).values())
        self._asker = self._new_asker(data)
        report = self._validate(data, None)
        self._data = data
        return report

    def _new_asker(self, data: Data) -> Asker:
        return Asker(data, self._statements.select, self._shapes.graph.triples, self._queries)

    def _validate(self, data: Data, change: DataChange | None) -> ValidationReport:
        """The report, of which a change reaches a part; without one everything is validated."""
        with deep_nesting():
            gone, new = self._validate_reached(data, change)
        if gone or new:
            self._entries = [each for each in self._entries if id(each) not in gone] + new
            self._entries.sort(key=itemgetter(0))
        return ValidationReport(not self._entries, tuple(result for _, result in self._entries))

    def _validate_reached(
        self, data: Data, change: DataChange | None
    ) -> tuple[set[int], list[Entry]]:
        """What is no longer so, by places in memory, and what is so now."""
        shapes = self._shapes
        asker = self._asker
        run = Run(data, shapes.by_node, asker)
        reach = None if change is None else Reach(shapes.by_node, change)
        focus: dict[tuple[Target, ...], Ids] = {}
        gone: set[int] = set()
        new: list[Entry] = []
        for node, targets in shapes.targets.items():
            before, nodes = self._focus.get(targets, EMPTY), focus.get(targets)
            if nodes is None:
                same = change is not None and not any(is_moved(each, change) for each in targets)
                nodes = before if same else focus_nodes(data, asker, node, targets)
                focus[targets] = nodes
            reached = None if reach is None else reach.of(node)
            if reached is None:
                again, outdated = nodes, union([before, nodes])
            else:
                moved = EMPTY if nodes is before else np.setxor1d(before, nodes, assume_unique=True)
                outdated = union([reached, moved])
                again = outdated[contains(nodes, outdated)]
            broken_of = self._found.setdefault(node, {})
            roots = np.fromiter(broken_of, np.int64, len(broken_of))
            for root in roots[contains(outdated, roots)].tolist():
                gone.update(map(id, broken_of.pop(root)))
            for place, result in rooted_results(run, run.broken(shapes.by_node[node], again)):
                entry = result.sort_key(), result
                broken_of.setdefault(int(again[place]), []).append(entry)
                new.append(entry)
        self._focus = focus
        return gone, new

    def _is_rewritten(self, triples: Iterable[Triple]) -> bool:
        """Whether what queries say of other literals may depend on those of some triples.

        The database holds literals in forms of its own. Which one of the data a solution means is
        told only if no two have the same form (`Asker.as_parsed`).
        """
        if not self._queries:
            return False
        literals = {each.object for each in triples if isinstance(each.object, Literal)}
        forms = stored_forms(literals)
        self._forms.update(forms.values())
        return bool(forms) or not self._forms.isdisjoint(literals)


class Reach:
    """For each shape the nodes that a change makes it validate anew.

    Args:
        shapes: all shapes by their nodes.
        change: the change.
    """

    def __init__(self, shapes: Mapping[Subject, Shape], change: DataChange) -> None:
        self._shapes, self._change = shapes, change
        self._found: dict[Subject, Ids | None] = {}

    def of(self, node: Subject) -> Ids | None:
        """The focus nodes of which a shape may say something else, sorted; None for any."""
        if node not in self._found:
            self._found[node] = self._find(self._shapes[node])
        return self._found[node]

    def _find(self, shape: Shape) -> Ids | None:
        if shape.deactivated:
            return EMPTY
        focus: list[Ids] = []
        values: list[Ids] = []
        for constraint in shape.constraints:
            touched = constraint.touched(self._change)
            if touched is None:
                return None
            focus.append(touched.focus)
            values.append(touched.values)
        for node in references(shape):
            reached = self.of(node)
            if reached is None:
                return None
            values.append(reached)
        if shape.path is None:
            return union(focus + values)
        focus.append(self._change.starts(shape.path))
        return union([*focus, self._change.before(shape.path, union(values))])
