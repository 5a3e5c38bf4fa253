"""Classes of characters that are written as what is not in them."""

from __future__ import annotations

import re

import pytest

from cgkg.letters import LETTERS, MARKS, class_of

EDGES = [chr(number + step) for number in map(ord, (*LETTERS, *MARKS)) for step in (-1, 0, 1)]
SAMPLE = "".join(map(chr, range(0x100))) + "".join(EDGES) + "\U0010ffff"


@pytest.mark.parametrize(
    "characters",
    ["a", "b-d", "a-", "A-Za-z_0-9-", "\x00-\x1f", LETTERS, f"{LETTERS}{MARKS}:_0-9.-"],
    ids=["one", "range", "hyphen", "ASCII", "from the first", "letters", "names"],
)
def test_a_class_has_the_characters_it_is_given(characters: str) -> None:
    """And no others, at all edges of what names are made of."""
    given = re.compile(f"[{characters}]")
    assert re.findall(class_of(characters), SAMPLE) == given.findall(SAMPLE)
