"""The release of a generation that is being served: made once, when first asked for.

It is made by a process of its own, so that a server goes on answering meanwhile, and kept in
`releases/<generation>` beside the store's generations. Past `LIMIT` quads nothing is made: then
whoever runs the server makes a release with `cgkg export`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
import time

from cgkg import package
from cgkg.errors import ReleaseError
from cgkg.export.release import Release, is_release
from cgkg.store.generations import RELEASES, Generation

LIMIT = 500_000  # quads; about a minute of work, and files of up to a hundred megabytes
_RETRY = 60.0  # seconds after a failure


class OnDemand:
    """The release of one generation, and who makes it.

    Attributes:
        place: the folder it is kept in.
        error: why it could not be made when last tried; empty if it could or was not tried.
    """

    def __init__(self, generation: Generation, *, limit: int = LIMIT) -> None:
        self._generation, self._limit = generation, limit
        self.place = generation.folder.resolve().parent.parent / RELEASES / generation.id
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._release: Release | None = None
        self.error, self._failed_at = "", 0.0
        self._running = False

    @property
    def too_large(self) -> bool:
        """Whether the graph is beyond what a server makes a release of."""
        return self._generation.quads > self._limit

    def get(self, patience: float = 2.0) -> Release:
        """The release; it is started on if nobody did yet.

        Args:
            patience: seconds to wait for it.

        Raises:
            ReleaseError: it is not there yet, could not be made, or the graph is too large.
        """
        with self._lock:
            if self._release is None:
                self._release = self.kept(self.place.name)
            if self._release is not None:
                return self._release
            self._start()
        self._done.wait(patience)
        if self._release is not None:
            return self._release
        if self.error:
            raise ReleaseError(f"the release could not be made: {self.error}")
        raise ReleaseError("the release is being made", hint="ask again in a few seconds")

    def kept(self, generation: str) -> Release | None:
        """The release of a generation that is kept beside this one, if there is one."""
        folder = self.place.parent / generation
        try:
            real = all(stat.S_ISDIR(each.lstat().st_mode) for each in (folder.parent, folder))
        except OSError:
            return None
        return Release(folder) if real and is_release(folder) else None

    def _start(self) -> None:
        if self.too_large:
            raise ReleaseError(
                f"the graph has more than {self._limit:,} quads; no release is made on demand",
                hint="run cgkg export",
            )
        if self._running or (self.error and time.monotonic() - self._failed_at < _RETRY):
            return
        self._running, self.error = True, ""
        self._done.clear()
        threading.Thread(target=self._make, name="release", daemon=True).start()

    def _make(self) -> None:
        error = "it was interrupted"
        try:
            error = self._run()
        except OSError as failure:
            error = failure.strerror or str(failure)
        finally:
            with self._lock:
                self._running, self.error, self._failed_at = False, error, time.monotonic()
                self._release = None if error else Release(self.place)
                self._done.set()

    def _run(self) -> str:
        """Run the process to its end; what went wrong, or nothing."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        if not stat.S_ISDIR(self.place.parent.lstat().st_mode):
            return f"{self.place.parent} is a symbolic link, which is not followed"
        for leftover in self.place.parent.glob(f".{self.place.name}.*-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        command = [sys.executable, "-P", "-m", "cgkg.export"]
        with subprocess.Popen(
            [*command, str(self._generation.folder.resolve()), str(self.place)],
            stdin=subprocess.PIPE,  # open as long as this process lives
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        ) as process:
            said = process.stderr.read() if process.stderr else b""
            if process.wait() == 0:
                return ""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the process ended with {process.returncode}"


def _environment() -> dict[str, str]:
    """The environment of the process, in which this very package is found."""
    return {**os.environ, "PYTHONPATH": package.search_path()}
