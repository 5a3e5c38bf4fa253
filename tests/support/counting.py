"""A reader that counts its requests."""

from __future__ import annotations

from collections.abc import Sequence

from cgkg.rdf.terms import IRI, BlankNode, Quad, Triple
from cgkg.store.reader import QuadPattern, Reader, Row


class Counting:
    """Counts the requests to a reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.asked = reader, 0

    def quads(
        self, patterns: Sequence[QuadPattern], *, limit: int | None = None, offset: int = 0
    ) -> list[list[Quad]]:
        self.asked += 1
        return self._reader.quads(patterns, limit=limit, offset=offset)

    def nested(self, nodes: Sequence[IRI | BlankNode], *, up: bool = False) -> list[Triple]:
        self.asked += 1
        return self._reader.nested(nodes, up=up)

    def select(self, query: str) -> list[Row]:
        self.asked += 1
        return self._reader.select(query)
