"""IRI references (RFC 3987), resolved as RFC 3986 §5.2 says."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.S
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LAST_SEGMENT = re.compile(r"[^/]*\Z")

_LINKED = re.compile(r"(?:https?|ftp|mailto|tel|urn):", re.IGNORECASE)


def may_be_link(iri: str) -> bool:
    """Whether a page may link to it: its scheme is one that runs nothing in a browser.

    Any other is shown as text: `javascript:`, `data:`, `file:` and whatever comes.
    """
    return _LINKED.match(iri) is not None


def is_absolute(reference: str) -> bool:
    """Whether it begins with a scheme, and so needs no base."""
    return _SCHEME.match(reference) is not None


def without_fragment(iri: str) -> str:
    """What a base is (RFC 3986 §5.1)."""
    return iri.partition("#")[0]


def resolve(base: str, reference: str) -> str:
    """The IRI that a reference means.

    Args:
        base: an absolute IRI; its fragment does not count.
        reference: absolute, and then kept to the letter; or relative, and then the result has no
            dot segments. Whether its characters may stand in an IRI is not looked at.
    """
    if _SCHEME.match(reference):
        return reference
    _, authority, path, query, fragment = _split(reference)
    scheme, base_authority, base_path, base_query, _ = _split(base)
    if authority is not None:
        path = _remove_dot_segments(path)
    else:
        authority = base_authority
        if not path:
            path, query = base_path, base_query if query is None else query
        elif path.startswith("/"):
            path = _remove_dot_segments(path)
        else:
            below = "/" if authority is not None and not base_path else ""
            path = _remove_dot_segments(below + _LAST_SEGMENT.sub("", base_path or "") + path)
    root = f"{scheme}:" if authority is None else f"{scheme}://{authority}"
    return f"{root}{path}{query or ''}{fragment or ''}"


def _split(reference: str) -> tuple[str | None, ...]:
    match = _PARTS.match(reference)
    assert match, reference  # the expression matches every text
    return match.groups()


def _remove_dot_segments(path: str | None) -> str:
    """The path without `.` and `..` (RFC 3986 §5.2.4)."""
    segments = (path or "").split("/")
    kept: list[str] = []
    for place, segment in enumerate(segments):
        is_last = place == len(segments) - 1
        if segment == "..":
            if kept and kept != [""]:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    return "/".join(kept)
