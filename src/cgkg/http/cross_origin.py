"""Scripts of other sites (Fetch §3.2): what a preflight is told, and what their answers show."""

from __future__ import annotations

import re

EXPOSED = (
    "ETag, Server-Timing, X-Cgkg-Generation, X-Cgkg-Rows, X-Cgkg-Unmatched, X-Request-Id,"
    " Retry-After"
)
READING = "GET, HEAD, OPTIONS"
_ALLOWED = ("Accept", "Content-Type", "If-None-Match", "X-Request-Id")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_MOST_NAMES, _LONGEST = 32, 1024


def answer_preflight(methods: str, asked: str | None) -> dict[str, str]:
    """The headers of a response to OPTIONS.

    Whatever other headers a script means to send may come too: all is public and read only, and no
    header gives anybody more. They are named one by one, since `*` does not cover Authorization.

    Args:
        methods: those that the address takes.
        asked: the header Access-Control-Request-Headers; what is no name of a header is left out,
            and all of it if it is longer than anybody needs.
    """
    names = {name.lower(): name for name in _ALLOWED}
    if asked and len(asked) <= _LONGEST:
        words = [word.strip() for word in asked.split(",")]
        more = [word for word in words if _TOKEN.fullmatch(word)]
        for name in more[:_MOST_NAMES]:
            names.setdefault(name.lower(), name)
    return {
        "Allow": methods,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ", ".join(names.values()),
        "Access-Control-Max-Age": "86400",
        "Vary": "Access-Control-Request-Headers",
    }
