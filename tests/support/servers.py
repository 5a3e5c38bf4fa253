"""The server of tests: `cgkg serve` as a process, asked over HTTP and watched in /proc."""

from __future__ import annotations

import re
import signal
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from endpoint import processes
from endpoint.processes import Program
from limits import ENOUGH, wait_until

CGKG = (sys.executable, "-m", "cgkg")
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


@dataclass(frozen=True)
class Usage:
    """What a server holds: bytes and open descriptors of all its processes."""

    memory: int
    descriptors: int
    processes: int


class Server:
    """A running server: its address, `url`, which ends in a slash, and its `program`."""

    def __init__(self, program: Program, url: str) -> None:
        self.program, self.url = program, url
        self.endpoint = f"{url}sparql"
        self.stopped = False

    def ask(
        self,
        path: str,
        *,
        method: str | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = ENOUGH,
    ) -> Answer:
        """The response to one request, whatever its status; redirections are followed."""
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
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def connect(self) -> socket.socket:
        """A connection on which nothing was sent."""
        return socket.create_connection(self.address, ENOUGH)

    def listens(self) -> bool:
        """Whether it takes connections."""
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    @property
    def workers(self) -> list[int]:
        """The processes that evaluate queries: forked by a keeper, they look like it."""
        alike = {
            pid for pid in self.program.tree() if "cgkg.workers.keeper" in processes.command_of(pid)
        }
        return [pid for pid in alike if processes.parent(pid) in alike]

    def at_work(self) -> bool:
        """Whether a query process computes from now on."""
        before = processes.cpu(self.workers)
        return wait_until(lambda: processes.cpu(self.workers) > before + 0.02)

    def metric(self, name: str) -> float:
        """What the server counts under the name."""
        found = re.search(rf"^{name} (\S+)", self.ask("/metrics").text, re.MULTILINE)
        assert found, name
        return float(found[1])

    def usage(self) -> Usage:
        """What it holds once it computes no more."""
        self.program.quiet(30)
        pids = self.program.tree()
        return Usage(processes.memory(pids), processes.descriptors(pids), len(pids))

    def comes_back_to(self, before: Usage) -> bool:
        """Whether it gives back all descriptors and processes."""

        def back() -> bool:
            pids = self.program.tree()
            now = (processes.descriptors(pids), len(pids))
            return now == (before.descriptors, before.processes)

        return wait_until(back)

    def stop(self, by: int = signal.SIGTERM) -> int:
        """End it by that signal; the exit status. It must end, and leave no process behind."""
        self.stopped = True
        assert self.program.stop(ENOUGH, by), "the server did not end, or left processes behind"
        assert "Traceback" not in self.program.written(), self.program.written()
        assert self.program.rest == b""
        status = self.program.status
        assert status is not None
        return status


@contextmanager
def serving(
    project: Path | None,
    *options: object,
    command: Sequence[str | Path] = CGKG,
    folder: Path | None = None,
    **variables: str,
) -> Iterator[Server]:
    """A server of the project, ready. Unless the test stops it, it is stopped in good order.

    Args:
        project: the project folder; the one of the working folder if there is none.
        options: more flags of `cgkg serve`; its port is any that is free.
        command: what runs cgkg.
        folder: its working folder.
        variables: of its environment, beside those of the tests.
    """
    words = [*command, "serve", "--port", "0"]
    words += ["--project", project] if project else []
    with tempfile.TemporaryDirectory() as place:
        program = Program(
            [*words, *map(str, options)],
            Path(place) / "server.log",
            announces=True,
            environment=variables,
            folder=folder,
        )
        try:
            server = Server(program, program.announced(ENOUGH))
            yield server
            assert server.stopped or server.stop() == 0, "the server ended on its own"
        finally:
            program.stop()
