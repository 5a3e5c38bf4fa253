"""Sorted lines with changes beside them: what they are, and their digest, whatever was changed."""

from __future__ import annotations

import hashlib
import random
import zlib
from pathlib import Path

import pytest

from cgkg.errors import StoreError
from cgkg.store import lines as module
from cgkg.store.graph import Graph
from cgkg.store.lines import ADDED, BASE, REMOVED, LineChange, Parts, StoredLines


def some_lines(draw: random.Random, count: int) -> set[bytes]:
    return {b'<urn:%d> <urn:p> "\xc3\xa9" .\n' % draw.randrange(10_000) for _ in range(count)}


def write_whole(lines: list[bytes], path: Path) -> Parts:
    path.write_bytes(b"".join(lines))
    return Parts.of(lines)


def change_between(old: set[bytes], new: set[bytes]) -> LineChange:
    return LineChange(sorted(old - new), sorted(new - old))


@pytest.mark.parametrize("cut", [0, 3, 15, 1023])
@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_lines_and_digest_are_those_of_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, cut: int
) -> None:
    """Lines come and go, all of them too; parts are long or of one line."""
    monkeypatch.setattr(module, "_CUT", cut)
    monkeypatch.setattr(module, "_BLOCK", 100)
    draw = random.Random(seed)
    held = some_lines(draw, draw.choice([0, 300]))
    parts = write_whole(sorted(held), tmp_path / "a.nq")
    stored = StoredLines(tmp_path / "a.nq")
    states = [(held, stored)]
    for _ in range(12):
        kept = draw.choice([0, 0.5, 0.99, 1])
        new = {line for line in held if draw.random() < kept} | some_lines(
            draw, draw.choice([0, 9])
        )
        if draw.random() < 0.2:
            new = states[0][0]
        change = change_between(held, new)
        assert parts.until(Parts.of(sorted(new)), stored, sorted(new)) == change
        parts = parts.changed(stored, change)
        stored = StoredLines(stored.base, stored.change.then(change))
        held = new
        assert stored.read() == b"".join(sorted(held))
        assert stored.open().readlines() == sorted(held)
        assert stored.size == len(stored.read())
        assert parts == Parts.of(sorted(held))
        for before, lines in states:
            assert lines.until(stored) == change_between(before, held)
        states.append((held, stored))
        between = sorted(line for line in held if b"<urn:2" <= line < b"<urn:5")
        assert stored.between(b"<urn:2", b"<urn:5") == between
        assert stored.starting([b"<urn:31", b"<urn:7"]) == [
            line for line in sorted(held) if line.startswith((b"<urn:31", b"<urn:7"))
        ]


def test_the_digest_is_what_its_three_lines_say() -> None:
    """Computed here from the rule alone."""
    lines = sorted(some_lines(random.Random(7), 9000))
    parts, listed = [b""], ""
    for line in lines:
        parts[-1] += line
        if zlib.crc32(line) % 1024 == 0:
            parts.append(b"")
    for part in filter(None, parts):
        listed += hashlib.sha256(part).hexdigest() + "\n"
    assert len(parts) > 2
    assert Parts.of(lines).digest == hashlib.sha256(listed.encode()).hexdigest()
    assert Parts.of([]).digest == hashlib.sha256(b"").hexdigest()


def test_a_change_of_other_lines_is_refused(tmp_path: Path) -> None:
    """What is removed must be there, what is added not."""
    held = sorted(some_lines(random.Random(1), 50))
    parts = write_whole(held, tmp_path / "a.nq")
    stored = StoredLines(tmp_path / "a.nq")
    for change in (LineChange([b"<urn:x> .\n"], []), LineChange([], [held[7]])):
        with pytest.raises(StoreError, match="not one of these lines"):
            parts.changed(stored, change)


def test_parts_come_back_from_their_file(tmp_path: Path) -> None:
    """And a file that has something else is an error that names it."""
    parts = Parts.of(sorted(some_lines(random.Random(2), 5000)))
    path = tmp_path / "dataset.parts"
    parts.write(path)
    assert Parts.read(path) == parts
    path.write_bytes(b"something\n")
    with pytest.raises(StoreError, match=r"dataset\.parts"):
        Parts.read(path)


def test_a_graph_of_changed_lines_keeps_forms_and_labels(tmp_path: Path) -> None:
    """The file beside a change is never taken for all lines."""
    typed = b'<urn:a> <urn:p> "%s"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    held = {typed % b"1", typed % b"01", b"_:c14n0 <urn:p> <urn:a> .\n"}
    for end, lines in (
        (BASE, held), (REMOVED, {typed % b"01"}), (ADDED, {b"_:c14n0 <urn:q> <urn:b> .\n"}),
    ):  # fmt: skip
        (tmp_path / f"dataset{end}").write_bytes(b"".join(sorted(lines)))
    stored = StoredLines.at(tmp_path / f"dataset{BASE}")
    (tmp_path / "whole.nq").write_bytes(stored.read())
    assert len(stored.read().splitlines()) == 3
    assert set(Graph.read(stored).quads()) == set(Graph.load(tmp_path / "whole.nq").quads())


def test_a_missing_file_is_a_store_error(tmp_path: Path) -> None:
    """It names the file."""
    stored = StoredLines(tmp_path / "gone.nq")
    with pytest.raises(StoreError, match=r"gone\.nq"):
        stored.read()
    with pytest.raises(StoreError, match=r"gone\.nq"):
        _ = stored.size
    with pytest.raises(StoreError, match=r"gone\.nq"):
        _ = stored.origin
    with pytest.raises(StoreError, match="gone"):
        StoredLines.at(tmp_path / f"gone{BASE}")
