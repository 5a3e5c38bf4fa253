"""Long lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from werkzeug.exceptions import NotFound

Item = TypeVar("Item")


@dataclass(frozen=True)
class ListPage(Generic[Item]):
    """One page of a list: its rows, its number from 1, and how many pages there are."""

    rows: Sequence[Item]
    page: int
    pages: int

    @classmethod
    def of(cls, rows: Sequence[Item], page: int, size: int) -> ListPage[Item]:
        """The page of that number, of so many rows each.

        Raises:
            NotFound: there are fewer pages.
        """
        pages = max(1, -(-len(rows) // size))
        if page > pages:
            raise NotFound(f"page {page} of {pages}")
        return cls(rows[(page - 1) * size : page * size], page, pages)
