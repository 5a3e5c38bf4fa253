"""Building a project again on save: `python -m cgkg.authoring.rebuilding FD`.

The process is a server's. By the socket FD it gets its orders, a line of JSON, and tells what came
of each build, a line each: `{"built": ID}`, or `{"failed": [TEXTS]}` with findings in every
language. When the socket closes it ends; where the system can do that, also in the midst of a
build.
"""

from __future__ import annotations

import ctypes
import gc
import json
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cgkg.authoring.changes import difference, told
from cgkg.authoring.orders import Orders
from cgkg.authoring.storing import Builder, open_builder
from cgkg.authoring.watching import FolderWatch, Seen
from cgkg.errors import BuildRejectedError, CgkgError, StoreError
from cgkg.languages import N_, SOURCE, known, translations
from cgkg.pipeline import without_collection
from cgkg.rdf.notation import abbreviate_text
from cgkg.store.generations import Generation, GenerationStore
from cgkg.validation.report import Finding, Report

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.03  # between looks at the files
_SETTLE_SECONDS = 0.01  # for which files stay as they are before they are built
_EMPTY_SECONDS = 0.5  # the same where one has just become empty: it may be about to be written
_MOST_OF_LOOKING = 20  # looking takes at most one part in so many of the time
_AGAIN_SECONDS = 1.0  # after which a store that could not be written is tried again
_TOLD = 20  # findings that pages show

Say = Callable[[str], None]


class Rebuilder:
    """Builds when a file was saved, and tells what came of it."""

    def __init__(
        self, orders: Orders, build: Builder, tell: Callable[[Mapping[str, Any]], None], say: Say
    ) -> None:
        """Build nothing yet.

        Args:
            orders: what is built.
            build: builds it.
            tell: called with what is for the server.
            say: called with what is for whoever saves, perhaps of several lines.
        """
        self._orders, self._make, self._tell, self._say = orders, build, tell, say
        self._watch = FolderWatch(Path(orders.project), without=Path(orders.store))
        self._seen: Seen | None = None
        self._coming: tuple[Seen, float] | None = None  # what was saved, and when it was first seen
        self._again = 0.0
        self._told: frozenset[str] = frozenset()
        self._failed, self._said = False, ""
        self._frozen = False
        self._before = _current(orders)

    def look(self) -> float:
        """Build if a file was saved and is whole; seconds until the next look is due."""
        since = time.monotonic()
        seen = self._watch.look()
        pause = max(_LOOK_SECONDS, _MOST_OF_LOOKING * (time.monotonic() - since))
        if seen != self._seen:
            if self._coming is None or seen != self._coming[0]:
                self._coming = seen, since
                return _SETTLE_SECONDS
            if self._has_emptied(seen) and since < self._coming[1] + _EMPTY_SECONDS:
                return pause
        if seen != self._seen or (self._again and since >= self._again):
            self._seen, self._coming, self._again = seen, None, 0.0
            self._build()
        return pause

    def _has_emptied(self, seen: Seen) -> bool:
        """Whether a file that had something in it, or was not there, is empty."""
        before = self._seen or {}
        return any(
            not size and before.get(path, (0, 1, 0))[1] for path, (_, size, _) in seen.items()
        )

    @without_collection()  # until it is told; then there is time
    def _build(self) -> None:
        since = time.perf_counter()
        try:
            generation, report = self._make()
        except BuildRejectedError as error:
            violations = error.report.violations
            texts = [{each: self._line(one, each) for each in known()} for one in violations]
            self._fail(error, texts, self._lines(violations))
        except CgkgError as error:
            if isinstance(error, StoreError):
                self._again = time.monotonic() + _AGAIN_SECONDS
            text = f"{error.message}\n  hint: {error.hint}" if error.hint else error.message
            self._fail(error, [{SOURCE: error.message}], [text])
        else:
            self._succeed(generation, report, time.perf_counter() - since)

    def _succeed(self, generation: Generation, report: Report, seconds: float) -> None:
        before, self._before = self._before, generation
        same = before is not None and before.id == generation.id
        self._tell({"built": generation.id})
        if not self._frozen:  # to look through what is kept takes seconds of a large project
            self._frozen = True
            gc.freeze()
        if same and not self._failed:
            return
        self._failed, self._said = False, ""
        changed = "" if same or before is None else self._difference(before, generation)
        counts = f"{len(report.warnings)} warnings, {len(report.infos)} infos"
        lines = [f"{'rebuilt':>21}  {changed or 'the same graph'}; {counts}  ({seconds:.2f} s)"]
        findings = self._lines(report.warnings)
        lines += [line for line in findings if line not in self._told]
        self._told = frozenset(findings)
        self._say("\n".join(lines))

    def _difference(self, before: Generation, after: Generation) -> str:
        try:
            return told(difference(before, after), self._orders.language)
        except CgkgError as error:  # the one before may have been removed
            return f"no comparison: {error.message}"

    def _fail(self, error: CgkgError, texts: list[dict[str, str]], lines: list[str]) -> None:
        self._failed = True
        left = len(texts) - _TOLD
        if left > 0:
            texts[_TOLD:] = [translations(N_("and {n} more: cgkg check lists them"), n=left)]
        self._tell({"failed": texts})
        text = "\n".join([f"{'not rebuilt':>21}  {error.message.splitlines()[0]}", *lines])
        if text != self._said:  # as for a store that is tried again and again
            self._say(text)
        self._said = text

    def _lines(self, findings: tuple[Finding, ...]) -> list[str]:
        return [self._line(each, self._orders.language) for each in findings]

    def _line(self, finding: Finding, language: str) -> str:
        prefixes = self._before.prefixes if self._before else {}
        return abbreviate_text(finding.line_text(language), prefixes)


def _current(orders: Orders) -> Generation | None:
    try:
        return GenerationStore(Path(orders.store)).current()
    except CgkgError:
        return None


def main() -> None:
    """Build again and again, until the socket closes whose descriptor is the only argument."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    line = control.makefile("rb").readline()
    if not line:
        return

    def tell(what: Mapping[str, Any]) -> None:
        control.sendall(json.dumps(what).encode() + b"\n")

    def say(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    orders = Orders(**json.loads(line))
    # What the project is decides how it is built: it was one when the server began.
    rebuilder = Rebuilder(orders, open_builder(orders), tell, say)
    pause = 0.0
    try:
        while not select.select([control], [], [], pause)[0]:
            pause = rebuilder.look()
    except (BrokenPipeError, ConnectionResetError):
        return


if __name__ == "__main__":
    main()
