"""From a SELECT query to one that shows what every pattern of it matched.

The text of the query is kept wherever it can be, so that the engine understands it the same way
twice. Only what hides triples is written out: blank nodes and steps of paths become variables, a
branch that may be left out (OPTIONAL, UNION) binds a mark, and a sub-SELECT that groups or cuts
its solutions stands beside its own pattern, whose other variables get new names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cgkg.sparql.support.groups import (
    Groups,
    Key,
    is_aggregated,
    named_expressions,
    plain_names,
)
from cgkg.sparql.support.patterns import Scope, TriplePattern
from cgkg.sparql.tree.nodes import Query, QueryTree

_SCOPE = Scope()


@dataclass(frozen=True)
class Plan:
    """The queries that lead from the rows of a query to its triples.

    `keys` are the columns of the witness query that say to which rows a solution belongs: those
    of the row itself, or, where `groups` is a query, what is grouped by; `groups` then has both.
    `constants` are the terms that the patterns name, `certain` the columns that are always bound.
    """

    patterns: tuple[TriplePattern, ...]
    keys: tuple[str, ...]
    groups: str
    constants: tuple[str, ...]
    certain: frozenset[str]
    sliced: bool
    _prologue: str = field(repr=False)
    _head: str = field(repr=False)
    _pattern: str = field(repr=False)
    _values: str = field(repr=False)

    def write_witnesses(self, rows: str = "") -> str:
        """The query for all solutions, or for those that join with the rows of a VALUES block."""
        within = f"{rows} {{ {self._pattern} }}" if rows else self._pattern
        return f"{self._prologue} {self._head} WHERE {{ {within} }} {self._values}"

    def write_constants(self) -> str:
        """A query of one row for the constants, in their order."""
        columns = " ".join(f"?c{n}" for n in range(len(self.constants)))
        row = " ".join(self.constants)
        return f"{self._prologue} SELECT * {{ VALUES ({columns}) {{ ({row}) }} }}"


def plan(tree: QueryTree, row: Sequence[str]) -> Plan:
    """How to find what supports the rows of a query.

    Args:
        tree: a SELECT query that the engine accepts.
        row: the variables of its rows.

    Raises:
        QueryRefusedError: there is no evidence for something in it.
    """
    select = tree.query
    assert select.where is not None, select
    groups = Groups(tree)
    keys = groups.name_keys(select, _SCOPE)
    part = groups.write(select.where, _SCOPE)
    part.text += [groups.write_bind(key, _SCOPE) for key in keys if key.expression]
    aggregated = is_aggregated(select)
    by = tuple(key.name for key in keys) if aggregated else tuple(f"?{n}" for n in row)
    prologue = tree.text[: select.start]
    dataset = " ".join(map(tree.written, select.dataset))
    return Plan(
        patterns=groups.patterns,
        keys=by,
        groups=prologue + _write_grouping(tree, groups, keys, dataset) if aggregated else "",
        constants=groups.constants,
        certain=frozenset(part.certain),
        sliced=bool(select.slices),
        _prologue=prologue,
        _head=f"SELECT DISTINCT {_write_columns(groups, select, by)} {dataset}",
        _pattern=str(part),
        # It joins with groups, not with what they are made of.
        _values=tree.written(select.values) if select.values and not aggregated else "",
    )


def _write_columns(groups: Groups, select: Query, by: Sequence[str]) -> str:
    """What the witness query projects."""
    columns = {*by, *(column for pattern in groups.patterns for column in pattern.columns)}
    computed = () if is_aggregated(select) else named_expressions(select)
    listed = sorted(columns - {f"?{item.variable.name}" for item in computed})
    # One at least, for a query must project something.
    return " ".join([*listed, *map(groups.write_named, computed)]) or "?e"


def _write_grouping(tree: QueryTree, groups: Groups, keys: Sequence[Key], dataset: str) -> str:
    """The query for what is grouped by and the row that each group makes."""
    select = tree.query
    assert select.where is not None, select
    plain = plain_names(select)
    hidden = [key.name for key in keys if key.name not in plain]
    shown = [*hidden, *plain, *map(groups.write_named, named_expressions(select))]
    rest = groups.write_modifiers(select, tuple(keys), _SCOPE, rows=False)
    return f"SELECT {' '.join(shown)} {dataset} WHERE {tree.written(select.where)} {rest}"
