"""The folder of a run: what is finished in it, for what inputs, and by whom it is used."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cgkg.errors import ConfigError

Share: TypeAlias = tuple[str, str, str]
"""Whether properties ("p") or classes ("k"), a name, and another one that is the same."""

_STATE, _LOCK = "state.json", "lock"
_FORMAT = 1


@dataclass
class State:
    """How far a run has come; every name is of a folder within the work folder.

    Attributes:
        inputs: what tells these inputs, and the version of cgkg, from others.
        seed: by which terms are numbered; None before they are.
        triples: how many are asserted.
        total: how many facts were found so far.
        round: the last whole round, -1 before the first.
        facts: the tables of all facts, by representatives.
        new: the table of those of the last round.
        same: the table of who represents whom, once there is one.
        relations, kinds: the names of the last round's facts.
        known: the names of all facts.
        shares: pairs of names, of relations ("p") or kinds ("k"), that have each other's facts.
        unshared: those of them that were not yet applied to all facts.
        compiled: whether the axioms were found, and what follows of them here:
        axiomatic, declared, cells: predicates, classes and list cells of triples that are no facts.
        reserved: the words of the language that occur.
        typing: whether rdf:type is stated to be the same as something.
        judged: whether the literals were looked at.
        alike: the literals of one value with a constant of a rule, as texts.
        done: the last round brought nothing new.
    """

    inputs: str
    seed: int | None = None
    triples: int = 0
    total: int = 0
    round: int = -1
    facts: list[str] = field(default_factory=list)
    new: str = ""
    same: str = ""
    relations: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    known: dict[str, list[int]] = field(default_factory=lambda: {"p": [], "k": []})
    shares: list[Share] = field(default_factory=list)
    unshared: list[Share] = field(default_factory=list)
    compiled: bool = False
    axiomatic: list[int] = field(default_factory=list)
    declared: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    reserved: list[int] = field(default_factory=list)
    typing: bool = False
    judged: bool = False
    alike: list[str] = field(default_factory=list)
    done: bool = False


class Work:
    """The folder of a run, held by one process.

    Attributes:
        state: how far the run has come.
    """

    def __init__(self, folder: Path, state: State) -> None:
        self.folder, self.state = folder, state

    def path(self, name: str) -> str:
        """Where a table of this name is."""
        return str(self.folder / name)

    def clear(self, name: str) -> None:
        """Take out what a run that did not end may have left under this name."""
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def save(self) -> None:
        """Let what the state says be so, also after a loss of power."""
        part = self.folder / f".{_STATE}"
        with part.open("w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, **asdict(self.state)}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self.folder / _STATE)


@contextmanager
def opened(folder: Path, inputs: str, *, renew: bool = False) -> Iterator[Work]:
    """The work folder, made if it is not there, for one process at a time.

    Args:
        inputs: what tells the inputs from others.
        renew: begin anew if a run over other inputs is there.

    Raises:
        ConfigError: another process works there; it belongs to other inputs, or to something else;
            nothing can be written there.
    """
    with refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"another process works in {folder}", hint="wait for it, or give another --work"
            ) from None
        work = Work(folder, _read(folder, inputs, renew))
        if not (folder / _STATE).exists():
            with refusals(folder):
                work.save()  # from now on what is there belongs to this run
        yield work


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """What the system refuses in a folder, such as room, comes out as a ConfigError."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}", hint="give another --work") from None


def _read(folder: Path, inputs: str, renew: bool) -> State:
    if not (folder / _STATE).exists():
        strange = [one.name for one in folder.iterdir() if one.name not in (_LOCK, f".{_STATE}")]
        if strange:
            raise ConfigError(
                f"{folder} holds something else: {min(strange)}", hint="give another --work"
            )
        return State(inputs)
    if renew:
        with suppress(ConfigError):
            if (state := read_state(folder)).inputs == inputs:
                return state
        (folder / _STATE).unlink()  # first, so that what is left belongs to no run
        for one in folder.iterdir():
            if one.is_dir():
                shutil.rmtree(one)
        return State(inputs)
    state = read_state(folder)
    if state.inputs != inputs:
        raise ConfigError(
            f"{folder} is of a run over other files, or by another version",
            hint="remove it, or give another --work",
        )
    return state


def read_state(folder: Path) -> State:
    """How far the run in a work folder has come.

    Raises:
        ConfigError: there is none that this version knows.
    """
    try:
        said: dict[str, Any] = json.loads((folder / _STATE).read_text("utf-8"))
        if said.pop("format") != _FORMAT:
            raise ValueError
        state = State(**said)
    except FileNotFoundError:
        raise ConfigError(f"no run of Spark is kept in {folder}", hint="give its --work") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"what is in {folder} is of another version, or broken", hint="remove it"
        ) from None
    state.shares = [(what, one, other) for what, one, other in state.shares]
    state.unshared = [(what, one, other) for what, one, other in state.unshared]
    return state


# -- the output ------------------------------------------------------------------------------------

_WHOLE = "_SUCCESS"


def check_output(folder: Path) -> None:
    """Do nothing if parts may be written there.

    Raises:
        ConfigError: there is something else.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(
            f"{folder} is a file", hint="parts are written into a folder: give another --out"
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _WHOLE).exists():
        raise ConfigError(f"{folder} holds something else", hint="give another --out")


def publish(parts: Path, output: Path) -> None:
    """Put finished parts where the output is wanted, as `part-00000.nt` and so on.

    Args:
        parts: a folder as Spark writes it.
    """
    beside = output.with_name(f".{output.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for place, part in enumerate(sorted(parts.glob("part-*"))):
        shutil.move(part, beside / f"part-{place:05}.nt")
    (beside / _WHOLE).touch()
    if output.exists():
        old = output.with_name(f".{output.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(output, old)
        os.replace(beside, output)
        shutil.rmtree(old)
    else:
        os.replace(beside, output)
    shutil.rmtree(parts, ignore_errors=True)


def sizes(files: Sequence[Path]) -> int:
    """The bytes of all files; members of archives count nothing."""
    return sum(file.stat().st_size for file in files if file.is_file())
