"""Files that are kept: read again when they changed, and only then."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cgkg.errors import SourceError
from cgkg.project.kept import KeptFiles


def counting(path: Path) -> tuple[Callable[[], str], list[str]]:
    """Reads a file, and remembers what it read."""
    read: list[str] = []

    def of() -> str:
        read.append(path.read_text())
        return read[-1]

    return of, read


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    """What was made of it is the same object; another kind is made for itself."""
    path, kept = tmp_path / "a", KeptFiles()
    path.write_text("one")
    of, read = counting(path)
    first = kept.make(path, "kind", of)
    for _ in range(2):
        kept.begin()
        assert kept.make(path, "kind", of) is first
    assert read == ["one"]
    assert kept.make(path, "another", of) == "one"
    path.write_text("two")
    assert kept.make(path, "kind", of) == "one"  # as it was when it was looked at
    kept.begin()
    assert kept.make(path, "kind", of) == "two"
    assert read == ["one", "one", "two"]


def test_a_change_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    """Also where a program puts the time back: the file system notes when it did."""
    path, kept = tmp_path / "a", KeptFiles()
    path.write_text("one")
    os.utime(path, (1, 1))
    before = kept.digest(path)
    assert before == hashlib.sha256(b"one").hexdigest()
    path.write_text("two")
    os.utime(path, (1, 1))
    kept.begin()
    assert kept.digest(path) == hashlib.sha256(b"two").hexdigest()


def test_a_file_that_is_gone_is_the_reader_s_to_tell(tmp_path: Path) -> None:
    """Its digest is an error; what is made of it may be a default."""
    path, kept = tmp_path / "a", KeptFiles()
    with pytest.raises(SourceError, match="No such file"):
        kept.digest(path)
    assert kept.make(path, "kind", lambda: "none") == "none"
    path.write_text("one")
    kept.begin()
    assert kept.make(path, "kind", path.read_text) == "one"


def test_what_nobody_asked_for_is_forgotten(tmp_path: Path) -> None:
    """After `settle`; an error before it forgets nothing."""
    one, two, kept = tmp_path / "1", tmp_path / "2", KeptFiles()
    one.write_text("one")
    two.write_text("two")
    (of_one, read_one), (of_two, read_two) = counting(one), counting(two)
    kept.make(one, "kind", of_one)
    kept.make(two, "kind", of_two)
    kept.begin()
    kept.make(one, "kind", of_one)
    kept.begin()  # what came between was no whole reading
    kept.make(one, "kind", of_one)
    kept.make(two, "kind", of_two)
    assert len(read_two) == 1
    kept.begin()
    kept.make(one, "kind", of_one)
    kept.settle()
    kept.begin()
    kept.make(two, "kind", of_two)
    assert (len(read_one), len(read_two)) == (1, 2)


def test_equal_values_stay_the_same_object(tmp_path: Path) -> None:
    """So that whoever compares need not look into them."""
    kept = KeptFiles()
    first = kept.same("name", (1, 2))
    assert kept.same("name", (1, 2)) is first
    assert kept.same("name", (3,)) == (3,)
    path = tmp_path / "a"
    path.write_text("made")
    of, made = counting(path)
    first_made = kept.derive("of", [1], of)
    assert kept.derive("of", [1], of) is first_made
    assert kept.derive("of", [2], of) == "made"
    assert len(made) == 2
