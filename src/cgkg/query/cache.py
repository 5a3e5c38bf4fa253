"""Answers kept for as long as a generation is served: it is immutable, so they stay right."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from cgkg.query.protocol import QueryAnswer, QueryRequest

_Key = tuple[Any, ...]
_OVERHEAD = 600  # bytes of a held answer besides its body and its query


@dataclass
class CacheCounts:
    """Look-ups that found an answer and that did not, and the bytes held now."""

    hits: int = 0
    misses: int = 0
    held: int = 0


class AnswerCache:
    """The answers used last, within a budget of bytes.

    A request (query, dataset, format, coding) is the key. One that asks for another time limit
    finds the same answer. Answers that differ each time (RAND, NOW) are not kept.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._answers: OrderedDict[_Key, QueryAnswer] = OrderedDict()
        self.counts = CacheCounts()

    def get(self, request: QueryRequest) -> QueryAnswer | None:
        """The answer to the request, if it is held."""
        key = _key(request) if self._budget else ()
        answer = self._answers.get(key)
        if answer is None:
            self.counts.misses += 1
            return None
        self._answers.move_to_end(key)
        self.counts.hits += 1
        return answer

    def put(self, request: QueryRequest, answer: QueryAnswer) -> None:
        """Hold the answer, and let go of those not used for longest to stay in the budget."""
        if not self._budget:
            return
        key = _key(request)
        size = _size(key, answer)
        if not answer.lasting or size > self._budget // 4:
            return
        before = self._answers.pop(key, None)
        if before is not None:
            self.counts.held -= _size(key, before)
        self._answers[key] = answer
        self.counts.held += size
        while self.counts.held > self._budget:
            old, let_go = self._answers.popitem(last=False)
            self.counts.held -= _size(old, let_go)


def _key(request: QueryRequest) -> _Key:
    """What decides the answer; neither the time allowed nor the wording of Accept does."""
    return tuple([v for name, v in vars(request).items() if name not in ("timeout", "asked")])


def _size(key: _Key, answer: QueryAnswer) -> int:
    return len(answer.body) + len(key[0].encode("utf-8")) + _OVERHEAD
