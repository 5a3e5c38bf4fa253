"""A page as a slow phone sees it: first paint, what is received, what moves.

The browser keeps nothing, its window is 390 by 844, its link has 150 ms and 1.6 Mbit/s, and its
processor is four times slower than the machine's. It needs Playwright and Debian's Chromium.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = "/usr/bin/chromium"
_LINK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 768_000 / 8,
}
_SLOWER = 4
_WATCH = """window.moved = 0; new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved += each.value;
}).observe({ type: 'layout-shift', buffered: true })"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')"


@contextmanager
def phone() -> Iterator[Browser]:
    """The browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def visit(browser: Browser, address: str, times: int) -> dict[str, float]:
    """The medians of so many first visits: `paint_ms` until something is painted, `received` bytes
    of everything that the page fetches, `moved` as layout shift."""
    seen = [_visit_once(browser, address) for _ in range(times)]
    return {name: round(statistics.median(each[name] for each in seen), 4) for name in seen[0]}


def _visit_once(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.add_init_script(_WATCH)
    received: list[float] = []

    def add(event: dict[str, Any]) -> None:
        received.append(event["encodedDataLength"])

    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", add)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _LINK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(address, wait_until="networkidle")
    page.wait_for_function(f"{_PAINT}.length")
    seen = {
        "paint_ms": page.evaluate(f"{_PAINT}[0].startTime"),
        "received": sum(received),
        "moved": page.evaluate("window.moved"),
    }
    context.close()
    return seen
