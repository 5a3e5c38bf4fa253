"""Terms as numbers that every worker gives alike: a hash of the text in N-Triples, and its kind.

The two lowest bits say the kind, so that no join is needed to tell a literal from a resource. Two
texts of one number are found when the dictionary is made, and another seed is taken then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from cgkg.reasoning.core.columns import Ids

IRI, LITERAL, BLANK = 0, 1, 2
_KIND = {"<": IRI, '"': LITERAL, "_": BLANK}

MEMBER = 0
"""What stands for rdf:type in memberships, as predicate; no term has it."""


def number(text: str, seed: int) -> int:
    """The number of a term, given as its text in N-Triples: 64 bits, signed."""
    salt = seed.to_bytes(hashlib.blake2b.SALT_SIZE, "little")
    digest = hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest()
    whole = int.from_bytes(digest, "little", signed=True) & ~3 | _KIND[text[0]]
    return whole or 4


def numbers(texts: Iterable[str], seed: int) -> Ids:
    """The numbers of many terms."""
    return np.array([number(text, seed) for text in texts], np.int64)
