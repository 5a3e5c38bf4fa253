"""Validators (RFC 9110 §8.8): what a strong one is made of, and whether a client holds one."""

from __future__ import annotations

import hashlib


def digest(body: bytes, media_type: str) -> str:
    """What a strong validator is made of: other bytes, or of another type, have another digest."""
    seen = hashlib.sha256(body)  # which processors have instructions for: twice as fast as others
    seen.update(media_type.encode())
    return seen.hexdigest()[:24]


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the header lists the validator, compared weakly as it is to be (§13.1.2)."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", etag) for tag in tags)
