"""Times and bytes of every kind of page, over projects with the document one time or many.

    python benchmarks/site/run.py [--copies 1,40] [--runs 20] [--phone 3] [--json FILE]
        [--folder DIR]

Each project is built and served by processes of their own; a client with one connection asks each
page so many times, once before for what is kept, and says what it takes packed and unpacked. With
`--phone` a browser as slow as a slow phone's then visits each page so many times.
"""

from __future__ import annotations

import argparse
import gzip
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from copies import copy_project  # noqa: E402
from machine import describe_machine  # noqa: E402
from phone import phone, visit  # noqa: E402

_QUERY = quote("SELECT * { ?s a ?o } LIMIT 100")
PAGES = {
    "overview": "/",
    "search": "/search?q=london",
    "suggestions": "/search/suggest?q=lond",
    "lists": "/browse",
    "list": "/browse/def/Initiative",
    "comparison": "/compare",
    "comparison, open": "/compare?open=theme:smart-city",
    "timeline": "/timeline",
    "workbench": "/query",
    "workbench's names": "/query/terms.json",
    "answer": f"/sparql?query={_QUERY}",
    "ontology": "/ontology",
    "term": "/def/Initiative",
    "region": "/id/region/london",
    "initiative": "/id/initiative/eastserve",
    "theme": "/concept/theme/smart-city",
    "document": "/source/city-clusters",
    "style": "/static/site.css",
}
_NO_PAGES = {"suggestions", "workbench's names", "style"}
_HEADERS = {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "en"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", default="1")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--phone", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    print(f"{describe_machine('flask', 'jinja2')}; {options.runs} runs a page")
    rows: list[dict[str, Any]] = []
    for copies in map(int, options.copies.split(",")):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rows += measure(Path(folder), copies, options.runs, options.phone)
    if options.json:
        content = {"machine": describe_machine(), "rows": rows}
        options.json.write_text(json.dumps(content, indent=1))


def measure(folder: Path, copies: int, runs: int, visits: int) -> list[dict[str, Any]]:
    """A row for each page of a project with so many copies of the document."""
    project, store = folder / "project", folder / "store"
    copy_project(ROOT, project, copies, shapes=False)
    rows = []
    with served(build(project, store)) as address, phone() if visits else nullcontext() as browser:
        for name, path in PAGES.items():
            row = {"documents": copies, "page": name, **ask(address, path, runs)}
            if browser and name not in _NO_PAGES:
                row |= visit(browser, address + path, visits)
            rows.append(row)
            print(
                f"{copies:>3} {name:<18} {row['median_ms']:>8.1f} ms (first {row['first_ms']:.1f},"
                f" most {row['most_ms']:.1f}) {row['bytes']:>9,} B {row['gzip_bytes']:>8,} B gzip",
                *(f"{key} {row[key]:,}" for key in ("paint_ms", "received", "moved") if key in row),
                flush=True,
            )
    return rows


def build(project: Path, store: Path) -> list[str]:
    """Build the project; the command that serves it on a free port."""
    where = ["--project", str(project), "--store", str(store)]
    command = [sys.executable, "-m", "cgkg"]
    subprocess.run([*command, "build", *where], check=True, capture_output=True)
    return [*command, "serve", "--no-build", "--port", "0", *where]


@contextmanager
def served(command: list[str]) -> Iterator[str]:
    """The address that the server says, which is stopped in the end."""
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        if not address:
            raise SystemExit(server.stderr.read() if server.stderr else "no address printed")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()


def ask(address: str, path: str, runs: int) -> dict[str, Any]:
    """Milliseconds until a page is whole, the first time and after, and its bytes.

    Raises:
        SystemExit: the page is not there, or not made yet after ten minutes.
    """
    connection = HTTPConnection(urlsplit(address).netloc)
    taken: list[float] = []
    until = time.monotonic() + 600
    while len(taken) <= runs:
        since = time.perf_counter()
        connection.request("GET", path, headers=_HEADERS)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 503 and time.monotonic() < until:  # the index is still being made
            time.sleep(0.5)
            continue
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        taken.append((time.perf_counter() - since) * 1000)
    connection.close()
    packed = answer.getheader("Content-Encoding") == "gzip"
    whole = gzip.decompress(body) if packed else body
    return {
        "first_ms": round(taken[0], 1),
        "median_ms": round(statistics.median(taken[1:]), 1),
        "most_ms": round(max(taken[1:]), 1),
        "bytes": len(whole),
        "gzip_bytes": len(body) if packed else len(gzip.compress(whole)),
        "packed": packed,
    }


if __name__ == "__main__":
    main()
