"""Proofs for the pages of a generation."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cgkg.rdf.terms import Triple
from cgkg.store.generations import Generation

if TYPE_CHECKING:
    from cgkg.reasoning import Closure, Proof


class GenerationExplainer:
    """Finds proofs; called from threads, one at a time.

    The first call blocks until the closure is computed, which is then kept.
    """

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._lock = threading.Lock()
        self._closure: Closure | None = None

    def __call__(self, triple: Triple) -> Proof | None:
        """A smallest proof of the triple, or None if it does not follow; raises as `all`."""
        return next(iter(self.all(triple, 1)), None)

    def leaves(self, triple: Triple) -> tuple[Triple, ...]:
        """The asserted facts of a smallest proof, none if it does not follow; raises as `all`."""
        proof = self(triple)
        return tuple(proof.leaves()) if proof else ()

    def all(self, triple: Triple, limit: int) -> tuple[Proof, ...]:
        """Up to `limit` different proofs of the triple, small ones first; none if it does not
        follow.

        Raises:
            StoreError: the generation cannot be read.
            ConfigError: it was made from a bare folder, without reasoning.
        """
        from cgkg.reasoning.stored import reclose  # the reasoner loads with the first question

        with self._lock:
            if self._closure is None:
                self._closure = reclose(self._generation)
            return self._closure.explain_all(triple, limit)
