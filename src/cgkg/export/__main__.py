"""`python -m cgkg.export GENERATION OUT`: a release made in a process of its own, for a server.

It ends when its standard input does, so it never outlives who started it.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from cgkg.errors import CgkgError
from cgkg.export.release import export
from cgkg.store.generations import Generation


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> int:
    """Write the release; say on standard error why not."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        export(Generation(Path(sys.argv[1])), Path(sys.argv[2]))
    except CgkgError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # the thread may still be reading
