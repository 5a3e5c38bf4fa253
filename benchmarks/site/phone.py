"""What a page costs on a slow phone: first paint, what moves, and what is sent.

    python benchmarks/site/phone.py [--runs 3] [--processor 4] [--json FILE]

A browser without anything kept opens each kind of page of the city clusters in a window of 390 by
844, over a link of 150 ms and 1.6 Mbit/s, with a processor so many times slower. It needs
Playwright and Debian's Chromium.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from run import PAGES, ROOT, ask, build, describe_machine, served

CHROMIUM = "/usr/bin/chromium"
ROUND_TRIP_MS, DOWN_BITS, UP_BITS = 150, 1_638_400, 768_000
_NO_PAGES = {"suggestions", "workbench's names", "style"}
_WATCH = """window.moved = 0; new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved += each.value;
}).observe({ type: 'layout-shift', buffered: true })"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processor", type=float, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(
        f"{describe_machine('flask', 'playwright')}; {options.runs} runs, 1/{options.processor:g}"
    )
    pages = {name: path for name, path in PAGES.items() if name not in _NO_PAGES}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        with served(build(ROOT, Path(folder) / "store")) as address:
            rows = []
            for name, path in pages.items():
                server = ask(address, path, 1)["median_ms"]
                seen = [
                    opened(browser, address + path, options.processor) for _ in range(options.runs)
                ]
                row = {"page": name, "server_ms": server, **_middle(seen)}
                rows.append(row)
                print(
                    f"{name:<18} {row['paint_ms']:>6.0f} ms (server {server:.0f})"
                    f" {row['sent_bytes']:>8,.0f} B moved {row['moved']:.4f}"
                )
        browser.close()
    if options.json:
        options.json.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1))


def opened(browser: Browser, address: str, processor: float) -> dict[str, float]:
    """Milliseconds to the first paint of content, bytes received, and layout shift of a visit."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.add_init_script(_WATCH)
    session = context.new_cdp_session(page)
    sent = 0.0

    def add(event: dict[str, Any]) -> None:
        nonlocal sent
        sent += event["encodedDataLength"]

    session.on("Network.loadingFinished", add)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": DOWN_BITS / 8,
            "uploadThroughput": UP_BITS / 8,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": processor})
    page.goto(address, wait_until="networkidle")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    seen = {
        "paint_ms": page.evaluate(_PAINT),
        "sent_bytes": sent,
        "moved": page.evaluate("window.moved"),
    }
    context.close()
    return seen


def _middle(seen: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in seen) for name in seen[0]}


if __name__ == "__main__":
    main()
