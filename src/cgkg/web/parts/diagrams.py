"""Drawings of an ontology: boxes and lines with their places, which a template prints as SVG.

Three layouts are all that is needed: a tree, layers, and three columns of things that belong
together. Each places labels in rows, so nothing overlaps; the same input gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from cgkg.rdf.terms import IRI

Label = Callable[[IRI], str]
Above = Mapping[IRI, Sequence[IRI]]

_ROW, _HEIGHT, _GAP, _MARGIN = 34, 24, 56, 2
_EM, _PADDING = 13, 20


@dataclass(frozen=True)
class Box:
    """A named thing at its place; `kind` says how it is painted."""

    iri: IRI
    label: str
    kind: str
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """Where lines meet it, from the top."""
        return self.y + _HEIGHT / 2


@dataclass(frozen=True)
class Line:
    """A line as the path that SVG draws; `kind` says how."""

    path: str
    kind: str = "plain"


@dataclass(frozen=True)
class Diagram:
    """A drawing with its size in pixels."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    height_of_box = _HEIGHT

    @property
    def width(self) -> float:
        """From the left edge to the right end of the last box."""
        return max((box.x + box.width for box in self.boxes), default=0) + _MARGIN

    @property
    def height(self) -> float:
        """From the top to the foot of the last box."""
        return max((box.y + _HEIGHT for box in self.boxes), default=0) + _MARGIN


@dataclass(frozen=True)
class Row:
    """A property between the classes it leads from and to; either may be unknown."""

    sources: tuple[IRI, ...]
    iri: IRI
    targets: tuple[IRI, ...]


def tree(above: Above, label: Label, kind: Callable[[IRI], str]) -> Diagram:
    """Things under what is above them, from left to right.

    Args:
        above: every thing with those directly above it; one that has several stands under the
            first and has dashed lines to the others.
        label: what to write on a thing.
        kind: how to paint it.
    """
    nodes = sorted({*above, *(a for held in above.values() for a in held)}, key=label)
    first = {node: next(iter(above.get(node, ())), None) for node in nodes}
    below: dict[IRI | None, list[IRI]] = {}
    for node in nodes:
        below.setdefault(None if _circular(node, first) else first[node], []).append(node)
    places: dict[IRI, tuple[int, float]] = {}
    _stack(below.get(None, ()), below, 0, places, [0])
    boxes = _boxes(places, label, kind)
    lines = [
        Line(_curve(boxes[parent], boxes[node]), "plain" if parent == first[node] else "dashed")
        for node in nodes
        for parent in above.get(node, ())
        if parent != node
    ]
    return Diagram(tuple(boxes.values()), tuple(lines))


def layers(above: Above, label: Label, kind: Callable[[IRI], str]) -> Diagram:
    """Things right of everything that leads to them; shortcuts are left out."""
    nodes = sorted({*above, *(a for held in above.values() for a in held)}, key=label)
    depth = {node: _depth(node, above, ()) for node in nodes}
    rows: dict[int, int] = {}
    places: dict[IRI, tuple[int, float]] = {}
    for node in sorted(nodes, key=lambda each: (depth[each], label(each))):
        places[node] = (depth[node], rows.setdefault(depth[node], 0))
        rows[depth[node]] += 1
    boxes = _boxes(places, label, kind)
    lines = [
        Line(_curve(boxes[parent], boxes[node]))
        for node in nodes
        for parent in above.get(node, ())
        if not any(parent in _all_above(other, above) for other in above[node] if other != parent)
    ]
    return Diagram(tuple(boxes.values()), tuple(lines))


