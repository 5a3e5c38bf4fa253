"""The merge of all graphs of a dataset, of which SPARQL 1.1 has no word: its patterns written."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any


@dataclass(frozen=True)
class GraphMerge:
    """Writes triple patterns over the merge of the default graph and the named ones.

    Attributes:
        default: whether the default graph is asked.
        named: whether the named graphs are: not where the default graph has what they have.
        union: a name by which the engine has all named graphs as one; empty if it has none.
    """

    default: bool = True
    named: bool = True
    union: str = ""
    _graphs: count[int] = field(default_factory=count, repr=False, compare=False)

    @property
    def is_one_graph(self) -> bool:
        """Whether a pattern as it stands is one over the merge, so that paths are, too."""
        return not self.named or (bool(self.union) and not self.default)

    def match(self, subject: Any, predicate: Any, value: Any, *, given: str = "") -> str:
        """The group of patterns for one triple.

        Args:
            subject: a variable or a term, as are the others.
            predicate: likewise, or a path if `is_one_graph`.
            value: likewise.
            given: what goes before, such as VALUES of one of the variables.
        """
        triple = f"{given}{subject} {predicate} {value}"
        if not self.named:
            return f"{triple} ."
        graphs = self.union or f"?g{next(self._graphs)}"
        named = f"{given}GRAPH {graphs} {{ {subject} {predicate} {value} }}"
        return f"{{ {triple} }} UNION {{ {named} }}" if self.default else named
