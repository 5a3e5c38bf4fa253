"""Statements from a sheet, and back into one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cgkg.cli.common import OutputPath, project_option, report_errors, source_option
from cgkg.cli.project import choose_project
from cgkg.errors import without_ontology


@click.command("import")
@click.argument("sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@project_option
@source_option
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff; write nothing.")
@click.option("--all-or-nothing", is_flag=True, help="Write nothing unless every row is ok.")
@click.option(
    "--replace",
    "replace_all",
    is_flag=True,
    help="The sheet is all that is said of its documents: statements in no row are removed, modes"
    " and gists are those of the sheet. Writes nothing unless every row is ok.",
)
@click.option(
    "--review",
    type=OutputPath(dir_okay=False),
    help="The review file [default: beside SHEET, if a row is not ok].",
)
@click.option("--encoding", help="Of a CSV that is neither UTF-8 nor UTF-16, such as cp1252.")
@report_errors
def import_sheet(
    sheet: Path,
    project: Path | None,
    source: Path | None,
    dry_run: bool,
    all_or_nothing: bool,
    replace_all: bool,
    review: Path | None,
    encoding: str | None,
) -> None:
    """Write the statements of SHEET, CSV or XLSX with one a row, into the project.

    Columns are quote, subject, property, value, mode, gist (or gist_en …), document, and section,
    prefix, suffix or start where a quote stands twice; subject_class, label_en … register what is
    new. Rows that are ok are written, if the project with them passes the checks of a build; the
    others are listed, and written into a review file with what is wrong, to be corrected and
    imported in its turn. A row that is there already changes nothing. Exits 1 if a row is not ok.
    """
    from cgkg.intake.importing import plan_import, write_changes
    from cgkg.intake.reviewing import outcome_lines, review_path, write_review
    from cgkg.intake.sheets import read_sheet
    from cgkg.project.texts import open_texts
    from cgkg.rdf.notation import abbreviate_text

    chosen = choose_project(project, "import")
    if chosen.bare:
        raise without_ontology(chosen.folder)
    read = read_sheet(sheet, encoding=encoding)
    for name in read.unknown:
        click.echo(f"{sheet}: the column {name} says nothing to cgkg, and is not read", err=True)
    texts, language = open_texts(chosen, source), chosen.languages[0]
    result = plan_import(
        chosen, read.rows, texts, replace_all=replace_all, all_or_nothing=all_or_nothing
    )
    for line in outcome_lines(sheet, result.outcomes, language):
        click.echo(abbreviate_text(line, chosen.prefixes))
    for line in result.removed:
        click.echo(f"{'remove' if dry_run else 'removed':>21}  {line}", err=True)
    if dry_run:
        for change in result.changes:
            click.echo(change.diff(), nl=False)
    else:
        for path in write_changes(result.changes):
            click.echo(f"wrote {path}", err=True)
    target = review or (None if dry_run else review_path(sheet))
    if target is not None and (review or not result.complete):
        write_review(target, read, result.outcomes, language)
        click.echo(f"wrote {target}: correct it there and import that", err=True)
    if result.held_back:
        said = abbreviate_text(result.held_back, chosen.prefixes)
        click.echo(f"{'held back':>21}  {said}", err=True)
    counted = ", ".join(f"{n} {what}" for what, n in result.counts().items() if n)
    click.echo(f"{'rows':>21}  {counted or 'none'}", err=True)
    sys.exit(0 if result.complete else 1)


def export_sheet(
    project: Path | None, path: Path, source: Path | None, *, with_words: bool
) -> None:
    """Write the statements of the project into a sheet."""
    from cgkg.intake.exporting import sheet_of
    from cgkg.intake.sheets import write_sheet
    from cgkg.project.texts import open_texts

    chosen = choose_project(project, "export")
    if chosen.bare:
        raise without_ontology(chosen.folder)
    texts = open_texts(chosen, source)
    sheet = sheet_of(chosen, texts, with_words=with_words)
    write_sheet(path, sheet.header, sheet.rows)
    for why, count in sheet.left_out.items():
        click.echo(f"{'not in the sheet':>21}  {count:,} statements {why}", err=True)
    words = "with words of the document" if sheet.quoted else "without words of a document"
    click.echo(f"{path}: {len(sheet.rows):,} statements, {words}", err=True)
