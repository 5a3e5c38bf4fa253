"""Which representation to send: choosing one by Accept.

Plain functions over plain values (RFC 9110 §12.5.1); no web framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgkg.errors import NotAcceptableError

HTML = "text/html"

# Possessive throughout, and a quote that is never closed reaches to the end: a header is read once
# from left to right, whatever is in it.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+(?:"|\\?$))++')
_PARAMETER = re.compile(r';\s*+([^\s=;]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^\s;"]*+)')
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# Java's own client writes `*; q=.2` for `*/*; q=0.2`, and some write more than three decimals.
_RANGE = re.compile(rf"\s*(?:({_TOKEN})/({_TOKEN})|\*)\s*(?=;|$)")
_QUALITY = re.compile(r"(?:0(?:\.\d*+)?|\.\d++|1(?:\.0*+)?)$")


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header."""

    kind: str
    subtype: str
    quality: float
    parameters: int

    @property
    def specificity(self) -> int:
        """0 for `*/*`, 1 for `text/*`, 2 for a full type, 3 with parameters."""
        if self.kind == "*":
            return 0
        return 1 if self.subtype == "*" else 2 + bool(self.parameters)

    @property
    def name(self) -> str:
        """The range without its parameters, which are not compared."""
        return f"{self.kind}/{self.subtype}"


def parse_accept(header: str) -> list[MediaRange]:
    """The header's media ranges in its order; elements that are not well-formed are left out."""
    return list(_ranges(header))


def _ranges(header: str) -> Iterator[MediaRange]:
    for element in _ELEMENT.findall(header):
        start = _RANGE.match(element)
        if start is None:
            continue
        kind, subtype = (start[1] or "*").lower(), (start[2] or "*").lower()
        if kind == "*" and subtype != "*":
            continue
        parameters = {name.lower(): value for name, value in _PARAMETER.findall(element)}
        quality = parameters.pop("q", "1")
        if _QUALITY.match(quality):
            yield MediaRange(kind, subtype, float(quality), len(parameters))


def choose(accept: str | None, offers: Sequence[str]) -> str:
    """The offer the client likes best; the first offer when it has no wish.

    The most specific range that covers an offer gives its quality. Among equals an offer that
    is named goes before one that a wildcard covers, then the header's order decides, then ours.

    Args:
        accept: the Accept header, None when absent.
        offers: media types without parameters, our favourite first.

    Raises:
        NotAcceptableError: every offer is excluded.
    """
    ranges = parse_accept(accept or "")
    if not ranges:
        return offers[0]
    # Of ranges for the same types the first counts, and among these those with parameters.
    best_of: dict[str, int] = {}
    for index, each in enumerate(ranges):
        before = best_of.setdefault(each.name, index)
        if each.specificity > ranges[before].specificity:
            best_of[each.name] = index
    ranked = []
    for place, offer in enumerate(offers):
        names = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        best = next((best_of[name] for name in names if name in best_of), None)
        if best is not None and ranges[best].quality > 0:
            chosen = ranges[best]
            ranked.append((-chosen.quality, -min(chosen.specificity, 2), best, place))
    if not ranked:
        raise NotAcceptableError(str(accept), offers)
    return offers[min(ranked)[3]]


def prefers_html(accept: str | None, offers: Sequence[str]) -> bool:
    """Whether the client likes a page better than each of the offers, and takes one.

    Args:
        accept: the Accept header, None when absent: then it does not.
        offers: media types without parameters, our favourite first.
    """
    try:
        return choose(accept, (*offers, HTML)) == HTML
    except NotAcceptableError:
        return False


def content_type(media_type: str) -> str:
    """The Content-Type header for a body of this type: text types say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
