"""Candidates: statements that tools propose, until a person accepts or rejects them."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cgkg.cli.common import project_option, report_errors, source_option
from cgkg.cli.project import choose_project
from cgkg.errors import without_ontology

if TYPE_CHECKING:
    from cgkg.intake.annotations.formats import ReadProposals
    from cgkg.intake.deciding import AddedCandidates, Decision
    from cgkg.intake.offering import CandidateFilter, OfferedCandidate
    from cgkg.project.folder import Project

Command = TypeVar("Command", bound=Callable[..., Any])
_STATUSES = ("waiting", "accepted", "rejected", "all")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?")
_SHOWN = 60  # characters of a quote
_FILTERS = (
    click.option("--document", help="Those whose clause is in this document."),
    click.option("--section", help="Those whose clause is in the section of this number."),
    click.option("--class", "class_", metavar="NAME", help="Those about something of this class."),
    click.option("--property", "property_", metavar="NAME", help="Those that state this property."),
    click.option("--extractor", metavar="WORDS", help="Those proposed by whoever is called so."),
    click.option(
        "--confidence", type=click.FloatRange(0, 1), metavar="NUMBER",
        help="Those whose tool says that it is at least so sure.",
    ),
    click.option("--file", "table", metavar="NAME", help="Those of one table in candidates/."),
)  # fmt: skip


def filters(command: Command) -> Command:
    """The command with the options that say which candidates are meant."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@project_option
@source_option
@click.option(
    "--status", type=click.Choice(_STATUSES), default="waiting", show_default=True,
    help="Those of which this was decided.",
)  # fmt: skip
@filters
@click.pass_context
@report_errors
def candidates(
    context: click.Context,
    /,
    project: Path | None,
    source: Path | None,
    status: str,
    **chosen: Any,
) -> None:
    """List the statements that tools propose, and how each would end if it were accepted.

    They are in candidates/, a table for each file that was added, and not in the graph until a
    person accepts them.
    """
    context.obj = project
    if context.invoked_subcommand is not None:
        return
    from cgkg.intake.candidates import read_candidates
    from cgkg.intake.offering import CandidateRows
    from cgkg.project.sources import load
    from cgkg.project.texts import open_texts

    here = _project(None, project)
    rows = CandidateRows(load(here), open_texts(here, source))
    rows.terms.check()
    held = [each for file in read_candidates(here) for each in file.candidates]
    chosen_rows = rows.choose(held, _filter(status=status, **chosen))
    for each in chosen_rows:
        click.echo("\n".join(_lines(each, here.languages[0])))
    click.echo(f"{'candidates':>21}  {len(chosen_rows)} of {len(held)}", err=True)


@candidates.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@project_option
@click.option("--model", metavar="NAME", help="The model or program that proposed them.")
@click.option("--annotator", metavar="NAME", help="The person who proposed them.")
@click.option("--at", "when", metavar="TIME", help="When, as 2026-05-01 or 2026-05-01T12:00:00Z.")
@click.option("--document", metavar="NAME", help="The document that they are about.")
@click.option("--to", "name", metavar="NAME", help="The table that they go into [default: FILE's].")
@click.pass_context
@report_errors
def add(
    context: click.Context,
    files: tuple[Path, ...],
    project: Path | None,
    model: str | None,
    annotator: str | None,
    when: str | None,
    document: str | None,
    name: str | None,
) -> None:
    """Add what FILES propose to the candidates.

    FILES are LangExtract JSONL, W3C Web Annotations (Recogito, Hypothes.is), brat (.ann, the .txt
    beside it), INCEpTION's JSON, Label Studio JSON, or JSONL of spaCy, Prodigy or doccano. What is
    there already is not added again. Names of classes and properties that the project does not know
    go into candidates/names.csv, for you to say what they mean.
    """
    from cgkg.intake.annotations.formats import read_proposals
    from cgkg.intake.annotations.proposals import ProposalOrigin
    from cgkg.intake.deciding import plan_candidates
    from cgkg.intake.importing import write_changes

    if model and annotator:
        raise click.UsageError("give --model or --annotator")
    if when and not _TIME.fullmatch(when):
        raise click.UsageError("--at is a date or a time, as 2026-05-01 or 2026-05-01T12:00:00Z")
    here = _project(project, context.obj)
    companions = {path.with_suffix(".txt") for path in files if path.suffix.lower() == ".ann"}
    read = {path: read_proposals(path) for path in files if path not in companions}
    origin = ProposalOrigin(
        "software" if model else "person" if annotator else "",
        model or annotator or "", when or "", "", document or "",
    )  # fmt: skip
    added = plan_candidates(here, read, origin=origin, name=name or "")
    for path in write_changes(added.changes):
        click.echo(f"wrote {path}", err=True)
    _tell_added(added, read)


