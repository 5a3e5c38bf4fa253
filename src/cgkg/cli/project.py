"""Which project a command works on, and which graph it asks."""

from __future__ import annotations

import shlex
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgkg.cli.common import print_not_read
from cgkg.errors import ConfigError, StoreNotFoundError
from cgkg.languages import SOURCE, pick
from cgkg.progress import Say, silent
from cgkg.project.folder import Project
from cgkg.project.location import carried, nearest

if TYPE_CHECKING:
    from cgkg.pipeline import Engine
    from cgkg.reasoning.cluster import Cluster
    from cgkg.store.generations import Generation
    from cgkg.validation.engines import Validator
    from cgkg.validation.report import Report


class Use(Enum):
    """What a command does in a folder that belongs to no project, if none is named."""

    ANY = "it asks or shows a graph: the project that comes with cgkg will do, and it says so"
    MEANT = "it judges or changes files: it stops, for success would be that of other files"
    NONE = "it works on what its arguments name"


# Every command, and options with a use of their own.
USES = {
    "build": Use.MEANT,
    "validate": Use.MEANT,
    "check": Use.MEANT,
    "query": Use.ANY,
    "serve": Use.ANY,
    "info": Use.ANY,
    "explain": Use.ANY,
    "explain --inconsistencies": Use.MEANT,
    "reason": Use.NONE,
    "coverage": Use.MEANT,
    "diff": Use.NONE,
    "diff REV:": Use.MEANT,
    "fmt": Use.MEANT,
    "span": Use.MEANT,
    "export": Use.ANY,
    "init": Use.NONE,
    "document": Use.MEANT,
    "import": Use.MEANT,
    "candidates": Use.MEANT,
    "verify": Use.NONE,
    "push": Use.ANY,
}


def choose_project(named: Path | None, command: str) -> Project:
    """The project that a command works on; standard error says which, unless one sees it.

    Args:
        named: its folder, as given by --project.
        command: a key of `USES`.

    Raises:
        ConfigError: none is named or found and the command needs the one that is meant, or the
            folder is no project.
    """
    if named is not None:
        return Project.at(named)
    folder = nearest()
    if folder is None and USES[command] is not Use.ANY:
        raise ConfigError(
            f"cgkg {command} needs a project, and {Path.cwd()} belongs to none: neither it nor a"
            " folder above it has a cgkg.toml",
            hint="go to the project's folder, or name it: --project DIR; --project carried is the"
            " one that comes with cgkg",
        )
    project = Project.at(carried() if folder is None else folder)
    if folder is None:
        name = pick(project.name, SOURCE)
        _note("project", f"{name}, the one that comes with cgkg, {project.folder}".lstrip(", "))
    elif folder != Path():
        _note("project", str(folder))
    return project


def choose_graph(
    named: Path | None, store: Path | None, command: str
) -> tuple[Generation, Project | None]:
    """The graph to ask: the store's if only that is named, else the project's; and the project.

    The project's is built first if there is none yet. If files changed since, standard error says
    so, and the graph is asked as it is: an edit need not be whole while one asks.

    Raises:
        StoreNotFoundError: the store that is named holds no graph; a slip makes no new one.
        BuildRejectedError, ConfigError, SourceError, StoreError: there is none and none can be
            built.
    """
    if store is not None and named is None:
        return _current(store, _build_command(None, store, None)), None
    project = choose_project(named, command)
    again = _build_command(named, store, project)
    if store is not None:
        held = _current(store, again)
    else:
        try:
            held = _current(project.store, again)
        except StoreNotFoundError:
            _note("no graph yet", f"building it in {project.store}")
            print_not_read(project)
            return build_graph(project, project.store)[0], project
    if not project.makes(held.id):
        _note("older graph", f"the project or cgkg changed since it was built; run {again}")
    return held, project


def _current(store: Path, again: str) -> Generation:
    from cgkg.store.generations import GenerationStore

    try:
        return GenerationStore(store).current()
    except StoreNotFoundError as error:
        raise StoreNotFoundError(error.message, hint=f"run {again}") from None


def build_graph(
    project: Project,
    folder: Path,
    source: Path | None = None,
    *,
    lenient: bool = False,
    engine: Engine = "cgkg",
    cluster: Cluster | None = None,
    validator: Validator = "cgkg",
    say: Say = silent,
) -> tuple[Generation, Report | None]:
    """The project's graph as `cgkg.pipeline` makes it, unless the store has it; and the report.

    A bare folder has none. The pipeline is loaded only to build a project: that takes a third of
    the time of everything else.

    Raises:
        ConfigError: wrong statements shall be left out, and the folder is no bare one.
    """
    from cgkg.project.texts import open_text
    from cgkg.store.generations import GenerationStore
    from cgkg.validation.report import Report

    if project.bare and source is None:
        from cgkg import bare

        return bare.build(project, folder, lenient=lenient, say=say), None
    if lenient:
        raise ConfigError(
            "--lenient is for folders of RDF: a project is checked, and nothing of it left out",
            hint="correct what is wrong; cgkg check lists it",
        )
    if open_text(project, source) is None:
        held = GenerationStore(folder).held(project.fingerprint(engine))
        if held:
            say("unchanged", {"quads": held.quads}, 0.0)
            return held, Report()
    from cgkg.pipeline import build

    return build(
        project,
        folder,
        source=source,
        engine=engine,
        cluster=cluster,
        validator=validator,
        say=say,
    )


def _build_command(named: Path | None, store: Path | None, project: Project | None) -> str:
    """The command line that builds this project into this store."""
    words = ["cgkg", "build"]
    if project is not None and project.folder == carried():
        words += ["--project", "carried"]
    elif named is not None:
        words += ["--project", str(named)]
    if store is not None:
        words += ["--store", str(store)]
    return shlex.join(words)


def _note(what: str, text: str) -> None:
    click.echo(f"{what:>21}  {text}", err=True)
