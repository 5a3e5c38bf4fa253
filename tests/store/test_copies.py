"""A database made from another by what differs: the same as one made anew, whatever was edited."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from cgkg.store import copies
from cgkg.store.copies import derive_database, extend_database
from cgkg.store.graph import Graph, write_database
from cgkg.store.lines import StoredLines

# Of each of the first pairs the database makes one.
VALUES = [
    *(f'"{form}"^^<http://www.w3.org/2001/XMLSchema#{kind}>' for kind, forms in (
        ("integer", ("1", "01", "+1", "2")), ("decimal", ("1.0", "1.00", "01.0")),
        ("boolean", ("1", "true")), ("dateTime", ("2020-01-01T00:00:00Z",)),
    ) for form in forms),
    '"a"', '"a"@en', '"_:x"', "<urn:o>", "_:b0", "_:b1",
]  # fmt: skip


def some_line(draw: random.Random) -> str:
    subject = draw.choice(["<urn:a>", "<urn:b>", "_:b0", "_:b1"])
    graph = draw.choice(["", "<urn:g> ", "<urn:h> "])
    return f"{subject} <urn:p{draw.randrange(2)}> {draw.choice(VALUES)} {graph}.\n"


def write_sorted(path: Path, lines: set[str]) -> Path:
    path.write_text("".join(sorted(lines)), "utf-8")
    return path


def derive(path: Path, folder: Path, old_path: Path, old_folder: Path) -> bool:
    """Of whole files."""
    old_lines = StoredLines(old_path)
    return derive_database(StoredLines(path), folder, old_lines=old_lines, old_folder=old_folder)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))]
)
def test_after_any_sequence_of_edits_it_is_that_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Lines come, go and come back; each database is made from the one before, which stays."""
    monkeypatch.setattr(copies, "_SHARE", 1)
    draw = random.Random(seed)
    lines = {some_line(draw) for _ in range(60)}
    path, folder = write_sorted(tmp_path / "0.nq", lines), tmp_path / "0"
    write_database(StoredLines(path), folder)
    kept = [lines]
    for number in range(1, 8):
        if draw.random() < 0.3:
            changed = draw.choice(kept)
        else:
            changed = {line for line in lines if draw.random() > 0.1}
            changed |= {some_line(draw) for _ in range(draw.randrange(8))}
        new_path = write_sorted(tmp_path / f"{number}.nq", changed)
        new_folder = tmp_path / str(number)
        with_before = Graph.at(folder)
        before = set(with_before.quads())
        assert derive(new_path, new_folder, path, folder)
        assert set(Graph.at(new_folder).quads()) == set(Graph.load(new_path).quads())
        assert set(with_before.quads()) == set(Graph.at(folder).quads()) == before
        lines, path, folder = changed, new_path, new_folder
        kept.append(changed)


def test_a_small_edit_of_a_large_dataset_shares_its_tables(tmp_path: Path) -> None:
    """What was written once is linked, and the database is the same."""
    lines = {f'<urn:{n:05}> <urn:p> "{n}" .\n' for n in range(3000)}
    old, new = write_sorted(tmp_path / "a.nq", lines), tmp_path / "b.nq"
    write_sorted(new, lines - {min(lines)} | {'<urn:x> <urn:p> "new" .\n'})
    write_database(StoredLines(old), tmp_path / "a")
    assert derive(new, tmp_path / "b", old, tmp_path / "a")
    inodes = [{os.stat(p).st_ino for p in (tmp_path / name).glob("*.sst")} for name in "ab"]
    assert inodes[0] & inodes[1]
    assert set(Graph.at(tmp_path / "b").quads()) == set(Graph.load(new).quads())


@pytest.mark.parametrize("case", ["much", "unsorted", "twice", "no database", "damaged"])
def test_what_it_is_not_for_is_refused(tmp_path: Path, case: str) -> None:
    """Then the caller writes a new one."""
    lines = {f"<urn:{n:03}> <urn:p> <urn:o> .\n" for n in range(100)}
    old, new = write_sorted(tmp_path / "a.nq", lines), write_sorted(tmp_path / "b.nq", lines)
    write_database(StoredLines(old), tmp_path / "a")
    if case == "much":
        write_sorted(new, {line for line in lines if "0>" not in line})
    elif case == "unsorted":
        new.write_text("".join(sorted(lines, reverse=True)))
    elif case == "twice":
        new.write_text("".join(sorted([*lines, min(lines)])))
    elif case == "no database":
        (tmp_path / "a").rename(tmp_path / "c")
    else:
        for path in (tmp_path / "a").glob("MANIFEST*"):
            path.write_bytes(b"damaged")
    assert not derive(new, tmp_path / "b", old, tmp_path / "a")


def test_too_many_typed_values_to_look_for_are_refused(tmp_path: Path) -> None:
    """Each removed one may be held as one with another, which would have to be found."""
    value = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    lines = {f"<urn:{n:05}> <urn:p> {value} .\n" for n in range(300)}
    lines |= {f"<urn:x> <urn:p> <urn:{n:05}> .\n" for n in range(20_000)}
    old = write_sorted(tmp_path / "a.nq", lines)
    new = write_sorted(tmp_path / "b.nq", {line for line in lines if value not in line})
    write_database(StoredLines(old), tmp_path / "a")
    assert not derive(new, tmp_path / "b", old, tmp_path / "a")


@pytest.mark.parametrize("seed", range(3))
def test_a_database_of_more_lines_is_made_from_that_of_some(tmp_path: Path, seed: int) -> None:
    """It is that of its file, and the other one stays what it was."""
    draw = random.Random(seed)
    lines = {some_line(draw) for _ in range(60)}
    some = {line for line in lines if draw.random() < 0.6}
    part, whole = write_sorted(tmp_path / "1.nq", some), write_sorted(tmp_path / "2.nq", lines)
    write_database(StoredLines(part), tmp_path / "1")
    assert extend_database(
        StoredLines(whole),
        tmp_path / "2",
        old_lines=StoredLines(part),
        old_folder=tmp_path / "1",
    )
    for name in ("1", "2"):
        held = set(Graph.at(tmp_path / name).quads())
        assert held == set(Graph.load(tmp_path / f"{name}.nq").quads())


@pytest.mark.parametrize("case", ["one is missing", "the last is missing", "not sorted", "none"])
def test_a_database_of_other_lines_is_not_made_so(tmp_path: Path, case: str) -> None:
    """Nothing that was in the one before and is not in the file is left in it."""
    lines = [f"<urn:{letter}> <urn:p> <urn:o> .\n" for letter in "abcd"]
    part, whole = tmp_path / "1.nq", tmp_path / "2.nq"
    part.write_text("".join(lines[1:3] if case != "the last is missing" else lines[1:]))
    write_database(StoredLines(part), tmp_path / "1")
    held = {
        "one is missing": [lines[0], lines[2]],
        "the last is missing": lines[:3],
        "not sorted": lines[::-1],
        "none": [],
    }
    whole.write_text("".join(held[case]))
    assert not extend_database(
        StoredLines(whole),
        tmp_path / "2",
        old_lines=StoredLines(part),
        old_folder=tmp_path / "1",
    )
