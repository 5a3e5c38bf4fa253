"""The outline of a document: its sections, nested by their numbers; of a long one a part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

MOST = 120
"""The sections of an outline that is shown whole."""
_NEAR = 12  # sections of one level on either side


@dataclass(frozen=True)
class OutlineEntry:
    """A section, or so many that are left out, which begin or end with it."""

    number: str
    below: tuple[OutlineEntry, ...] = ()
    left_out: int = 0

    def numbers(self) -> Iterator[str]:
        """The sections that it names, from the outermost."""
        yield self.number
        for each in self.below:
            yield from each.numbers()


def outline(numbers: Sequence[str], current: str) -> tuple[OutlineEntry, ...]:
    """The sections, nested; of more than `MOST` those near the current one.

    Args:
        numbers: of the sections, in the order of the text: `1`, `1.1`, `1.1.2`.
        current: the one that is read.
    """
    top = _nested(numbers)
    return top if len(numbers) <= MOST else _near(top, current)


def _nested(numbers: Sequence[str]) -> tuple[OutlineEntry, ...]:
    known = frozenset(numbers)
    below: dict[str, list[str]] = {}
    for number in numbers:
        below.setdefault(_parent(number, known), []).append(number)

    def entries(of: str) -> tuple[OutlineEntry, ...]:
        return tuple(OutlineEntry(number, entries(number)) for number in below.get(of, ()))

    return entries("")


def _parent(number: str, known: frozenset[str]) -> str:
    """The next section above that there is, or ""."""
    above = number.rpartition(".")[0]
    while above and above not in known:
        above = above.rpartition(".")[0]
    return above


def _near(entries: tuple[OutlineEntry, ...], current: str) -> tuple[OutlineEntry, ...]:
    """Those around the one that holds the current section, which alone keeps what is below it."""
    at = next((n for n, each in enumerate(entries) if current in each.numbers()), None)
    middle = at or 0
    first, last = max(0, middle - _NEAR), min(len(entries), middle + _NEAR + 1)
    shown = [
        replace(each, below=_near(each.below, current) if number == at else ())
        for number, each in enumerate(entries[first:last], first)
    ]
    if first:
        shown.insert(0, OutlineEntry(entries[first - 1].number, left_out=first))
    if last < len(entries):
        shown.append(OutlineEntry(entries[last].number, left_out=len(entries) - last))
    return tuple(shown)
