"""A server for tests: `cgkg serve` as a process of its own, over a folder of RDF or a project."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from endpoint import processes
from limits import ENOUGH, wait_until

# Over three triples already 3 to the power of 50 solutions: no limit of a test lets it end.
CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(50)) + " }"


def query(text: str, **more: str) -> str:
    """The path of a query, with more parameters."""
    return "/sparql?" + urlencode({"query": text, **more})


@dataclass
class Answer:
    """A response as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class Running:
    """A running server: its address and its process."""

    url: str
    process: subprocess.Popen[str]

    def ask(
        self,
        path: str,
        *,
        method: str | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = ENOUGH,
    ) -> Answer:
        """The response to one request, whatever its status."""
        request = urllib.request.Request(
            self.url.rstrip("/") + path, data=data, headers=dict(headers or {}), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    @property
    def processes(self) -> list[int]:
        """The server's process and all below it."""
        return [self.process.pid, *_below(self.process.pid)]

    @property
    def workers(self) -> list[int]:
        """The query processes: the keeper's children."""
        return [pid for keeper in _below(self.process.pid, deep=False) for pid in _below(keeper)]

    def metric(self, name: str) -> float:
        """What the server counts under the name."""
        found = re.search(rf"^{name} (\S+)", self.ask("/metrics").text, re.MULTILINE)
        assert found, name
        return float(found[1])

    def at_work(self) -> bool:
        """Whether a query process computes from now on."""
        before = processes.cpu(self.workers)
        return wait_until(lambda: processes.cpu(self.workers) > before + 0.02)

    def stop(self, patience: float = ENOUGH) -> int:
        """Terminate it; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@contextlib.contextmanager
def running(folder: Path, store: Path, *options: str, **variables: str) -> Iterator[Running]:
    """A server over the folder, ready; ended afterwards."""
    command = [sys.executable, "-m", "cgkg", "serve", "--project", str(folder)]
    command += ["--store", str(store), "--port", "0", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            _, said = process.communicate(timeout=ENOUGH)
            raise AssertionError(f"the server did not start:\n{said}")
        server = Running(url, process)
        yield server
        server.stop()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _below(parent: int, *, deep: bool = True) -> list[int]:
    """The processes that this one has started, and those that they have."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                pid = int(path.parent.name)
                found += [pid, *(_below(pid) if deep else [])]
    return found
