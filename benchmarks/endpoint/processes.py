"""Programs started for a measurement, and what /proc says about them and their children."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


class StartError(Exception):
    """A program that did not start, with the end of what it wrote."""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third, the state, on; empty if the process is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def lives(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def stopped(pid: int) -> bool:
    """Whether the process is stopped by a signal, until another lets it go on."""
    return _stat(pid)[:1] == ["T"]


def parent(pid: int) -> int:
    """The process that started it; 0 if it is gone."""
    return int(fields[1]) if (fields := _stat(pid)) else 0


def tree(root: int) -> list[int]:
    """The process and all that descend from it, those that live."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return [pid for pid in found if lives(pid)]


def memory(pids: Iterable[int]) -> int:
    """Bytes in use, shared pages divided among those that share them (PSS)."""
    return sum(_pss(pid) for pid in pids)


def _pss(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def descriptors(pids: Iterable[int]) -> int:
    """How many files, sockets and pipes are open."""
    count = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            count += len(os.listdir(_PROC / str(pid) / "fd"))
    return count


def cpu(pids: Iterable[int]) -> float:
    """Seconds of processor time used up to now."""
    fields = [stat for pid in pids if (stat := _stat(pid))]
    return sum(int(stat[11]) + int(stat[12]) for stat in fields) / _TICK


def command_of(pid: int) -> str:
    """The command line, blank between arguments."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition becomes true in that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Program:
    """A running program with all its processes; what it writes goes into a file.

    Args:
        command: program and arguments.
        log: where standard error goes, and standard output unless `announces`.
        announces: whether it prints a line on standard output once it is ready.
        environment: variables beside those of this process.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        announces: bool = False,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._log = log
        self.rest = b""  # of standard output, after the announcement and once it has stopped
        self.since = time.perf_counter()
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if announces else file,
                stderr=file,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def tree(self) -> list[int]:
        """All processes of the program."""
        return tree(self.pid)

    def announced(self, seconds: float) -> str:
        """The first line on standard output.

        Raises:
            StartError: none came in that time.
        """
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline().decode().strip() if ready else ""
        if not line:
            self.stop()
            raise StartError(self.written()[-2000:] or "nothing announced")
        return line

    def written(self) -> str:
        """What is in the log."""
        return self._log.read_text("utf-8", "replace")

    @property
    def status(self) -> int | None:
        """The exit status of the first process; None while it runs."""
        return self._process.poll()

    def ended(self) -> bool:
        """Whether the first process is gone."""
        return self.status is not None

    def quiet(self, seconds: float) -> bool:
        """Whether the program stops computing in that time: under a tenth of a core in use."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            before = cpu(self.tree())
            time.sleep(0.2)
            if cpu(self.tree()) - before <= 0.02:
                return True
        return False

    def stop(self, seconds: float = 60.0, by: int = signal.SIGTERM) -> bool:
        """End it, by force if it takes longer; whether it ended by itself and left nothing."""
        pids = self.tree()
        if not self.ended():
            self._process.send_signal(by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        clean = wait_until(lambda: not any(map(lives, pids)), seconds)
        for pid in filter(lives, pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None and not self._process.stdout.closed:
            os.set_blocking(self._process.stdout.fileno(), False)
            self.rest = self._process.stdout.read() or b""
            self._process.stdout.close()
        return clean