@candidates.command()
@click.argument("ids", nargs=-1)
@project_option
@source_option
@filters
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@click.option("--by", metavar="NAME", help="Who accepts [default: the user of this machine].")
@click.option(
    "--register", is_flag=True, help="Register what the project does not know, with its class."
)
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff; write nothing.")
@click.pass_context
@report_errors
def accept(
    context: click.Context,
    /,
    ids: tuple[str, ...],
    project: Path | None,
    source: Path | None,
    everything: bool,
    by: str | None,
    register: bool,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Write the candidates of these IDS, or those that the options mean, into the project.

    They go the way of a sheet's rows: each check of a build is passed, or the candidate waits with
    what is wrong in its table, where it can be corrected. Exits 1 if one does.
    """
    from cgkg.intake.deciding import plan_acceptance
    from cgkg.project.texts import open_texts

    wanted = _filter(ids=ids, **chosen)
    _refuse_all(wanted, everything)
    here = _project(project, context.obj)
    decision = plan_acceptance(
        here, wanted, open_texts(here, source), by=by or _user(), at=_now(), register=register
    )
    _carry_out(here, decision, ids, dry_run=dry_run, done="accepted")


@candidates.command()
@click.argument("ids", nargs=-1)
@project_option
@source_option
@filters
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@click.option("--by", metavar="NAME", help="Who rejects [default: the user of this machine].")
@click.option("--why", metavar="WORDS", help="A comment that is kept.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff; write nothing.")
@click.pass_context
@report_errors
def reject(
    context: click.Context,
    /,
    ids: tuple[str, ...],
    project: Path | None,
    source: Path | None,
    everything: bool,
    by: str | None,
    why: str | None,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Reject the candidates of these IDS, or those that the options mean; they are kept as such."""
    from cgkg.intake.deciding import plan_rejection
    from cgkg.project.texts import open_texts

    wanted = _filter(ids=ids, **chosen)
    _refuse_all(wanted, everything)
    here = _project(project, context.obj)
    decision = plan_rejection(
        here, wanted, open_texts(here, source), by=by or _user(), at=_now(), comment=why or ""
    )
    _carry_out(here, decision, ids, dry_run=dry_run, done="rejected")


@candidates.command()
@project_option
@click.pass_context
@report_errors
def prov(context: click.Context, project: Path | None) -> None:
    """Print who proposed and who decided what, and when, as PROV-O in Turtle."""
    from cgkg.intake.candidates import read_candidates
    from cgkg.intake.provenance import provenance
    from cgkg.rdf.turtle import write_turtle

    here = _project(project, context.obj)
    held = [each for file in read_candidates(here) for each in file.candidates]
    click.echo(write_turtle(provenance(here, held), here.prefixes), nl=False)


def _project(named: Path | None, outer: Path | None) -> Project:
    chosen = choose_project(named or outer, "candidates")
    if chosen.bare:
        raise without_ontology(chosen.folder)
    return chosen


def _filter(
    *,
    ids: tuple[str, ...] = (),
    status: str = "waiting",
    document: str | None,
    section: str | None,
    class_: str | None,
    property_: str | None,
    extractor: str | None,
    confidence: float | None,
    table: str | None,
) -> CandidateFilter:
    from cgkg.intake.candidates import CandidateStatus
    from cgkg.intake.offering import CandidateFilter

    return CandidateFilter(
        ids, None if status == "all" else CandidateStatus(status), document or "", section or "",
        class_ or "", property_ or "", extractor or "", confidence, table or "",
    )  # fmt: skip


def _refuse_all(wanted: CandidateFilter, everything: bool) -> None:
    if not wanted.conditions and not everything:
        raise click.UsageError("say which: IDS, an option such as --extractor, or --all")


def _tell_added(added: AddedCandidates, read: Mapping[Path, ReadProposals]) -> None:
    """Say what of each file was added, and which names mean nothing yet."""
    for path, (new, old) in added.counts.items():
        there = f", {old} already there" if old else ""
        click.echo(f"{path}: {read[path].format}, {new} candidates{there}", err=True)
        for why, count in read[path].left_out.items():
            click.echo(f"{'left out':>21}  {count}: {why}", err=True)
    for one in added.unknown:
        near = f"; near is {one.near}" if one.near else ""
        click.echo(f"{'unknown ' + one.kind:>21}  {one.name}{near}", err=True)
    if added.unknown:
        click.echo("say what these names mean in candidates/names.csv", err=True)


def _carry_out(
    project: Project, decision: Decision, ids: tuple[str, ...], *, dry_run: bool, done: str
) -> None:
    """Write what was decided, or show it, and say how each ended."""
    from cgkg.intake.importing import write_changes
    from cgkg.intake.reviewing import told
    from cgkg.intake.rows import RowStatus
    from cgkg.rdf.notation import abbreviate_text

    known = {each.candidate["id"] for each in decision.chosen}
    for one in ids:
        if one not in known:
            click.echo(f"{one}: no candidate of this id waits", err=True)
    bad = 0
    for each, outcome in zip(decision.chosen, decision.outcomes, strict=False):
        if outcome.status is not RowStatus.OK:
            bad += 1
            said = told(outcome, project.languages[0])
            name, path = each.candidate["id"], each.candidate.path
            place = f"{path.parent.name}/{path.name}:{each.candidate.number}"
            click.echo(abbreviate_text(f"{place}: {name}: {said}", project.prefixes))
    if dry_run:
        for change in decision.changes:
            click.echo(change.diff(), nl=False)
    else:
        for path in write_changes(decision.changes):
            click.echo(f"wrote {path}", err=True)
    if decision.held_back:
        said = abbreviate_text(decision.held_back, project.prefixes)
        click.echo(f"{'held back':>21}  {said}", err=True)
    count = 0 if decision.held_back else len(decision.chosen) - bad
    still = f", {bad} wait" if bad else ""
    click.echo(f"{'would be ' * dry_run + done:>21}  {count}{still}", err=True)
    missing = any(one not in known for one in ids)
    sys.exit(1 if bad or decision.held_back or missing else 0)


def _lines(each: OfferedCandidate, language: str) -> list[str]:
    """A candidate for people: what it states, its quote, who proposed it, and what is wrong."""
    from cgkg.intake.reviewing import told

    held, outcome = each.candidate, each.outcome
    stated = " | ".join(held[name] for name in ("subject", "property", "value"))
    place = f"{each.document} {each.section}".strip()
    who = " ".join(filter(None, [held["attributed_to"], held["confidence"]]))
    quote = " ".join(held["quote"].split())
    quote = f"{quote[:_SHOWN]}\u2026" if len(quote) > _SHOWN else quote
    lines = [f"{held['id']}  {held.status.value}  {stated}"]
    lines.append(f"    \u201c{quote}\u201d  {'  '.join(filter(None, [place, who]))}".rstrip())
    if held.status.value == "waiting" and outcome.resolved is None:
        lines.append(f"    {told(outcome, language)}")
    return lines


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _now() -> Any:
    import datetime

    return datetime.datetime.now(datetime.UTC)
