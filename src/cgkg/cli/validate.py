"""The command that checks: a project, or any files of data by files of shapes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from cgkg.cli.common import (
    fail,
    language_option,
    print_imports,
    project_option,
    report_errors,
    say,
    source_option,
    validator_option,
)
from cgkg.cli.project import choose_project
from cgkg.errors import CgkgError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@project_option
@source_option
@click.option(
    "--data", type=_FILE, multiple=True, help="Instead of a project: RDF of any syntax. Repeatable."
)
@click.option(
    "--shapes", type=_FILE, multiple=True, help="The SHACL shapes for --data. Repeatable."
)
@click.option(
    "--ontology",
    type=_FILE,
    multiple=True,
    help="With --data: where subclasses are stated, beside the data. Repeatable.",
)
@click.option(
    "--catalog",
    type=_FILE,
    help="With --data: an OASIS XML catalog that says which file holds which import, asked before"
    " the catalog-v001.xml beside each file.",
)
@validator_option
@language_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ttl", "sarif"]),
    default="text",
    show_default=True,
    help="sarif is for code hosts and editors; ttl, with --data, the report as RDF.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@report_errors
def validate(
    project: Path | None,
    source: Path | None,
    data: tuple[Path, ...],
    shapes: tuple[Path, ...],
    ontology: tuple[Path, ...],
    catalog: Path | None,
    validator: Any,
    lang: str,
    form: str,
    as_json: bool,
) -> None:
    """Check the project and list every finding; store nothing. Exits 1 on a violation.

    With --data and --shapes it checks files by SHACL instead, without a project: 0 if the data
    conforms, 1 if it does not or the shapes use a word that SHACL does not have, 2 if a file or
    the shapes cannot be used. Imports of the shapes are found by catalogs and never fetched.
    """
    form = "json" if as_json else form
    if not data:
        if shapes or ontology or catalog or form == "ttl":
            raise click.UsageError("--shapes, --ontology, --catalog and ttl go with --data")
        _validate_project(project, source, validator, lang, form)
    if not shapes:
        raise click.UsageError("--data needs --shapes FILE")
    if project or source:
        raise click.UsageError("give either a project or --data")
    try:
        _validate_files(data, shapes, ontology, catalog, validator, lang, form)
    except CgkgError as error:
        fail(error, code=2)


def _validate_project(
    project: Path | None, source: Path | None, validator: Any, lang: str, form: str
) -> NoReturn:
    from cgkg.pipeline import check
    from cgkg.project.texts import open_texts
    from cgkg.validation.sarif import as_sarif

    chosen = choose_project(project, "validate")
    text = open_texts(chosen, source)
    report = check(chosen, text=text, validator=validator, say=say).report
    if form == "json":
        _print_json([finding.as_dict() for finding in report.findings])
    elif form == "sarif":
        _print_json(as_sarif(report, lang))
    else:
        click.echo(report.text(lang))
    sys.exit(0 if report.conforms else 1)


def _validate_files(
    data: tuple[Path, ...],
    shapes: tuple[Path, ...],
    ontology: tuple[Path, ...],
    catalog: Path | None,
    validator: Any,
    lang: str,
    form: str,
) -> None:
    from cgkg.formats import Format
    from cgkg.rdf.io import serialize
    from cgkg.validation.files import validate_files
    from cgkg.validation.sarif import as_sarif

    found = validate_files(data, shapes, ontology, catalog=catalog, engine=validator, say=say)
    for imports in found.imports:
        print_imports(imports)
    for note in found.report.notes:
        click.echo(f"note: {note}", err=True)
    report = found.findings
    if form == "json":
        _print_json({**report.as_dict(), "conforms": found.report.conforms})
    elif form == "sarif":
        _print_json(as_sarif(report, lang))
    elif form == "ttl":
        turtle = serialize(found.as_triples(), Format.TURTLE, prefixes=found.prefixes)
        click.echo(turtle, nl=False)
        for finding in report.findings:
            if finding.code == "unknown-term":
                click.echo(finding.line_text(lang), err=True)
    else:
        click.echo(report.text(lang))
    sys.exit(0 if found.sound else 1)


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))
