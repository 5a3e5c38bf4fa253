"""A real server for tests: started by its command, watched through /proc, asked over sockets."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from endpoint import processes
from endpoint.load import Answer, Caller, Request, percentile
from endpoint.processes import Program
from limits import ENOUGH, wait_until
from paths import ROOT

JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Usage:
    """What a server holds: bytes and open descriptors of all its processes."""

    memory: int
    descriptors: int
    processes: int


class Server:
    """A running server."""

    def __init__(self, program: Program, url: str) -> None:
        self.program, self.url = program, url
        self.endpoint = f"{url}sparql"

    def ask(self, text: str, timeout: float = ENOUGH) -> Answer:
        """The answer to a query on a connection of its own."""
        with Caller(self.url, timeout) as caller:
            return caller.ask(Request.query(self.endpoint, "", text))

    def get(self, path: str, accept: str = "*/*") -> Answer:
        """The answer to a GET."""
        with Caller(self.url) as caller:
            return caller.ask(Request.get(self.url + path, path, accept))

    def workers(self) -> list[int]:
        """The processes that evaluate queries: forked by a keeper, they look like it."""
        alike = {
            pid for pid in self.program.tree() if "cgkg.workers.keeper" in processes.command_of(pid)
        }
        return [pid for pid in alike if processes.parent(pid) in alike]

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


@contextmanager
def serving(folder: Path, project: Path, *options: object) -> Iterator[Server]:
    """A server of this project; when it is told to stop, it must end and leave no process.

    Args:
        folder: where its log goes.
        project: the project folder.
        options: more flags of `cgkg serve`.
    """
    command = [sys.executable, "-m", "cgkg", "serve", "--project", str(project), "--port", "0"]
    program = Program([*command, *map(str, options)], folder / "server.log", announces=True)
    try:
        yield Server(program, program.announced(ENOUGH))
        assert not program.ended(), program.written()
    except BaseException:
        program.stop()
        raise
    assert program.stop(), "the server did not end, or left processes behind"
    assert "Traceback" not in program.written(), program.written()


# Answers


def competency() -> dict[str, str]:
    """The competency queries by name."""
    files = sorted((ROOT / "queries" / "competency").glob("*.rq"))
    return {path.stem: path.read_text("utf-8") for path in files}


def content(body: bytes) -> str:
    """A digest of a JSON result that does not depend on the order of rows and members."""
    found = json.loads(body)
    rows = found.get("results", {}).get("bindings", [])
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    said = json.dumps([sorted(found["head"].get("vars", [])), found.get("boolean"), lines])
    return hashlib.sha256(said.encode()).hexdigest()


def known_answers(dataset: Path, queries: Mapping[str, str]) -> dict[str, str]:
    """The `content` of the right answers, found without any server."""
    store = ox.Store()
    # Parsed apart, as a bulk load would give the blank nodes other names.
    store.bulk_extend(ox.parse(path=str(dataset), format=ox.RdfFormat.N_QUADS))
    form = ox.QueryResultsFormat.JSON
    answers: dict[str, str] = {}
    for name, text in queries.items():
        found = store.query(text)
        assert not isinstance(found, ox.QueryTriples), name
        answers[name] = content(found.serialize(format=form) or b"")
    return answers


def problem_code(answer: Answer) -> str:
    """The code of problem details (RFC 9457), or "none" if the answer is nothing of the kind."""
    if b"application/problem+json" not in answer.head:
        return "none"
    try:
        return str(json.loads(answer.body)["type"]).rpartition(":")[2]
    except (ValueError, KeyError):
        return "none"


@dataclass
class Judge:
    """Looks at every answer of a load: right, wrong, or an error, and how long it took.

    The names of requests are `kind:name`; `known` has the right content for names.
    """

    known: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)
    right: Counter[str] = field(default_factory=Counter)
    errors: dict[str, Counter[tuple[int, str]]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    _seen: dict[tuple[str, bytes], bool] = field(default_factory=dict)

    def __call__(self, request: Request, answer: Answer) -> None:
        kind, _, name = request.name.partition(":")
        self.times.setdefault(kind, []).append(answer.seconds)
        if answer.status != 200:
            kinds = self.errors.setdefault(kind, Counter())
            kinds[answer.status, problem_code(answer)] += 1
        elif self._is_right(name, answer.body):
            self.right[kind] += 1
        else:
            self.wrong.append(f"{request.name}: {answer.body[:200]!r}")

    def _is_right(self, name: str, body: bytes) -> bool:
        key = (name, body)
        if key not in self._seen:
            try:
                self._seen[key] = name in self.known and content(body) == self.known[name]
            except (ValueError, KeyError):
                self._seen[key] = False
        return self._seen[key]

    def percentile(self, kind: str, share: float) -> float:
        """Seconds within which that share of the answers of a kind came."""
        return percentile(self.times.get(kind, []), share)


def served(folder: Path, command: list[str], env: Mapping[str, str] | None = None) -> list[str]:
    """What the example query answers at a server of the project."""
    server = subprocess.Popen(
        [*command, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=env,
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        query = (folder / "queries" / "examples" / "1-who-supports-whom.rq").read_text("utf-8")
        request = urllib.request.Request(
            f"{address}sparql?query={urllib.parse.quote(query)}",
            headers={"Accept": "application/sparql-results+json"},
        )
        with urllib.request.urlopen(request) as answer:
            rows = json.load(answer)["results"]["bindings"]
        with urllib.request.urlopen(f"{address}id/garden/quay?lang=zh") as page:
            assert "码头花园" in page.read().decode()
    finally:
        server.terminate()
        server.communicate(timeout=20)
    return [row["school"]["value"] for row in rows]
