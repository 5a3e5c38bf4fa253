"""Commands that begin: a project of one's own, and a document in it."""

from __future__ import annotations

from pathlib import Path

import click

from cgkg.cli.common import Language, OutputPath, project_option, report_errors
from cgkg.cli.project import choose_project
from cgkg.languages import SOURCE


def _offered() -> tuple[str, ...]:
    from cgkg.authoring.starter import languages

    return languages()


@click.command()
@click.argument("folder", type=OutputPath(file_okay=False), metavar="DIR")
@click.option("--base", help="What the IRIs begin with [default: https://example.org/DIR/].")
@click.option("--name", help="What the project is called [default: the folder's name].")
@click.option(
    "--lang",
    type=Language(_offered),
    default=SOURCE,
    show_default=True,
    help="Language of the document and the README.",
)
@report_errors
def init(folder: Path, base: str | None, name: str | None, lang: str) -> None:
    """Make a project of your own in DIR: small, whole, and yours to change.

    It holds one short document, what it says, an ontology that extends cgkg's, shapes, a question
    with its answer and a query. DIR must be empty or not exist.
    """
    from cgkg.authoring.starter import create

    create(folder, base=base, name=name, language=lang)
    click.echo(f"made {folder}; next: cd {folder} && cgkg serve", err=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@project_option
@click.option("--lang", default=SOURCE, show_default=True, help="Language of its words.")
@report_errors
def document(file: Path, project: Path | None, lang: str) -> None:
    """Add a source document: describe FILE and number its sentences, so that it can be cited.

    FILE is plain text in UTF-8. A copy goes into texts/; digest, sections and sentences go into
    data/source/.
    """
    from cgkg.authoring.documents import add_document
    from cgkg.errors import without_ontology

    chosen = choose_project(project, "document")
    if chosen.bare:
        raise without_ontology(chosen.folder)
    for path in add_document(chosen, file, language=lang):
        click.echo(f"wrote {path}", err=True)
