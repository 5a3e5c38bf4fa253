"""Commands that write a built graph for others."""

from __future__ import annotations

from pathlib import Path

import click

from cgkg.cli.common import current, project_option, reported, store_option
from cgkg.errors import ConfigError
from cgkg.project import Project


@click.command()
@project_option
@store_option
@click.option(
    "--merged",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Write ontology, individuals and evidence into this one Turtle file, for Protégé.",
)
@reported
def export(project: Path | None, store: Path | None, merged: Path) -> None:
    """Write the built graph for other tools."""
    from cgkg.export import merged as content

    found = Project.find(project)
    body = content(current(store or found.store))
    try:
        merged.write_bytes(body)
    except OSError as error:
        raise ConfigError(f"cannot write {merged}: {error.strerror}") from None
    click.echo(f"{merged}: {len(body):,} bytes", err=True)
