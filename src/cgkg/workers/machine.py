"""What the machine has: memory, as far as this process may use it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def machine_memory() -> int:
    """Bytes of memory for this process and its children: the machine's, or what a control group
    (a container, MemoryMax of systemd) leaves of it."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *_group_limits()])


def _group_limits(root: Path = _CGROUPS, own: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """The limits of the control groups (version 2) that this process is in."""
    with contextlib.suppress(OSError, ValueError):
        name = own.read_text("utf-8").strip().removeprefix("0::/")
        group = root / name
        for place in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):  # "max" is no limit
                yield int((place / "memory.max").read_text("utf-8"))
            if place == root:
                return
