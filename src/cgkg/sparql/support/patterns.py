"""What a query is while it is written out: patterns, scopes, and names that are free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cgkg.sparql.support.paths import RepeatedPath
from cgkg.sparql.support.reading import Renaming
from cgkg.sparql.tree.nodes import QueryTree, variables


@dataclass(frozen=True)
class TriplePattern:
    """A triple or path pattern that supports a solution, in the words of SPARQL; what starts with ?
    is a column.

    `graph` is empty for the default graph. `branch` is a column that is bound where the part of
    the query that holds the pattern took part in the solution; empty if it always does.
    """

    subject: str
    predicate: str | RepeatedPath
    object: str
    graph: str = ""
    branch: str = ""

    @property
    def columns(self) -> set[str]:
        """The columns it needs."""
        verb = self.predicate if isinstance(self.predicate, str) else ""
        terms = (self.subject, verb, self.object, self.graph, self.branch)
        return {term for term in terms if term.startswith("?")}


@dataclass(frozen=True)
class Scope:
    """Where a pattern stands: how its variables are called, its graph, its branch.

    `outside` are variables that a filter of this group may see though the group does not bind
    them: those to the left of its OPTIONAL.
    """

    rename: Renaming = str
    graph: str = ""
    branch: str = ""
    outside: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()


@dataclass
class WrittenPattern:
    """A pattern written out: its text, the variables it shows, and those it surely binds."""

    text: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)

    def add(self, text: str, bound: Iterable[str] = (), maybe: Iterable[str] = ()) -> None:
        """Append a text, with the terms of which it binds the variables, and those it may bind."""
        self.text.append(text)
        variables = {term for term in bound if term.startswith("?")}
        self.certain |= variables
        self.shown |= {*variables, *maybe}

    def add_part(self, text: str, part: WrittenPattern) -> None:
        """Append a text that holds another part."""
        self.add(text, part.certain, part.shown)

    def add_union(self, branches: Sequence[tuple[str, WrittenPattern]]) -> None:
        """Append the UNION of other parts, each with its text."""
        certain = set.intersection(*(part.certain for _, part in branches))
        shown = set.union(*(part.shown for _, part in branches))
        self.add(" UNION ".join(text for text, _ in branches), certain, shown)

    def write_with_mark(self, mark: str) -> str:
        """The part as a group that also binds the mark."""
        return f"{{ {self} BIND(1 AS {mark}) }}"

    def __str__(self) -> str:
        return " ".join(self.text)


class Names:
    """Variables that the query does not have."""

    def __init__(self, tree: QueryTree) -> None:
        self._count = 0
        self._prefix = "?e"
        names = {f"?{variable.name}" for variable in variables(tree)}
        while any(name.startswith(self._prefix) for name in names):
            self._prefix += "_"
        self.invented: set[str] = set()

    def fresh(self) -> str:
        """A name for a variable of the query that must not meet another of the same name."""
        self._count += 1
        return f"{self._prefix}{self._count}"

    def invent(self) -> str:
        """A variable for what had no name: a blank node, a step of a path, a mark."""
        made = self.fresh()
        self.invented.add(made)
        return made