def columns(rows: Iterable[Row], label: Label, kind: Callable[[IRI], str]) -> Diagram:
    """Properties in the middle, the classes they lead from on the left and to on the right."""
    ordered = sorted(rows, key=lambda row: (_names(row.sources, label), _names(row.targets, label),
                                            label(row.iri)))  # fmt: skip
    held = {row.iri: float(number) for number, row in enumerate(ordered)}
    left = _beside(((s, held[row.iri]) for row in ordered for s in row.sources), label)
    right = _beside(((t, held[row.iri]) for row in ordered for t in row.targets), label)
    x = float(_MARGIN)
    placed: list[dict[IRI, Box]] = []
    for part, paint in ((left, kind), (held, lambda iri: "property"), (right, kind)):
        width = max((_width(label(iri)) for iri in part), default=-_GAP)
        placed.append({
            iri: Box(iri, label(iri), paint(iri), x, _MARGIN + row * _ROW, _width(label(iri)))
            for iri, row in part.items()
        })  # fmt: skip
        x += width + _GAP if part else 0
    sources, middle, targets = placed
    lines = [Line(_curve(sources[s], middle[r.iri])) for r in ordered for s in r.sources]
    lines += [Line(_curve(middle[r.iri], targets[t]), "arrow") for r in ordered for t in r.targets]
    boxes = (box for part in placed for box in part.values())
    return Diagram(tuple(boxes), tuple(lines))


def _stack(
    nodes: Iterable[IRI],
    below: Mapping[IRI | None, list[IRI]],
    depth: int,
    places: dict[IRI, tuple[int, float]],
    row: list[int],
) -> list[float]:
    """Place things one under another, each beside the middle of what is below it."""
    middles = []
    for node in nodes:
        children = _stack(below.get(node, ()), below, depth + 1, places, row)
        if not children:
            children = [row[0]]
            row[0] += 1
        middles.append((children[0] + children[-1]) / 2)
        places[node] = (depth, middles[-1])
    return middles


def _circular(node: IRI, first: Mapping[IRI, IRI | None]) -> bool:
    """Whether going up from here leads back; the thing that comes first then stands at the top."""
    seen, at = [node], first[node]
    while at is not None and at not in seen:
        seen.append(at)
        at = first[at]
    return at == node and node == min(seen, key=lambda iri: iri.value)


def _depth(node: IRI, above: Above, seen: tuple[IRI, ...]) -> int:
    held = [a for a in above.get(node, ()) if a not in seen]
    return max((_depth(a, above, (*seen, node)) + 1 for a in held), default=0)


def _all_above(node: IRI, above: Above) -> set[IRI]:
    ancestors: set[IRI] = set()
    waiting = list(above.get(node, ()))
    while waiting:
        each = waiting.pop()
        if each not in ancestors:
            ancestors.add(each)
            waiting += above.get(each, ())
    return ancestors


def _beside(held: Iterable[tuple[IRI, float]], label: Label) -> dict[IRI, float]:
    """A row for each thing, near the middle of the rows it goes with, none twice."""
    rows: dict[IRI, list[float]] = {}
    for iri, row in held:
        rows.setdefault(iri, []).append(row)
    wished = sorted(((mean(beside), label(iri), iri) for iri, beside in rows.items()),
                    key=lambda each: each[:2])  # fmt: skip
    places: dict[IRI, float] = {}
    last = -1.0
    for wish, _, iri in wished:
        last = max(wish, last + 1)
        places[iri] = last
    return places


def _boxes(
    places: Mapping[IRI, tuple[int, float]], label: Label, kind: Callable[[IRI], str]
) -> dict[IRI, Box]:
    """Boxes in columns that are as wide as their longest label."""
    widths: dict[int, float] = {}
    for iri, (column, _) in places.items():
        widths[column] = max(widths.get(column, 0), _width(label(iri)))
    starts = {c: _MARGIN + sum(widths[b] + _GAP for b in widths if b < c) for c in widths}
    return {
        iri: Box(iri, label(iri), kind(iri), starts[c], _MARGIN + row * _ROW, _width(label(iri)))
        for iri, (c, row) in places.items()
    }


def _names(iris: Iterable[IRI], label: Label) -> list[str]:
    return [label(iri) for iri in iris]


def _width(text: str) -> float:
    """About as wide as the text is set: Chinese characters are square, others narrower."""
    return round(sum(1 if ord(sign) > 0x2E7F else 0.62 for sign in text) * _EM) + _PADDING


def _curve(one: Box, other: Box) -> str:
    """From the right edge of one box to the left edge of the other."""
    x1, x2 = one.x + one.width, other.x
    bend = max(abs(x2 - x1) / 2, 18)
    return (
        f"M{x1:g} {one.middle:g}C{x1 + bend:g} {one.middle:g} "
        f"{x2 - bend:g} {other.middle:g} {x2:g} {other.middle:g}"
    )
