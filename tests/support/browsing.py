"""What a reader does in a browser, done to its end."""

from __future__ import annotations

from typing import Any


def follow(link: Any) -> None:
    """Press what leads to another page, and wait until that page is there.

    A press alone returns before the browser has left the page, and what is read next may
    still be of the old one.
    """
    with link.page.expect_navigation():
        link.click()
