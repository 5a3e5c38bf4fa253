"""The command that serves a graph."""

from __future__ import annotations

import os
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
    from cgkg.config import read
    from cgkg.serving import Address, Served
    from cgkg.serving import serve as run
    from cgkg.store import GenerationStore

    found = Project.find(project)
    flags = {"host": host, "port": port, "workers": workers, "timeout": timeout}
    settings = read(found.folder, os.environ, flags)
    address = Address.claim(settings.host, settings.port)
    folder = store or found.store
    _built(found, folder, source)
    run(Served(found, GenerationStore(folder), source), settings, address, _announce)


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
