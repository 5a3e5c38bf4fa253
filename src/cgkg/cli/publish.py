"""Commands that write a built graph for others, and prove what was written."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cgkg.cli.common import (
    OutputPath,
    ProjectFolder,
    project_option,
    report_errors,
    source_option,
    store_option,
)
from cgkg.cli.project import choose_graph
from cgkg.cli.sheet import export_sheet
from cgkg.errors import ConfigError
from cgkg.project.folder import Project


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
