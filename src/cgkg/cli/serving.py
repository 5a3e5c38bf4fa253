"""The command that serves a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgkg.cli.common import (
    language_option,
    print_summary,
    project_option,
    reported,
    say,
    source_option,
    store_option,
)
from cgkg.project import Project

if TYPE_CHECKING:
    from cgkg.store import Generation


@click.command()
@project_option
@store_option
@source_option
@language_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True)
@reported
def serve(
    project: Path | None,
    store: Path | None,
    source: Path | None,
    lang: str,
    host: str,
    port: int,
    workers: int,
    timeout: float,
) -> None:
    """Build the graph if it changed, then serve pages and the SPARQL endpoint."""
    from cgkg.serving import Address, serve_generation

    found = Project.find(project)
    address = Address.claim(host, port)
    generation = _built(found, store or found.store, source)
    serve_generation(
        generation,
        found,
        address,
        source=source,
        workers=workers,
        timeout=timeout,
        ready=_announce,
    )


def _built(project: Project, folder: Path, source: Path | None) -> Generation:
    if project.bare and source is None:
        from cgkg import bare  # a start without the pipeline takes a third of the time

        return bare.build(project, folder, say=say)
    from cgkg.build import build

    generation, report = build(project, folder, source=source, say=say)
    print_summary(report)
    return generation


def _announce(url: str) -> None:
    click.echo(f"{'serving':>21}  {url}  (SPARQL at {url}sparql; Ctrl-C stops)", err=True)
    click.echo(url)
