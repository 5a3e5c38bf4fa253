"""Proofs for the pages of a generation."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cgkg.rdf.terms import Triple
from cgkg.store.generations import Generation

if TYPE_CHECKING:
    from cgkg.reasoning import Closure, Proof


class Explainer:
    """Finds proofs; the closure is computed on the first question and kept."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._lock = threading.Lock()
        self._closure: Closure | None = None

    def __call__(self, triple: Triple) -> Proof | None:
        """A smallest proof of the triple, or None if it does not follow."""
        return next(iter(self.all(triple, 1)), None)

    def all(self, triple: Triple, limit: int) -> tuple[Proof, ...]:
        """Up to so many different proofs of the triple, small ones first."""
        from cgkg.reasoning.stored import reclose  # the reasoner loads with the first question

        with self._lock:
            if self._closure is None:
                self._closure = reclose(self._generation)
            return self._closure.explain_all(triple, limit)
