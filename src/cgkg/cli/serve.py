"""The command that serves a graph."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from cgkg.cli.common import (
    Command,
    language_option,
    lenient_option,
    print_left_out,
    print_not_read,
    print_summary,
    project_option,
    report_errors,
    say,
    source_option,
    store_option,
)
from cgkg.cli.project import build_graph, choose_project
from cgkg.settings import SETTINGS
from cgkg.settings import read as read_settings


def settings_options(command: Command) -> Command:
    """An option for every setting; its text is checked with all others, not by click."""
    for setting in reversed(SETTINGS):
        command = click.option(
            setting.flag,
            setting.name,
            metavar=setting.kind.word,
            help=f"{setting.help}  [default: {setting.shown_default}]",
        )(command)
    return command


@click.command()
@project_option
@store_option
@source_option
@language_option
@click.option(
    "--build/--no-build",
    default=True,
    help="Build first if a file changed [default], or serve what was built last.",
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="Build again whenever a file of the project is saved, and serve the result at once; one"
    " line says what changed. While the files have mistakes, every page shows them at its foot.",
)
@lenient_option
@settings_options
@report_errors
def serve(
    project: Path | None,
    store: Path | None,
    source: Path | None,
    lang: str,
    build: bool,
    rebuild: bool,
    lenient: bool,
    **given: str | None,
) -> None:
    """Build the graph if it changed, then serve pages and the SPARQL endpoint.

    Every setting can also stand in the project's cgkg.toml, in the table [serve], or in a variable
    such as CGKG_PORT.
    """
    if rebuild and not build:
        raise click.UsageError("--rebuild does not go with --no-build")
    from cgkg.serving.address import ListenAddress
    from cgkg.store.generations import GenerationStore
    from cgkg.workers.supervisor import KeeperProcess

    chosen = choose_project(project, "serve")
    settings = read_settings(chosen.folder, os.environ, given)
    chosen = chosen.with_union_default_graph(settings.union_default_graph)
    address = ListenAddress.claim(settings.host, settings.port)
    folder = store or chosen.store
    with contextlib.closing(KeeperProcess.spawn()) as keeper:  # it loads meanwhile
        if build:
            print_not_read(chosen)
            built, report = build_graph(chosen, folder, source, lenient=lenient, say=say)
            print_left_out(**built.left_out)
            if report is not None:
                print_summary(report)
        else:
            GenerationStore(folder).current()
        orders = b""
        if rebuild:
            from cgkg.authoring.orders import Orders

            orders = Orders(
                str(chosen.folder),
                str(folder),
                str(source) if source else "",
                language=lang,
                lenient=lenient,
                union=chosen.union_default_graph,
                keep=settings.keep_generations,
            ).line()
        from cgkg.serving.server import ServedProject
        from cgkg.serving.server import serve as run

        served = ServedProject(chosen, GenerationStore(folder), source, orders)
        run(served, settings, address, _announce, keeper)


def _announce(url: str) -> None:
    click.echo(f"{'serving':>21}  {url}  (SPARQL at {url}sparql; Ctrl-C stops)", err=True)
    click.echo(url)
