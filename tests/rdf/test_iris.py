"""Resolving references (RFC 3986 §5.4)."""

from __future__ import annotations

import pytest

from cgkg.rdf.iris import is_absolute, resolve

BASE = "http://a/b/c/d;p?q#f"
CASES = {
    "g:h": "g:h",
    "g": "http://a/b/c/g",
    "./g": "http://a/b/c/g",
    "g/": "http://a/b/c/g/",
    "/g": "http://a/g",
    "//g": "http://g",
    "?y": "http://a/b/c/d;p?y",
    "g?y": "http://a/b/c/g?y",
    "#s": "http://a/b/c/d;p?q#s",
    "g?y#s": "http://a/b/c/g?y#s",
    ";x": "http://a/b/c/;x",
    "": "http://a/b/c/d;p?q",
    ".": "http://a/b/c/",
    "..": "http://a/b/",
    "../g": "http://a/b/g",
    "../..": "http://a/",
    "../../../g": "http://a/g",
    "/./g": "http://a/g",
    "/../g": "http://a/g",
    "g.": "http://a/b/c/g.",
    "..g": "http://a/b/c/..g",
    "./g/.": "http://a/b/c/g/",
    "g/../h": "http://a/b/c/h",
    "g;x=1/../y": "http://a/b/c/y",
    "g?y/../x": "http://a/b/c/g?y/../x",
    "g#s/../x": "http://a/b/c/g#s/../x",
    "文?城#市": "http://a/b/c/文?城#市",
    "http://a/../b": "http://a/../b",
}


@pytest.mark.parametrize("reference", CASES)
def test_a_reference_means_what_rfc_3986_says(reference: str) -> None:
    """An absolute reference is kept to the letter."""
    assert resolve(BASE, reference) == CASES[reference]


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("http://a", "g", "http://a/g"),
        ("http://a?q", "", "http://a?q"),
        ("urn:a:b", "#c", "urn:a:b#c"),
        ("urn:a:b", "g", "urn:g"),
        ("file:///folder/a.rdf", "b.rdf", "file:///folder/b.rdf"),
    ],
)
def test_bases_of_other_shapes(base: str, reference: str, expected: str) -> None:
    """A base without a path, and one that is no path at all."""
    assert resolve(base, reference) == expected


def test_a_scheme_makes_an_iri_absolute() -> None:
    """A colon behind a slash makes none."""
    assert is_absolute("urn:x")
    assert not is_absolute("./a:b")
    assert not is_absolute("")
