"""What the machine has: memory, as far as this process may use it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_PR_SET_CHILD_SUBREAPER = 36
# mallopt(3): names of glibc's header, with what they are set to.
_FOR_CHANGING_LOADS = {
    -3: 1 << 17,  # M_MMAP_THRESHOLD: larger pieces are mappings of their own
    -1: 1 << 20,  # M_TRIM_THRESHOLD
    -8: 1,  # M_ARENA_MAX
}


def keep_little_memory() -> None:
    """Have the allocator give back to the system what is freed, from now on.

    By default glibc keeps pieces of up to 32 MiB in its heaps, one for every few threads, once a
    piece of that size was freed: after many large requests most of a heap is holes. Other C
    libraries have no mallopt, and keep their ways.
    """
    with contextlib.suppress(AttributeError, OSError):
        set_option = ctypes.CDLL(None).mallopt
        for option, value in _FOR_CHANGING_LOADS.items():
            set_option(option, value)


def give_back_memory() -> None:
    """Have the allocator give back the pages that are free now, between others: milliseconds."""
    with contextlib.suppress(AttributeError, OSError):  # other C libraries have no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


def adopt_orphans() -> None:
    """Be the parent of the processes that this process's children leave behind, from now on.

    A keeper that was forked from another outlives that one. Only Linux has this.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


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
