"""Where words stand in the documents, and where cited ones do in a corrected edition."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgkg.cli.common import OutputPath, project_option, report_errors, source_option
from cgkg.cli.project import choose_project
from cgkg.errors import SourceError
from cgkg.project.folder import Project

if TYPE_CHECKING:
    from cgkg.authoring.quotations import FoundQuotation


@click.command()
@click.argument("words", required=False)
@project_option
@source_option
@click.option(
    "--relocate",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="OLD NEW",
    help="Say where every span of the project stands in a corrected edition of the document.",
)
@click.option(
    "--write",
    type=OutputPath(file_okay=False),
    metavar="DIR",
    help="With --relocate: write the data for the new edition into this folder.",
)
@click.option("--partial", is_flag=True, help="Write although some spans have no place.")
@click.option(
    "--json", "as_json", is_flag=True, help="As JSON: of quotations, an object a line for each."
)
@report_errors
def span(
    words: str | None,
    project: Path | None,
    source: Path | None,
    relocate: tuple[Path, Path] | None,
    write: Path | None,
    partial: bool,
    as_json: bool,
) -> None:
    """Where words stand in the source document, as block headers for a .trig file.

    With - for WORDS it reads many quotations from standard input, one a line: the words, or a JSON
    object with quote, and document, section, prefix, suffix or start where the words stand twice.
    On standard error it shows each place with the words around it, and where words are not found,
    those that are much like them; it exits 1 then.

    Needs the document: --source FILE, or a copy in the project's texts/ folder.

    With --relocate OLD NEW it says instead where the spans of the project stand in a corrected
    edition, and exits 1 if it cannot tell for some. The project itself is never changed.
    """
    if (words is None) == (relocate is None):
        raise click.UsageError("give either the words to look for or --relocate OLD NEW")
    if relocate is None and (write or partial):
        raise click.UsageError("--write and --partial go with --relocate")
    chosen = choose_project(project, "span")
    if relocate:
        _relocate(chosen, *relocate, write, partial, as_json)
    else:
        _cite(chosen, words or "", source, as_json)


def _cite(project: Project, words: str, source: Path | None, as_json: bool) -> None:
    from cgkg.authoring.quotations import AskedQuotation, find_quotations, read_quotations
    from cgkg.document.quotes import Quotation

    asked = [AskedQuotation(Quotation(words))]
    if words == "-":
        content = sys.stdin.buffer.read()
        try:
            asked = read_quotations(content.decode("utf-8"), "standard input")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"not UTF-8 at byte {error.start}", path="standard input", hint="save it as UTF-8"
            ) from None
    missing: list[FoundQuotation] = []
    first = True
    for each in find_quotations(project, asked, source):
        if as_json:
            click.echo(json.dumps(each.as_dict(), ensure_ascii=False))
        else:
            for place in each.result.places:
                nearly = f"nearly ({place.alike:.0%}) " if each.result.how == "near" else ""
                click.echo(f"{nearly}{place.told()}", err=True)
            for place in each.result.places if each.settled else ():
                click.echo(
                    ("" if first else "\n") + place.header(project.languages, project.prefixes)
                )
                first = False
        if not each.settled:
            missing.append(each)
            click.echo(f"not found: {each.asked.quotation.words}", err=True)
    if missing:
        near = any(each.result.places for each in missing)
        raise SourceError(
            "these words do not occur in it"
            if words != "-"
            else f"{len(missing)} of {len(asked)} quotations do not occur in it",
            path=source or "the document",
            hint="if words above are meant, copy those"
            if near
            else "copy them exactly; blanks, case and forms of quotation marks do not matter",
        )


def _relocate(
    project: Project, old: Path, new: Path, write: Path | None, partial: bool, as_json: bool
) -> None:
    from cgkg.authoring.relocation import relocate, rewrite
    from cgkg.project.sources import load

    relocation = relocate(load(project), old, new)
    if as_json:
        click.echo(json.dumps(relocation.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(relocation.lines()))
    if write:
        for path in rewrite(relocation, project, write, partial=partial):
            click.echo(f"wrote {path}", err=True)
        click.echo(
            "sentences may be numbered anew: check the tables in data/source that name them",
            err=True,
        )
    sys.exit(0 if relocation.complete else 1)
