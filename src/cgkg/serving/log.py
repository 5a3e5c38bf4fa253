"""The access log: one line per request, as text or as JSON, written in batches.

No line holds a query's text or the words of a document: a query is named by its length and digest.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

from cgkg.errors import ConfigError

_LOG = logging.getLogger(__name__)
_FLUSHED_AT = 256  # lines


class AccessLog:
    """Where requests are noted; lines are written in batches, which blocks for so long."""

    def __init__(self, output: IO[str] | None, form: Literal["text", "json"]) -> None:
        self._output = output
        self._format: Callable[[dict[str, Any]], str] = _as_json if form == "json" else _as_text
        self._lines: list[str] = []
        self._failing = False

    @classmethod
    def open(cls, target: str, form: Literal["text", "json"]) -> AccessLog:
        """A log at a path, on standard error ("-"), or nowhere ("off").

        Args:
            target: the path, to which lines are added, or one of these words.
            form: how a line is written.

        Raises:
            ConfigError: the file cannot be written.
        """
        if target == "off":
            return cls(None, form)
        if target == "-":
            return cls(sys.stderr, form)
        try:
            return cls(Path(target).open("a", encoding="utf-8"), form)
        except OSError as error:
            raise ConfigError(f"access_log: cannot write {target}: {error.strerror}") from None

    @property
    def on(self) -> bool:
        """Whether anybody reads it."""
        return self._output is not None

    def note(self, **entry: Any) -> None:
        """Note a request, of which `entry` has the fields; the time is added."""
        if self._output is None:
            return
        self._lines.append(self._format({"time": _now(), **entry}))
        if len(self._lines) >= _FLUSHED_AT:
            self.flush()

    def flush(self) -> None:
        """Write the lines that wait; a failure is logged once, and loses them."""
        if self._output is not None and self._lines:
            lines, self._lines = self._lines, []
            try:
                self._output.write("\n".join(lines) + "\n")
                self._output.flush()
            except OSError as error:
                self._complain(error)
            else:
                self._failing = False

    def _complain(self, error: OSError) -> None:
        """Say once that lines are lost: a full disk is no reason to answer nobody."""
        if not self._failing:
            self._failing = True
            _LOG.error("the access log loses lines: %s", error.strerror)


def _now() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03}Z"


def _as_json(entry: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in entry.items() if v is not None}, ensure_ascii=False)


def _as_text(entry: dict[str, Any]) -> str:
    known = ("time", "peer", "method", "path", "status", "bytes", "ms", "id")
    rest = (f"{k}={v}" for k, v in entry.items() if k not in known and v is not None)
    line = " ".join([*(str(entry.get(name, "-")) for name in known), *rest])
    # A line is a line, whatever a client sends.
    return "".join(c if c.isprintable() else "\\x" + format(ord(c), "02x") for c in line)
