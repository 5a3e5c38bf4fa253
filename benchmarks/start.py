"""How long from `cgkg serve` to the first answer: with nothing built, and with the graph built.

    python benchmarks/start.py [--runs 5] [--json FILE]

Each run starts the command as a process of its own in a fresh store folder, waits for the address
it prints, asks one SELECT and stops it; then the same again with the store that is now there.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from machine import describe_machine

QUERY = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            cold, second = (start(Path(folder)) for _ in range(2))
            rows.append({"cold": cold, "second": second})
    print(f"{describe_machine()}; {options.runs} runs, seconds from start to first answer")
    for name in ("cold", "second"):
        values = sorted(row[name] for row in rows)
        middle = statistics.median(values)
        print(f"{name:>7}: median {middle:.2f}  (min {values[0]:.2f}, max {values[-1]:.2f})")
    if options.json:
        options.json.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1))


def start(store: Path, project: Path | None = None, query: str = QUERY) -> float:
    """Seconds until a server started on this store, and perhaps project, has answered a query."""
    command = [sys.executable, "-m", "cgkg", "serve", "--port", "0", "--store", str(store)]
    command += ["--project", str(project)] if project else []
    since = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        if not address:
            raise SystemExit(server.stderr.read() if server.stderr else "no address printed")
        asked = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"{address}sparql?{asked}") as answer:
            answer.read()
        return time.perf_counter() - since
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


if __name__ == "__main__":
    main()
