"""Commands that look after the files of a project: check, compare, cite, format."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from cgkg.cli.common import (
    fail,
    language_option,
    project_option,
    report_errors,
    say,
    source_option,
    validator_option,
)
from cgkg.cli.project import choose_project
from cgkg.errors import CgkgError, ConfigError, without_ontology
from cgkg.project.folder import Project


@click.command()
@project_option
@source_option
@language_option
@validator_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--fix", is_flag=True, help="Print the changes that put findings right, each of them tried."
)
@click.option("--write", is_flag=True, help="With --fix: make the changes.")
@report_errors
def check(
    project: Path | None,
    source: Path | None,
    lang: Any,
    validator: Any,
    as_json: bool,
    fix: bool,
    write: bool,
) -> None:
    """Everything to know before committing: files, names, spans, shapes, closure, questions.

    One line per finding, with its file and line. Exits 1 on a violation or a failed question.

    With --fix it prints instead a diff that puts findings right: misspelt names, literals of
    another datatype, values that are nearly an allowed one, pairs in the wrong order, one value in
    several forms where there may be only one, numbers that slipped from the only one in the words
    of their clause. Each change was tried on a copy: its findings are
    gone there, and there is no new violation or warning. Nothing is written without --write. Exits
    1 if a violation is left.
    """
    if write and not fix:
        raise click.UsageError("--write goes with --fix")
    if fix:
        _fix(choose_project(project, "check --fix"), source, write)
    from cgkg.authoring.check import inspect
    from cgkg.rdf.notation import abbreviate_text

    chosen = choose_project(project, "check")
    inspection = inspect(chosen, source=source, validator=validator, say=say)
    if as_json:
        click.echo(json.dumps(inspection.as_dict(), ensure_ascii=False, indent=1))
    else:
        for finding in inspection.report.findings:
            click.echo(abbreviate_text(finding.line_text(lang), chosen.prefixes))
    click.echo(
        f"{'checked':>21}  {len(inspection.report.violations)} violations,"
        f" {len(inspection.report.warnings)} warnings, {len(inspection.report.infos)} infos;"
        f" {inspection.passed} of {inspection.asked} questions passed",
        err=True,
    )
    sys.exit(0 if inspection.sound else 1)


def _fix(project: Project, source: Path | None, write: bool) -> NoReturn:
    from cgkg.authoring.fixing import find_fixes
    from cgkg.authoring.formatting import write as write_file
    from cgkg.project.texts import open_texts

    fixes = find_fixes(project, open_texts(project, source))
    for change in fixes.changes:
        click.echo(change.diff(), nl=False)
        if write:
            write_file(change)
    done = "put right" if write else "would be put right"
    click.echo(f"{'fixed':>21}  {len(fixes.fixed)} findings {done}, {fixes.left} left", err=True)
    sys.exit(1 if fixes.left or (fixes.fixed and not write) else 0)


@click.command()
@project_option
@source_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, with a row for every sentence.")
@click.option(
    "--write",
    is_flag=True,
    help="Write the mention tables of the documents at hand anew, or that of --source.",
)
@report_errors
def coverage(project: Path | None, source: Path | None, as_json: bool, write: bool) -> None:
    """Which graphs cite each sentence, and what no statement mentions. Exits 1 on a gap."""
    from cgkg.project.sources import load
    from cgkg.project.texts import open_text, open_texts
    from cgkg.validation.coverage import cover, write_mentions

    chosen = choose_project(project, "coverage")
    text = open_texts(chosen, source)
    if write:
        if text is None or not text.texts:
            raise ConfigError("the document is not at hand", hint="give --source FILE")
        write_mentions(chosen, (source and open_text(chosen, source)) or text)
    result = cover(load(chosen), text)
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(result.lines(text)))
    sys.exit(0 if result.whole else 1)


@click.command()
@click.argument("before")
@click.argument("after")
@project_option
@language_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def diff(before: str, after: str, project: Path | None, lang: Any, as_json: bool) -> None:
    """What an edit changes: statements and inferences added (+), removed (-), cited anew (~).

    BEFORE and AFTER are project folders, stores, generations, releases, or REV: for the project as
    it was in a git revision (HEAD: is the last commit). Exits 0 if nothing differs, 1 if something
    does, 2 if a side cannot be read.
    """
    from cgkg.authoring.difference import compare, open_side

    try:
        of_git = any(side.endswith(":") for side in (before, after))
        chosen = choose_project(project, "diff REV:") if of_git else None
        result = compare(open_side(before, chosen), open_side(after, chosen))
    except CgkgError as error:
        fail(error, code=2)
    if as_json:
        click.echo(json.dumps(result.as_dict(lang), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(result.lines(lang)))
    sys.exit(1 if result.changes else 0)


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@project_option
@click.option(
    "--check", is_flag=True, help="Write nothing: print the diff, exit 1 if there is one."
)
@click.option(
    "--from",
    "edited",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Bring an edit back: a module or the merged file as Protégé saved it (.ttl, .rdf, .owl).",
)
@click.option(
    "--resolve",
    is_flag=True,
    help='Put spans in the place of quotations such as garden:"its words" in drafts.',
)
@source_option
@click.option("--drop-comments", is_flag=True, help="Do without comments that have no place.")
@click.option(
    "--drop-facts", is_flag=True, help="With --from: do without what no file has a place for."
)
@click.option(
    "--shapes",
    is_flag=True,
    help="Make shapes/required/generated.ttl: domains, ranges and functional properties as shapes.",
)
@report_errors
def fmt(
    files: tuple[Path, ...],
    project: Path | None,
    check: bool,
    edited: Path | None,
    resolve: bool,
    source: Path | None,
    drop_comments: bool,
    drop_facts: bool,
    shapes: bool,
) -> None:
    """Write the ontology's Turtle in one stable order, its catalog, and the shapes it implies.

    Without FILES: the modules in ontology/, the concept schemes, catalog-v001.xml, and
    shapes/required/generated.ttl if it is there; all other files of Turtle and TriG get the
    prefixes that they use declared, as cgkg.toml has them, and lose the others. With --from, each
    axiom that differs goes into the file that owns its term; what is said of individuals in data/
    has no place there: it is listed, and nothing is written unless you say --drop-facts.

    With --resolve it looks up the quotations that a draft has in the place of spans, in the
    documents at hand, and writes positions and digests instead. Words that are only much like those
    of the document are shown, and words that stand in several places; then nothing is written.
    """
    from cgkg.authoring.edits import bring_back
    from cgkg.authoring.formatting import changes, write

    if edited and files:
        raise click.UsageError("give either FILES or --from")
    if edited and resolve:
        raise click.UsageError("give either --resolve or --from")
    if source and not resolve:
        raise click.UsageError("--source goes with --resolve")
    if shapes and (edited or files):
        raise click.UsageError("--shapes is for the whole project: give neither FILES nor --from")
    chosen = choose_project(project, "fmt")
    if chosen.bare and not files:
        raise without_ontology(chosen.folder)
    if resolve:
        _resolve(chosen, files, source, check)
    edit = bring_back(chosen, edited) if edited else None
    if edit:
        _print_rest(edit)
        if edit.facts and not (check or drop_facts):
            raise CgkgError(
                f"nothing written: no file of the ontology has a place for {len(edit.facts)} of the"
                " statements that differ",
                hint="make these edits in data/; --drop-facts takes the others without them",
            )
    wanted = (
        edit.changes
        if edit
        else list(changes(chosen, files, drop_comments=drop_comments, with_shapes=shapes))
    )
    for change in wanted:
        if check:
            click.echo(change.diff(), nl=False)
        else:
            write(change)
            click.echo(f"wrote {change.path}", err=True)
    sys.exit(1 if check and (wanted or (edit and edit.facts and not drop_facts)) else 0)


def _resolve(project: Project, files: tuple[Path, ...], source: Path | None, check: bool) -> None:
    """Resolve drafts; go on to the rest of the work if they are written."""
    from cgkg.authoring.drafts import resolve_drafts
    from cgkg.authoring.formatting import write

    done = resolve_drafts(project, files, source)
    for problem in done.problems:
        click.echo(f"error: {problem.message}", err=True)
        for line in problem.hint.splitlines():
            click.echo(f"  hint: {line}", err=True)
    if done.problems:
        raise CgkgError(
            f"nothing written: {len(done.problems)} quotations have no place of their own",
            hint="correct them in the draft",
        )
    for change in done.changes:
        if check:
            click.echo(change.diff(), nl=False)
        else:
            write(change)
            click.echo(f"wrote {change.path}", err=True)
    click.echo(f"{'resolved':>21}  {done.resolved} quotations", err=True)
    if check and done.changes:
        sys.exit(1)


def _print_rest(edit: Any) -> None:
    for line in edit.placed:
        click.echo(f"note: {line}", err=True)
    if edit.facts:
        click.echo(
            "not the ontology's: facts about individuals stand in data/, edit them there", err=True
        )
        for line in edit.facts:
            click.echo(f"  {line}", err=True)
