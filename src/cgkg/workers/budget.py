"""A number of bytes that may be held at once."""

from __future__ import annotations


class ByteBudget:
    """Counts the bytes that are held for clients, and says when there is no room for more.

    Called from one thread.

    Attributes:
        limit: how many bytes may be held.
        held: how many are.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more may be held."""
        return self.held + size <= self.limit

    def take(self, size: int) -> bool:
        """Count so many bytes more as held, if there is room for them."""
        if self.held + size > self.limit:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Count so many bytes less."""
        self.held -= size
