"""Validators (RFC 9110 §8.8): what a strong one is made of, and whether a client holds one."""

from __future__ import annotations

import hashlib


def digest(body: bytes, media_type: str) -> str:
    """What a strong validator is made of: 24 hexadecimal digits.

    Other bytes, or the same as another media type, have another digest.
    """
    sha = hashlib.sha256(body)  # which processors have instructions for: twice as fast as others
    sha.update(media_type.encode())
    return sha.hexdigest()[:24]


def matches(if_none_match: str, etag: str) -> bool:
    """Whether If-None-Match lists the validator, compared weakly as it is to be (§13.1.2).

    Args:
        if_none_match: the header's value.
        etag: the validator in its quotes.
    """
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", etag) for tag in tags)


def fails(if_match: str, etag: str | None) -> bool:
    """Whether If-Match asks for another representation than the one there is, compared strongly
    (§13.1.1).

    Args:
        if_match: the header's value.
        etag: the validator in its quotes; None if the representation has none.
    """
    tags = [tag.strip() for tag in if_match.split(",")]
    return "*" not in tags and etag not in tags
