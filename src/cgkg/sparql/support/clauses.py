"""The parts of a SELECT query: what it projects, where its pattern is, how rows are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cgkg.sparql.support.reading import Cursor, unsupported_error

AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")

Extent = tuple[int, int]


@dataclass(frozen=True)
class Item:
    """An expression with a name: projected, or grouped by; a plain variable has no expression.

    Names are variables with their `?`; what is grouped by may have none.
    """

    name: str
    expression: Extent | None = None


@dataclass(frozen=True)
class Select:
    """A SELECT query or sub-SELECT; extents are places in the cursor that read it.

    `items` is None for `SELECT *`. `modifiers` has the clauses after the pattern by keyword.
    """

    start: int
    distinct: bool
    items: tuple[Item, ...] | None
    dataset: Extent
    pattern: Extent
    modifiers: Mapping[str, Extent]
    keys: tuple[Item, ...]
    aggregated: bool
    end: int

    @property
    def sliced(self) -> bool:
        """Whether it gives some rows only."""
        return "LIMIT" in self.modifiers or "OFFSET" in self.modifiers

    @property
    def chosen(self) -> bool:
        """Whether its rows are other than its pattern's solutions with fewer variables."""
        return self.distinct or self.sliced or bool(self.named) or "VALUES" in self.modifiers

    @property
    def plain(self) -> tuple[str, ...]:
        """The variables projected as they are; none for `SELECT *`."""
        return tuple(item.name for item in self.items or () if item.expression is None)

    @property
    def named(self) -> tuple[Item, ...]:
        """The expressions projected under a name."""
        return tuple(item for item in self.items or () if item.expression is not None)


def read_select(cursor: Cursor) -> Select:
    """The SELECT at the cursor, which is left behind it."""
    start = cursor.place
    if not cursor.accept("SELECT"):
        raise unsupported_error("this kind of query")
    distinct = cursor.accept("DISTINCT", "REDUCED")
    items = None if cursor.accept("*") else _read_items(cursor)
    dataset = cursor.place
    while not cursor.at("WHERE", "{"):
        cursor.take()
    where = cursor.place
    cursor.accept("WHERE")
    pattern = cursor.place
    cursor.skip()
    behind = cursor.place
    modifiers = _read_modifiers(cursor)
    spoken = range(start, dataset), *(range(*modifiers[m]) for m in modifiers if m != "VALUES")
    aggregates = any(cursor.tokens[p].name in AGGREGATES for places in spoken for p in places)
    return Select(
        start=start,
        distinct=distinct,
        items=items,
        dataset=(dataset, where),
        pattern=(pattern, behind),
        modifiers=modifiers,
        keys=_read_keys(cursor, modifiers),
        aggregated=aggregates or "GROUP" in modifiers or "HAVING" in modifiers,
        end=cursor.place,
    )


def _read_items(cursor: Cursor) -> tuple[Item, ...]:
    items = []
    while cursor.next.kind == "variable" or cursor.at("("):
        items.append(_read_item(cursor))
    return tuple(items)


def _read_item(cursor: Cursor) -> Item:
    """A variable, an expression in brackets with or without a name, or a call of a function."""
    if cursor.next.kind == "variable":
        return Item(cursor.take().name)
    start = cursor.place
    if not cursor.at("("):
        cursor.take()
        cursor.skip()
        return Item("", (start, cursor.place))
    cursor.skip()
    close = cursor.place - 1
    *_, keyword, variable = cursor.tokens[start:close]
    if keyword.name == "AS" and variable.kind == "variable":
        return Item(variable.name, (start + 1, close - 2))
    return Item("", (start, cursor.place))


def _read_modifiers(cursor: Cursor) -> dict[str, Extent]:
    extents: dict[str, Extent] = {}
    while cursor.at(*_MODIFIERS):
        start = cursor.place
        keyword = cursor.take().name
        while not (cursor.at(*_MODIFIERS) or cursor.next.kind in ("close", "end")):
            cursor.skip()
        extents[keyword] = start, cursor.place
    return extents


def _read_keys(cursor: Cursor, modifiers: Mapping[str, Extent]) -> tuple[Item, ...]:
    """What is grouped by."""
    if "GROUP" not in modifiers:
        return ()
    behind = cursor.place
    start, end = modifiers["GROUP"]
    cursor.place = start + 2
    keys = []
    while cursor.place < end:
        keys.append(_read_item(cursor))
    cursor.place = behind
    return tuple(keys)
