"""Commands that write a built graph for others, prove what was written, or load it elsewhere."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgkg.cli.common import (
    OutputPath,
    ProjectFolder,
    project_option,
    report_errors,
    say,
    source_option,
    store_option,
)
from cgkg.cli.project import choose_graph
from cgkg.cli.sheet import export_sheet
from cgkg.errors import ConfigError
from cgkg.project.folder import Project

if TYPE_CHECKING:
    from cgkg.remote.push import Version

_CHANGES = 20  # terms in other forms that are told one by one


@click.command()
@project_option
@store_option
@click.option(
    "--out",
    type=OutputPath(),
    help="Folder of the release [default: build/release in the project folder, or in the working"
    " folder if that cannot be written; beside the store if only --store is given]. An older"
    " release there is replaced.",
)
@click.option(
    "--merged",
    type=OutputPath(dir_okay=False),
    help="Write ontology, individuals and evidence into this one Turtle file, for Protégé; without"
    " --out nothing else.",
)
@click.option(
    "--sheet",
    type=OutputPath(dir_okay=False),
    help="Write the project's statements into this .csv or .xlsx, one a row, to edit them there and"
    " bring them back with cgkg import; nothing else.",
)
@click.option("--no-words", is_flag=True, help="With --sheet: without words of the documents.")
@source_option
@report_errors
def export(
    project: Path | None,
    store: Path | None,
    out: Path | None,
    merged: Path | None,
    sheet: Path | None,
    no_words: bool,
    source: Path | None,
) -> None:
    """Write the built graph for others: a release folder with every format, tables, descriptions
    and digests. The same inputs give the same bytes.
    """
    if sheet is not None:
        if store or out or merged:
            raise click.UsageError("--sheet goes with --project, --source and --no-words only")
        export_sheet(project, sheet, source, with_words=not no_words)
        return
    if no_words or source:
        raise click.UsageError("--no-words and --source go with --sheet")
    from cgkg.export.release import export as write
    from cgkg.project.texts import open_texts

    generation, chosen = choose_graph(project, store, "export")
    if merged is not None:
        _write_merged(generation, merged)
    if merged is None or out is not None:
        beside = chosen.release if chosen else generation.folder.parents[2] / "release"
        release = write(generation, out or beside, open_texts(chosen) if chosen else None)
        for name, triples in release.listing["left_out"].items():
            click.echo(f"{name}: {len(triples)} triples left out, see release.json", err=True)
        size = sum(file.size for file in release.files)
        click.echo(f"{release.folder}: {len(release.files)} files, {size:,} bytes", err=True)
        click.echo(f"{release.digest}\t{release.folder}")


def _write_merged(generation: object, path: Path) -> None:
    from cgkg.export.merged import merge

    body = merge(generation)  # type: ignore[arg-type]  # what `graph` gives
    try:
        path.write_bytes(body)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    click.echo(f"{path}: {len(body):,} bytes", err=True)


@click.command()
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--project",
    type=ProjectFolder(),
    help="Make the release again from this project and compare byte for byte.",
)
@report_errors
def verify(release: Path, project: Path | None) -> None:
    """Prove a release: digests, every format, the dataset's digest, every count.

    Exits 0 if it is what it says; 1 with a line for every problem, its file and what to do.
    """
    from cgkg.export.verify import verify as problems_of

    problems = problems_of(release, Project.at(project) if project else None)
    for problem in problems:
        click.echo(problem.text)
    if not problems:
        click.echo(f"{release}: verified", err=True)
    sys.exit(1 if problems else 0)


@click.command()
@click.argument(
    "release", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@project_option
@store_option
@click.option("--to", "url", metavar="URL", help="The engine's endpoint for queries.")
@click.option("--update", default="", metavar="URL", help="Where it takes SPARQL Update.")
@click.option("--graph-store", default="", metavar="URL", help="Its SPARQL graph store.")
@click.option(
    "--by",
    "way",
    type=click.Choice(["quads", "graphs", "update"]),
    help="How: N-Quads for all graphs, the graph store one graph after the other, or SPARQL Update"
    " [default: the first that the engine takes].",
)
@click.option(
    "--default-graph",
    type=click.Choice(["own", "named"]),
    help="Where its default graph goes: into that of the engine, or into the named graph"
    " urn:cgkg:default, for engines that have no separate one [default: named for Virtuoso].",
)
@click.option(
    "--check",
    type=click.Choice(["terms", "counts"]),
    default="terms",
    show_default=True,
    help="terms reads everything back and says which terms are in another form; counts does not.",
)
@click.option(
    "--files",
    type=OutputPath(file_okay=False),
    help="Load nothing: write the file for the engine's bulk loader here, and say how.",
)
@report_errors
def push(
    release: Path | None,
    project: Path | None,
    store: Path | None,
    url: str | None,
    update: str,
    graph_store: str,
    way: Any,
    default_graph: str | None,
    check: str,
    files: Path | None,
) -> None:
    """Load the built graph, or a RELEASE folder, into an empty dataset of a SPARQL engine.

    `cgkg serve --endpoint URL` then serves it from there. A name and password for the engine are
    in the variable CGKG_REMOTE_LOGIN, as name:password.
    """
    from cgkg.remote import push as pushing
    from cgkg.remote.client import Client
    from cgkg.remote.engine import Doors, Engine
    from cgkg.remote.scope import DEFAULT_GRAPH, GraphScope

    if release is not None and (project or store):
        raise click.UsageError("give either a RELEASE or a project")
    if (url is None) == (files is None):
        raise click.UsageError("give --to URL, or --files FOLDER")
    version = _version(release, project, store)
    scopes = {"own": GraphScope(), "named": GraphScope(DEFAULT_GRAPH), None: None}
    if files is not None:
        path = pushing.write_files(version, scopes[default_graph] or GraphScope(), files)
        click.echo(pushing.tell_loaders(path))
        return
    assert url is not None
    doors = Doors(update, graph_store, quads=way == "quads") if update or graph_store else None
    with closing(Client()) as client:
        pushed = pushing.push(
            Engine(client, url),
            version,
            doors=doors,
            way=way,
            scope=scopes[default_graph],
            compare=check == "terms",
            say=say,
        )
    if pushed.way is None:
        click.echo("the version was there already; it was checked, and nothing loaded", err=True)
    for change in pushed.changes[:_CHANGES]:
        click.echo(f"{change.sent} is held as {change.held}, {change.count:,} times", err=True)
    if len(pushed.changes) > _CHANGES:
        click.echo(f"{len(pushed.changes):,} terms are held in another form", err=True)
    click.echo(f"{version.digest}\t{url}")


def _version(release: Path | None, project: Path | None, store: Path | None) -> Version:
    from cgkg.remote.push import Version
    from cgkg.store.generations import DATASET

    if release is not None:
        from cgkg.export.release import Release

        return Version(release / DATASET, Release(release).digest)
    generation, _ = choose_graph(project, store, "push")
    return Version(generation.dataset_file, generation.digest)
