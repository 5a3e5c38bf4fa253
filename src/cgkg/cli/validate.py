"""The command that checks: a project, or any files of data by files of shapes."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

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

if TYPE_CHECKING:
    from cgkg.validation.files import FilesReport

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@project_option
@source_option
@click.option(
    "--data", type=_FILE, multiple=True, help="Instead of a project: RDF of any syntax. Repeatable."
)
@click.option(
    "--endpoint",
    metavar="URL",
    help="Instead of files: what a SPARQL endpoint has, of which no more is fetched than the shapes"
    " need.",
)
@click.option(
    "--shapes",
    type=_FILE,
    multiple=True,
    help="The SHACL shapes for --data or --endpoint. Repeatable.",
)
@click.option(
    "--ontology",
    type=_FILE,
    multiple=True,
    help="With these: where subclasses are stated, beside the data. Repeatable.",
)
@click.option(
    "--catalog",
    type=_FILE,
    help="With these: an OASIS XML catalog that says which file holds which import, asked before"
    " the catalog-v001.xml beside each file.",
)
@click.option(
    "--fetch",
    type=click.Choice(["candidates", "properties"]),
    default="candidates",
    show_default=True,
    help="With --endpoint: candidates has the engine pick what may break a shape, where it can be"
    " relied on for that; properties fetches all statements with the properties of the shapes.",
)
@validator_option
@language_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ttl", "sarif"]),
    default="text",
    show_default=True,
    help="sarif is for code hosts and editors; ttl, with --data or --endpoint, the report as RDF.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@report_errors
def validate(
    project: Path | None,
    source: Path | None,
    data: tuple[Path, ...],
    endpoint: str | None,
    shapes: tuple[Path, ...],
    ontology: tuple[Path, ...],
    catalog: Path | None,
    fetch: str,
    validator: Any,
    lang: str,
    form: str,
    as_json: bool,
) -> None:
    """Check the project and list every finding; store nothing. Exits 1 on a violation.

    With --data or --endpoint, and --shapes, it checks other data by SHACL, without a project: 0 if
    that conforms, 1 if it does not or the shapes use a word that SHACL does not have, 2 if a file,
    the endpoint or the shapes cannot be used. Imports of the shapes are found by catalogs and never
    fetched.
    """
    form = "json" if as_json else form
    if not (data or endpoint):
        if shapes or ontology or catalog or form == "ttl":
            raise click.UsageError(
                "--shapes, --ontology, --catalog and ttl go with --data or --endpoint"
            )
        _validate_project(project, source, validator, lang, form)
    if not shapes:
        raise click.UsageError("--data and --endpoint need --shapes FILE")
    if project or source or (data and endpoint):
        raise click.UsageError("give either a project, or --data, or --endpoint")
    try:
        outcome = _validated(data or endpoint, shapes, ontology, catalog, validator, fetch)
        _print_found(outcome, lang, form)
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


def _validated(
    data: tuple[Path, ...] | str | None,
    shapes: tuple[Path, ...],
    ontology: tuple[Path, ...],
    catalog: Path | None,
    validator: Any,
    fetch: str,
) -> FilesReport:
    """The report on files, or on what an endpoint has."""
    from cgkg.validation.files import validate_elsewhere, validate_files

    if isinstance(data, str):
        from cgkg.remote.client import Client
        from cgkg.remote.engine import Engine
        from cgkg.remote.fetching import EndpointData

        with closing(Client()) as client:
            return validate_elsewhere(
                EndpointData(Engine(client, data)),
                shapes,
                ontology,
                catalog=catalog,
                engine=validator,
                candidates=fetch == "candidates",
                say=say,
            )
    return validate_files(data or (), shapes, ontology, catalog=catalog, engine=validator, say=say)


def _print_found(report_of_files: FilesReport, lang: str, form: str) -> None:
    from cgkg.formats import Format
    from cgkg.languages import known
    from cgkg.messages import retell
    from cgkg.rdf.io import serialize
    from cgkg.validation.sarif import as_sarif

    for imports in report_of_files.imports:
        print_imports(imports)
    for note in report_of_files.report.notes:
        click.echo(f"note: {retell(note, lang)}", err=True)
    report = report_of_files.findings
    if form == "json":
        notes = [
            {tag: retell(note, tag) for tag in known()} for note in report_of_files.report.notes
        ]
        conforms = report_of_files.report.conforms
        _print_json({**report.as_dict(), "conforms": conforms, "notes": notes})
    elif form == "sarif":
        _print_json(as_sarif(report, lang))
    elif form == "ttl":
        turtle = serialize(
            report_of_files.as_triples(), Format.TURTLE, prefixes=report_of_files.prefixes
        )
        click.echo(turtle, nl=False)
        for finding in report.findings:
            if finding.code == "unknown-term":
                click.echo(finding.line_text(lang), err=True)
    else:
        click.echo(report.text(lang))
    sys.exit(0 if report_of_files.sound else 1)


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))
