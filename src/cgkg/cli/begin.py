"""Commands that begin: a project of one's own, and a document in it."""

from __future__ import annotations

from pathlib import Path

import click

from cgkg.cli.common import OutputPath, project_option, report_errors
from cgkg.cli.project import choose_project


@click.command()
@click.argument("folder", type=OutputPath(file_okay=False), metavar="DIR")
@click.option("--base", help="What the IRIs begin with [default: https://example.org/DIR/].")
@click.option("--name", help="What the project is called [default: the folder's name].")
@click.option(
    "--lang",
    metavar="TAG,...",
    help="Languages of names, definitions and summaries, the first one first, such as de,en"
    " [default: those of the example, or that of the document].",
)
@click.option(
    "--document",
    "source",
    type=click.Path(exists=True, path_type=Path),
    help="Begin with this document, or those of a folder, instead of the example.",
)
@report_errors
def init(
    folder: Path, base: str | None, name: str | None, lang: str | None, source: Path | None
) -> None:
    """Make a project of your own in DIR: small, whole, and yours to change.

    It holds one short document, what it says, an ontology that extends cgkg's, shapes, a question
    with its answer and a query. With --document it holds your text, cut as cgkg document does, and
    files ready for what it says. DIR must be empty or not exist.
    """
    from cgkg.authoring.starter import create
    from cgkg.authoring.templates import untranslated

    tags = [each.strip() for each in lang.split(",")] if lang is not None else []

    def say(note: str) -> None:
        click.echo(note, err=True)

    project = create(folder, base=base, name=name, languages=tags, document=source, say=say)
    if source is None and (without := untranslated(project.languages)):
        say(
            f"the example has no words in {', '.join(without)}: English ones stand there, for you"
            " to translate"
        )
    then = "cgkg serve" if source is None else "cgkg coverage"
    say(f"made {folder}; next: cd {folder} && {then}")


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@project_option
@click.option(
    "--lang",
    help="Language of its words, as a tag [default: what the file says, its name (x.de.md), or its"
    " words].",
)
@click.option("--preview", is_flag=True, help="Show what would be made; write nothing.")
@click.option("--headings", is_flag=True, help="Confirm all headings that are only proposed.")
@click.option(
    "--wrap/--no-wrap",
    "wrapped",
    default=None,
    help="Whether lines of plain text are parts of paragraphs [default: seen by their lengths].",
)
@click.option("--encoding", help="Of a text that is not UTF-8, such as cp1252 or utf-16.")
@click.option("--remove", metavar="NAME", help="Take a document out that nothing cites.")
@report_errors
def document(
    file: Path | None,
    project: Path | None,
    lang: str | None,
    preview: bool,
    headings: bool,
    wrapped: bool | None,
    encoding: str | None,
    remove: str | None,
) -> None:
    """Add a source document: describe FILE and number its sentences, so that it can be cited.

    FILE is plain text, Markdown, HTML, .docx or PDF (cgkg[pdf]), or a folder of such. Its words go
    into texts/, one block a line; a clean text goes there as it is. Digest, sections, blocks and
    sentences go into data/source/. As long as nothing is cited, kinds and levels in the table of
    blocks are yours to change: run it again then.
    """
    from cgkg.authoring.documents import Options, plan, remove_document, write_documents
    from cgkg.errors import without_ontology

    if (file is None) == (remove is None):
        raise click.UsageError("give either a FILE or --remove NAME")
    chosen = choose_project(project, "document")
    if chosen.bare:
        raise without_ontology(chosen.folder)
    if remove is not None:
        for path in remove_document(chosen, remove):
            click.echo(f"removed {path}", err=True)
        return
    assert file is not None
    planned = plan(chosen, file, Options(lang, encoding, wrapped, headings))
    for each in planned:
        if preview:
            click.echo("\n".join(each.lines()))
        notes = list(each.told())
        for note in notes[len(each.notes) if preview else 0 :]:
            click.echo(note, err=True)
    for path in () if preview else write_documents(chosen, planned):
        click.echo(f"wrote {path}", err=True)
