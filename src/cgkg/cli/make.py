"""Commands that make a graph: of a project, or the closure of any files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from cgkg.cli.common import (
    OutputPath,
    language_option,
    lenient_option,
    print_imports,
    print_left_out,
    print_not_read,
    print_warnings,
    project_option,
    report_errors,
    say,
    source_option,
    spark_options,
    store_option,
    validator_option,
)
from cgkg.cli.project import build_graph, choose_project
from cgkg.errors import SourceError
from cgkg.project.catalog import contexts_beside


@click.command()
@project_option
@store_option
@source_option
@language_option
@click.option(
    "--reasoner",
    type=click.Choice(["cgkg", "owlrl", "spark"]),
    default="cgkg",
    help="owlrl is the reference: the same facts, some fifty times slower, without proofs. spark"
    " is for what no machine holds.",
)
@spark_options
@validator_option
@lenient_option
@report_errors
def build(
    project: Path | None,
    store: Path | None,
    source: Path | None,
    lang: str,
    reasoner: Any,
    cluster: Any,
    validator: Any,
    lenient: bool,
) -> None:
    """Read, validate, reason and store; nothing is stored if there is a violation."""
    chosen = choose_project(project, "build")
    folder = store or chosen.store
    print_not_read(chosen)
    generation, report = build_graph(
        chosen,
        folder,
        source,
        lenient=lenient,
        engine=reasoner,
        cluster=cluster,
        validator=validator,
        say=say,
    )
    print_left_out(**generation.left_out)
    if report is not None:
        print_warnings(report, lang)
    click.echo(os.fsencode(f"{generation.id}\t{generation.folder}"))


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--out",
    type=OutputPath(),
    required=True,
    help="The N-Triples file to write: stated and inferred triples, sorted. With Spark a folder of"
    " parts, which one after the other are that file.",
)
@click.option(
    "--ontology",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another file to read; axioms count wherever they stand.",
)
@click.option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An OASIS XML catalog that says which file holds which import, asked before the"
    " catalog-v001.xml beside each file.",
)
@click.option(
    "--reasoner",
    type=click.Choice(["cgkg", "owlrl", "spark"]),
    default="cgkg",
    help="owlrl is the reference: the same facts, very much slower, without limits. spark is for"
    " what no machine holds: the same triples from a cluster.",
)
@spark_options
@click.option(
    "--schema",
    is_flag=True,
    help="Write what follows about classes and properties, too: subclasses, domains and so on.",
)
@click.option("--inferred", is_flag=True, help="Write only what the files do not state.")
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this time.")
@click.option("--max-triples", type=click.IntRange(min=0), help="Give up beyond this many triples.")
@lenient_option
@report_errors
def reason(
    files: tuple[Path, ...],
    out: Path,
    ontology: tuple[Path, ...],
    catalog: Path | None,
    reasoner: Any,
    cluster: Any,
    schema: bool,
    inferred: bool,
    max_seconds: float | None,
    max_triples: int | None,
    lenient: bool,
) -> None:
    """Close RDF files of any syntax, and what they import, under the rules of OWL 2 RL.

    The output holds what the files state and what follows from it about individuals; what follows
    about classes and properties is used, and written with --schema. Imports are found by catalogs
    and never fetched. Exits 1 with the list of contradictions if there are any; imports that were
    not read and axioms that no rule is applied to are named on standard error.
    """
    from cgkg.project.imports import Imports
    from cgkg.project.survey import survey_file
    from cgkg.rdf.io import Reading, SkippedStatements
    from cgkg.reasoning.files import ClosureLimits
    from cgkg.reasoning.files import reason as run

    if reasoner != "spark" and out.is_dir():
        raise click.UsageError(f"--out {out} is a folder, and {reasoner} writes a file")
    named = tuple(dict.fromkeys((*ontology, *files)))
    imports = Imports.of([path for file in named for path in survey_file(file)], catalog)
    for error in imports.errors if not lenient else ():
        raise error
    print_imports(imports)
    inputs = [file.path for file in imports.files]
    limits = ClosureLimits(max_seconds, max_triples)
    skipped = SkippedStatements() if lenient else None
    reading = Reading(contexts_beside(inputs), skipped)
    common: dict[str, Any] = {
        "limits": limits,
        "reading": reading,
        "include_schema": schema,
        "only_inferred": inferred,
        "say": say,
    }
    try:
        if reasoner == "spark":
            from cgkg.reasoning.spark.engine import reason as run_on_spark

            reasoned = run_on_spark(inputs, out, cluster=cluster, **common)
        else:
            reasoned = run(inputs, out, engine=reasoner, **common)
    except SourceError as error:
        raise imports.explain(error) from None
    if skipped is not None:
        print_left_out(skipped.count, [error.message for error in skipped.errors])
    for axiom, place in reasoned.unsupported:
        line = f":{place.line}" if place and place.line else ""
        click.echo(f"{place.path}{line}: {axiom.message}" if place else axiom.message, err=True)
    for one in reasoned.inconsistencies:
        click.echo(one.message)
    sys.exit(1 if reasoned.inconsistencies else 0)
