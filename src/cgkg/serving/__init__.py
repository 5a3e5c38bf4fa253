"""One generation behind an address: the pages, the endpoint and the processes that answer."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from waitress import create_server

from cgkg import __version__
from cgkg.errors import ConfigError
from cgkg.evidence import SourceText
from cgkg.project import Project
from cgkg.query.pool import QueryPool
from cgkg.rdf import Triple
from cgkg.store import Generation
from cgkg.web import Settings, create_app

if TYPE_CHECKING:
    from cgkg.reasoning import Closure, Proof


@dataclass(frozen=True)
class Address:
    """A claimed address: nobody else can take the port any more."""

    host: str
    socket: socket.socket

    @classmethod
    def claim(cls, host: str, port: int) -> Address:
        """Bind before anything slow is done, so that a taken port is said at once.

        Raises:
            ConfigError: the port is taken, or the host is not an address of this machine.
        """
        try:
            family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            bound = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}: {error.strerror or error}") from None
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(place)
            bound.listen(128)
        except OSError as error:
            bound.close()
            raise ConfigError(
                f"cannot listen on {host} port {port}: {error.strerror}",
                hint="another program may be using it; choose one with --port",
            ) from None
        return cls(host, bound)

    @property
    def url(self) -> str:
        """Where a browser goes."""
        port = self.socket.getsockname()[1]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}/"


class Explainer:
    """Finds proofs; the closure is computed on the first question and kept."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._lock = threading.Lock()
        self._closure: Closure | None = None

    def __call__(self, triple: Triple) -> Proof | None:
        """A smallest proof of the triple, or None if it does not follow."""
        return next(iter(self.all(triple, 1)), None)

    def all(self, triple: Triple, limit: int) -> tuple[Proof, ...]:
        """Up to so many different proofs of the triple, small ones first."""
        from cgkg.build import reclose  # the reasoner loads with the first question

        with self._lock:
            if self._closure is None:
                self._closure = reclose(self._generation)
            return self._closure.explain_all(triple, limit)


def serve_generation(
    generation: Generation,
    project: Project,
    address: Address,
    *,
    source: Path | None,
    workers: int,
    timeout: float,
    ready: Callable[[str], None],
) -> None:
    """Serve until interrupted or terminated; then end every process that was started.

    Args:
        generation: what is served.
        project: where its example queries and, if at hand, its document are.
        address: where to listen.
        source: the source document, if given; its words are shown on pages and kept nowhere.
        workers: how many queries are answered at once.
        timeout: seconds a query may take.
        ready: told the address once a request would be answered.
    """
    files = (generation.dataset_file, generation.asserted_file)
    signal.signal(signal.SIGTERM, _stop)
    explainer = None if project.bare else Explainer(generation)
    with QueryPool.start(*files, workers=workers, timeout=timeout) as pool:
        settings = Settings(
            base=project.base,
            version=__version__,
            source=_open_text(project, source),
            explain=explainer,
            explain_all=explainer.all if explainer else None,
            examples=project.example_queries,
        )
        app = create_app(generation, pool, settings)
        server = create_server(app, sockets=[address.socket], threads=8, ident=None)
        ready(address.url)
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            server.close()


def _open_text(project: Project, source: Path | None) -> SourceText | None:
    if project.bare and source is None:
        return None
    from cgkg.build import open_text  # a bare folder is served without the pipeline

    return open_text(project, source)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
