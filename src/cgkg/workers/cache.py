"""Answers kept for as long as a generation is served: it is immutable, so they stay right."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from cgkg.sparql.protocol import QueryAnswer, QueryRequest

_Key = tuple[object, ...]
_OVERHEAD = 600  # bytes of a held answer besides its body and its query


@dataclass
class CacheCounts:
    """Look-ups that found an answer and that did not, and the bytes held now."""

    hits: int = 0
    misses: int = 0
    held: int = 0


class AnswerCache:
    """The answers used last, within a budget of bytes; 0 keeps none.

    A request (query, dataset, format, coding) is the key. One that asks for another time limit
    finds the same answer. Answers that differ each time (RAND, NOW) are not kept.

    Called from the event loop; nothing blocks.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._answers: OrderedDict[_Key, tuple[int, QueryAnswer]] = OrderedDict()
        self.counts = CacheCounts()

    def get(self, request: QueryRequest) -> QueryAnswer | None:
        """The answer to the request; None if it is not held."""
        key = request.key if self._budget else ()
        entry = self._answers.get(key)
        if entry is None:
            self.counts.misses += 1
            return None
        self._answers.move_to_end(key)
        self.counts.hits += 1
        return entry[1]

    def put(self, request: QueryRequest, answer: QueryAnswer) -> None:
        """Hold the answer, and let go of those not used for longest to stay in the budget."""
        if not self._budget:
            return
        key = request.key
        size = _size(request.query, answer)
        if not answer.lasting or size > self._budget // 4:
            return
        if before := self._answers.pop(key, None):
            self.counts.held -= before[0]
        self._answers[key] = size, answer
        self.counts.held += size
        while self.counts.held > self._budget:
            _, (held, _) = self._answers.popitem(last=False)
            self.counts.held -= held


def _size(query: str, answer: QueryAnswer) -> int:
    return len(answer.body) + len(query.encode("utf-8")) + _OVERHEAD
