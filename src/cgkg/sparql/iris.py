"""The IRI that is meant by a reference in a query."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def is_relative(reference: str) -> bool:
    """Whether it is no IRI by itself."""
    return not _SCHEME.match(reference)


def resolve(base: str | None, written: str) -> str:
    """The IRI that is meant by a reference (RFC 3986 §5.2); without a base it stays as it is."""
    if base is None or not is_relative(written):
        return written
    # urljoin knows few schemes as hierarchical, adds an authority, and drops an empty fragment.
    scheme, _, rest = base.partition(":")
    try:
        joined = urljoin("http:" + urldefrag(rest).url, written).removeprefix("http:")
    except ValueError:  # what stands for a host is none; the engine says what is wrong
        return written
    if not rest.startswith("//") and not written.startswith("//"):
        joined = joined.removeprefix("//")
    fragment = "#" if written.endswith("#") and not joined.endswith("#") else ""
    return f"{scheme}:{joined}{fragment}"
