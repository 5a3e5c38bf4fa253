"""The servers that are compared: how each is installed, given the data, and started.

Everything goes into one folder that git ignores. A peer that cannot be had on this machine says
why and is left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from endpoint import nginx
from endpoint.load import Answer, Caller, Request
from endpoint.processes import Program, StartError

Command = list[str | Path]
ROOT = Path(__file__).resolve().parents[2]
PROBE = "SELECT ?s { ?s ?p ?o } LIMIT 1"
_STARTING = 600.0


class UnavailableError(Exception):
    """This peer cannot be had here."""


@dataclass
class Serving:
    """A server that answers, at an address."""

    program: Program
    endpoint: str
    more: Sequence[tuple[str, str]] = ()
    seconds: float = 0.0

    def request(self, name: str, text: str) -> Request:
        """A query as this server wants it."""
        return Request.query(self.endpoint, name, text, more=self.more)

    def ask(self, text: str, timeout: float = 120.0) -> Answer:
        """The answer to one query on a connection of its own."""
        with Caller(self.endpoint, timeout) as caller:
            return caller.ask(self.request("", text))


class Peer:
    """A SPARQL server; subclasses say what is particular to one."""

    name = ""
    caches = False  # whether it has a cache of results that can be turned off
    more: Sequence[tuple[str, str]] = ()
    path = "/sparql"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.version = self.install()

    def install(self) -> str:
        """Make the program available; its name and version."""
        raise NotImplementedError

    def load(self, file: Path) -> None:
        """Bring the data into the program's own database, if it has one."""

    def start(self, file: Path, *, cache: bool = True) -> Serving:
        """The server with the data of this file, once it has answered the first query.

        Args:
            file: N-Quads in a folder of its own; beside it the same as N-Triples (.nt).
            cache: whether results are cached, where the program can.

        Raises:
            StartError: it gave no answer.
        """
        port = free_port()
        program = Program(
            self.command(file, port),
            self._folder / "log.txt",
            announces=self.announces,
            environment=self.environment(cache),
        )
        try:
            address = program.announced(_STARTING) if self.announces else f"http://127.0.0.1:{port}"
            serving = Serving(program, address.rstrip("/") + self.path, self.more)
            self.fill(address, file, program)
            _first_answer(serving)
        except BaseException:
            program.stop()
            raise
        return serving

    announces = False

    def command(self, file: Path, port: int) -> Command:
        raise NotImplementedError

    def environment(self, cache: bool) -> Mapping[str, str]:
        """Variables of the program's environment."""
        return {}

    def fill(self, address: str, file: Path, program: Program) -> None:
        """Bring the data into a server that keeps it in memory only."""

    def _installed(self, *packages: str) -> Path:
        """The folder of commands of a virtual environment with these packages."""
        home = self._folder / "venv"
        stamp = home / "packages"
        if not stamp.is_file() or stamp.read_text() != " ".join(packages):
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=True)
            pip = [str(home / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
            if subprocess.run([*pip, *packages], stderr=subprocess.DEVNULL).returncode:
                raise UnavailableError(f"pip install {' '.join(packages)} failed")
            stamp.write_text(" ".join(packages))
        return home / "bin"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _first_answer(serving: Serving) -> None:
    """Wait for an answer that holds data."""
    deadline = time.monotonic() + _STARTING
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            answer = serving.ask(PROBE)
            if answer.status == 200 and b'"value"' in answer.body:
                serving.seconds = time.perf_counter() - serving.program.since
                return
        if serving.program.ended():
            break
        time.sleep(0.01)
    raise StartError(serving.program.written()[-2000:])


class Cgkg(Peer):
    """Ours, serving the bare folder that holds the file.

    `cgkg@REVISION` is the program as it was at a revision of this repository, so that one run
    compares both; `cgkg+nginx` is asked through nginx.
    """

    name = "cgkg"
    caches = True
    announces = True

    def __init__(self, folder: Path, revision: str = "", *, proxied: bool = False) -> None:
        self._revision, self._proxied = revision, proxied
        self.name = folder.name
        super().__init__(folder)

    def install(self) -> str:
        if self._proxied and not nginx.program():
            raise UnavailableError("no nginx here (apt-get install nginx-light)")
        said = ", behind nginx" if self._proxied else ""
        if not self._revision:
            return f"cgkg {version('cgkg')}{said}"
        archive = ["git", "-C", str(ROOT), "archive", self._revision, "src"]
        done = subprocess.run(archive, capture_output=True)
        if done.returncode:
            raise UnavailableError(done.stderr.decode("utf-8", "replace").strip())
        shutil.rmtree(self._folder / "src", ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
            files.extractall(self._folder, filter="data")
        return f"cgkg at revision {self._revision}{said}"

    def start(self, file: Path, *, cache: bool = True) -> Serving:
        serving = super().start(file, cache=cache)
        if not self._proxied:
            return serving
        port, behind = free_port(), urlsplit(serving.endpoint).port
        assert behind is not None
        place = self._folder / f"nginx-{port}"
        proxied = nginx.Proxied(serving.program, place, port, behind)
        serving = Serving(proxied, f"http://127.0.0.1:{port}{self.path}", serving.more)
        _first_answer(serving)
        return serving

    def command(self, file: Path, port: int) -> Command:
        store = self._folder / file.parent.name
        options: Command = ["--project", file.parent, "--store", store, "--port", str(port)]
        trusted: Command = ["--trusted-proxies", "127.0.0.1"] if self._proxied else []
        return [sys.executable, "-m", "cgkg", "serve", *options, *trusted]

    def load(self, file: Path) -> None:
        shutil.rmtree(self._folder / file.parent.name, ignore_errors=True)

    def environment(self, cache: bool) -> Mapping[str, str]:
        source = {"PYTHONPATH": str(self._folder / "src")} if self._revision else {}
        return source if cache else {**source, "CGKG_CACHE_BYTES": "0"}


class Oxigraph(Peer):
    """Oxigraph's own server with the data in memory, sent to it over HTTP."""

    name = "oxigraph"
    path = "/query"

    def install(self) -> str:
        self._program = self._installed("oxigraph==0.5.13") / "oxigraph"
        return "Oxigraph 0.5.13, in memory"

    def command(self, file: Path, port: int) -> Command:
        return [self._program, "serve", "--bind", f"127.0.0.1:{port}"]

    def fill(self, address: str, file: Path, program: Program) -> None:
        deadline = time.monotonic() + _STARTING
        while True:
            try:
                _post(f"{address}/store?no_transaction", file, "application/n-quads")
                return
            except ConnectionRefusedError:
                if program.ended() or time.monotonic() > deadline:
                    raise StartError(program.written()[-2000:]) from None
                time.sleep(0.01)


def _post(url: str, file: Path, media_type: str) -> None:
    data, head = file.read_bytes(), {"Content-Type": media_type}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, head)) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise StartError(error.read().decode("utf-8", "replace")) from None
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else error from None


class OxigraphDisk(Peer):
    """Oxigraph's own server over a database on disk."""

    name = "oxigraph-disk"
    path = "/query"

    def install(self) -> str:
        self._program = self._installed("oxigraph==0.5.13") / "oxigraph"
        return "Oxigraph 0.5.13, on disk"

    def load(self, file: Path) -> None:
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        load: Command = [self._program, "load", "--file", file]
        load += ["--location", self._folder / "data"]
        subprocess.run(load, check=True, capture_output=True)

    def command(self, file: Path, port: int) -> Command:
        place: Command = ["--location", self._folder / "data", "--bind", f"127.0.0.1:{port}"]
        return [self._program, "serve-read-only", *place]


class RdflibEndpoint(Peer):
    """rdflib-endpoint, which reads the file at each start."""

    name = "rdflib-endpoint"
    path = "/"
    packages: Sequence[str] = ("rdflib-endpoint[cli,web]==0.6.3", "rdflib==7.6.0")
    options: Sequence[str] = ()

    def install(self) -> str:
        self._program = self._installed(*self.packages) / "rdflib-endpoint"
        return "rdflib-endpoint 0.6.3"

    def command(self, file: Path, port: int) -> Command:
        address = ["--host", "127.0.0.1", "--port", str(port)]
        return [self._program, "serve", *address, *self.options, file.with_suffix(".nt")]


class RdflibEndpointOxigraph(RdflibEndpoint):
    """The same program on oxrdflib, rdflib's terms over Oxigraph's store."""

    name = "rdflib-endpoint-oxigraph"
    packages = (*RdflibEndpoint.packages, "oxrdflib==0.5.0", "pyoxigraph==0.5.13")
    options = ("--store", "Oxigraph")

    def install(self) -> str:
        return super().install() + " on oxrdflib 0.5.0"


class Virtuoso(Peer):
    """Virtuoso Open Source as Debian packages it."""

    name = "virtuoso"
    graph = "urn:benchmark"
    more = (("default-graph-uri", graph),)

    def install(self) -> str:
        if not shutil.which("virtuoso-t"):
            wanted = "virtuoso-opensource-7-bin virtuoso-opensource-7-common"
            raise UnavailableError(f"no virtuoso-t here (apt-get install {wanted})")
        done = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)
        found = (done.stdout + done.stderr).partition("Version ")[2].split()
        return f"Virtuoso {found[0] if found else '7'}"

    def command(self, file: Path, port: int) -> Command:
        (self._folder / "data" / "pages").mkdir(parents=True, exist_ok=True)
        self._settings(file, port, free_port())
        return ["virtuoso-t", "+foreground", "+configfile", self._folder / "virtuoso.ini"]

    def load(self, file: Path) -> None:
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        sql = free_port()
        command = self.command(file, free_port())
        self._settings(file, free_port(), sql)
        program = Program(command, self._folder / "log.txt")
        try:
            _sql(sql, "SELECT 1", patience=60)
            name = file.with_suffix(".nt").name
            _sql(sql, f"ld_dir('{file.parent}', '{name}', '{self.graph}')")
            _sql(sql, "rdf_loader_run()")
            with contextlib.suppress(StartError):  # the connection ends with the server
                _sql(sql, "shutdown()")
        finally:
            program.stop(60)

    def _settings(self, file: Path, http: int, sql: int) -> None:
        data = self._folder / "data"
        sections: Mapping[str, Mapping[str, object]] = {
            "Database": {
                "DatabaseFile": data / "virtuoso.db",
                "ErrorLogFile": data / "virtuoso.log",
                "LockFile": data / "virtuoso.lck",
                "TransactionFile": data / "virtuoso.trx",
                "xa_persistent_file": data / "virtuoso.pxa",
            },
            "TempDatabase": {
                "DatabaseFile": data / "temporary.db",
                "TransactionFile": data / "temporary.trx",
            },
            "Parameters": {
                "ServerPort": f"127.0.0.1:{sql}",
                "DisableUnixSocket": 1,
                "CaseMode": 2,
                "DirsAllowed": file.parent,
                "NumberOfBuffers": 100_000,  # of 8 KiB: all of the data fits
                "MaxDirtyBuffers": 70_000,
                "ThreadsPerQuery": os.cpu_count() or 1,
            },
            "HTTPServer": {
                "ServerPort": f"127.0.0.1:{http}",
                "ServerRoot": data / "pages",
                "ServerThreads": 80,
                "MaxClientConnections": 80,
                "KeepAliveTimeout": 60,
                "MaxKeepAlives": 80,
            },
            "SPARQL": {"ResultSetMaxRows": 10_000_000, "MaxQueryCostEstimationTime": 100_000},
        }
        lines = [
            line
            for section, pairs in sections.items()
            for line in (f"[{section}]", *(f"{name} = {value}" for name, value in pairs.items()))
        ]
        (self._folder / "virtuoso.ini").write_text("\n".join(lines) + "\n")


def _sql(port: int, statement: str, *, patience: float = 0.0) -> None:
    """Have Virtuoso do something; wait that long for it to listen."""
    command = ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", f"exec={statement};"]
    deadline = time.monotonic() + patience
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and "Error" not in done.stderr:
            return
        if time.monotonic() > deadline:
            raise StartError(done.stderr or done.stdout)
        time.sleep(0.2)


def peer(name: str, folder: Path) -> Peer:
    """The peer of this name, installed into the folder.

    Raises:
        UnavailableError: it cannot be had here.
    """
    ours, _, proxy = name.partition("+")
    kind, _, revision = ours.partition("@")
    if kind == Cgkg.name and proxy in ("", "nginx"):
        return Cgkg(folder, revision, proxied=bool(proxy))
    if name not in PEERS:
        raise UnavailableError("not known here")
    return PEERS[name](folder)


PEERS: Mapping[str, type[Peer]] = {
    kind.name: kind
    for kind in (Cgkg, RdflibEndpoint, RdflibEndpointOxigraph, Oxigraph, OxigraphDisk, Virtuoso)
}
