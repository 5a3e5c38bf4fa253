"""Content codings (RFC 9110 §8.4): which one a client wants, and bodies in it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping

import zstandard

WORTH_COMPRESSING = 1400  # bytes; less fits into one packet anyway
_CODING = re.compile(r"\s*+([!#$%&'*+.^_`|~0-9A-Za-z-]++)\s*+(?:;\s*+q\s*+=\s*+([0-9.]++))?\s*+$")


def best_coding(header: str | None) -> str | None:
    """The content coding to use for an Accept-Encoding header (RFC 9110 §12.5.3).

    Args:
        header: its value, None when absent; what is not well-formed in it is passed over.

    Returns:
        One of `CODINGS`, or None to send the body as it is.
    """
    wishes: dict[str, float] = {}
    for element in (header or "").split(","):
        match = _CODING.match(element)
        if match:
            try:
                wishes[match[1].lower()] = float(match[2] or 1)
            except ValueError:
                continue
    anything = wishes.get("*", 0.0)
    ranked = [(wishes.get(name, anything), -place) for place, name in enumerate(CODINGS)]
    quality, place = max(ranked)
    # Without compression an answer is always right; it loses against a coding liked as much.
    return CODINGS[-place] if quality > 0 and quality >= wishes.get("identity", 0) else None


def compress(body: bytes, coding: str) -> bytes:
    """The body in a content coding, one of `CODINGS`; the same body gives the same bytes."""
    return _CODERS[coding](body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 5, mtime=0)


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


_CODERS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}
CODINGS = tuple(_CODERS)  # best first
