"""What a check that failed is told as, and how checks are asked."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from cgkg.reasoning.core.materialise import Changes
from cgkg.reasoning.rules.diagnostics import Inconsistency

Fact: TypeAlias = tuple[int, int]
"""An edge as `(relation, key)`, or a membership as `(~kind, item)`."""

Group: TypeAlias = Hashable
"""What a part checks as a whole: a binding, an individual, or everything at once."""


@dataclass(frozen=True, slots=True)
class Case:
    """A contradiction, the group that shows it, and the facts it rests on."""

    group: Group
    facts: tuple[Fact, ...]
    what: Inconsistency


class Detector(Protocol):
    """One check, or one rule that concludes "false"."""

    def everything(self) -> Iterator[Case]:
        """All its contradictions."""

    def touched(self, changes: Changes) -> Iterable[Group]:
        """The groups in which something that came may have made a contradiction."""

    def of(self, touched: Iterable[Group]) -> Iterator[Case]:
        """The contradictions that these groups show now."""
