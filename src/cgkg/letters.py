"""The characters that names of XML, Turtle and SPARQL are made of, as classes of `re`."""

from __future__ import annotations

import re
import sys

LETTERS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
"""What begins a name: PN_CHARS_BASE of SPARQL 1.1, and NameStartChar of XML 1.0 but for _ and :."""
MARKS = "\u00b7\u0300-\u036f\u203f\u2040"
"""What no name begins with, beside digits and signs."""
_RANGE = re.compile("(.)(?:-(.))?", re.DOTALL)


def class_of(characters: str) -> str:
    """A class of `re` with some characters, written as all that it does not have.

    Compiling one, Python goes through its characters, and of those that names are made of there
    are five times as many as others.

    Args:
        characters: as between brackets, without escapes; a hyphen is the last.
    """
    ranges = ((ord(low), ord(high or low)) for low, high in _RANGE.findall(characters))
    others, at = [], 0
    for low, high in sorted(ranges):
        if low > at:
            others.append(f"\\U{at:08x}-\\U{low - 1:08x}")
        at = max(at, high + 1)
    return f"[^{''.join(others)}\\U{at:08x}-\\U{sys.maxunicode:08x}]"
