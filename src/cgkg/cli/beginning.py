"""The command that begins a project of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cgkg.cli.common import reported


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--base", help="What the IRIs begin with [default: https://example.org/DIR/].")
@click.option("--name", help="What the project is called [default: the folder's name].")
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the document and the README.",
)
@reported
def init(folder: Path, base: str | None, name: str | None, lang: Any) -> None:
    """Make a project of your own in DIR: small, whole, and yours to change.

    It holds one short document, what it says, an ontology that extends cgkg's, shapes, a question
    with its answer and a query. DIR must be empty or not exist.
    """
    from cgkg.authoring.starter import create

    create(folder, base=base, name=name, language=lang)
    click.echo(f"made {folder}; next: cd {folder} && cgkg serve", err=True)
