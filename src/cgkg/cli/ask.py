"""Commands that ask a built graph."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgkg.cli.common import language_option, project_option, report_errors, store_option
from cgkg.cli.project import choose_graph, choose_project
from cgkg.encoding import decode_query, read_query_file
from cgkg.errors import ConfigError, shown
from cgkg.formats import Format
from cgkg.rdf.vocab import BASE, STANDARD

if TYPE_CHECKING:
    from cgkg.presentation.explanations import Explanation
    from cgkg.project.folder import Project
    from cgkg.store.graph import Graph

_LOOKED_AT = 10_000  # types of things, for an example
_LIBRARIES = ("pyoxigraph", "numpy", "rdflib", "owlrl", "pyshacl", "flask", "uvloop")


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the query.",
)
@project_option
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *(form.key for form in Format)]),
    help="Output [default: table for SELECT and ASK, ttl for CONSTRUCT and DESCRIBE].",
)
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True)
@click.option("--asserted", is_flag=True, help="Ask the asserted facts only, nothing inferred.")
@click.option(
    "--bom", is_flag=True, help="Begin CSV or TSV with a byte order mark, as spreadsheets want it."
)
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="CSV with a byte order mark, and an apostrophe before cells that would be formulas.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Write the answer of a question in queries/competency into expected.json; without a file,"
    " of all that have none.",
)
@report_errors
def query(
    query: str | None,
    file: Path | None,
    project: Path | None,
    store: Path | None,
    form: str | None,
    timeout: float,
    asserted: bool,
    bom: bool,
    spreadsheet: bool,
    record: bool,
) -> None:
    """Answer a SPARQL query: a file's path, - for standard input, or the query itself.

    With --record the answer of a competency question is written down, to be held against later
    graphs by cgkg check: that of the project's files as they are, in the form of the others. Run
    again it writes nothing; an answer that is recorded already is never replaced.
    """
    from cgkg.cli.answer import ask

    if record:
        path = file or (Path(query) if query is not None else None)
        _record(choose_project(project, "query --record"), path)
        return
    if (query is None) == (file is None):
        raise click.UsageError("give a query or --file, one of the two")
    if bom and form not in (Format.CSV.key, Format.TSV.key):
        raise click.UsageError("--bom is for --format csv or tsv")
    if spreadsheet and form != Format.CSV.key:
        raise click.UsageError("--spreadsheet is for --format csv")
    text = _query_text(query) if query is not None else _read(file or Path())
    generation, _ = choose_graph(project, store, "query")
    answer, notes = ask(
        generation, text, form, timeout, asserted, mark=bom, spreadsheet=spreadsheet
    )
    sys.stdout.buffer.write(answer)
    if not answer.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _record(project: Project, path: Path | None) -> None:
    from cgkg.authoring.formatting import write
    from cgkg.authoring.recording import record_answers

    done = record_answers(project, [path] if path else [])
    if done.change:
        write(done.change)
    for name, answer in done.answers.items():
        click.echo(f"{name}: {json.dumps(answer, ensure_ascii=False)}")
    where = f" into {shown(done.change.path)}" if done.change else ""
    click.echo(f"{'recorded':>21}  {len(done.answers)} answers{where}", err=True)


def _query_text(given: str) -> str:
    if given == "-":
        return decode_query(sys.stdin.buffer.read(), "standard input")
    return given if "{" in given or "\n" in given else _read(Path(given))


def _read(path: Path) -> str:
    try:
        return read_query_file(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}", hint="give a file, - or a query such as 'SELECT …'"
        ) from None


@click.command()
@project_option
@store_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@report_errors
def info(project: Path | None, store: Path | None, as_json: bool) -> None:
    """Generation, counts per layer and class, versions, digests of the inputs."""
    generation, _ = choose_graph(project, store, "info")
    content = {
        **generation.manifest,
        "store": shown(generation.folder),
        "versions": {"python": platform.python_version(), **_versions()},
    }
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))
    else:
        _print_table(content)


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # with it comes email

    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "?"
    return versions


def _print_table(content: Mapping[str, Any], indent: str = "") -> None:
    for key, value in content.items():
        if isinstance(value, Mapping):
            click.echo(f"{indent}{key}")
            _print_table(value, indent + "  ")
        else:
            click.echo(f"{indent}{key:<40} {value}")


@click.command()
@click.argument("words", nargs=-1, metavar="[FACT] [FILE]...")
@project_option
@store_option
@language_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ttl"]),
    default="text",
    show_default=True,
    help="ttl is RDF in PROV-O.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--all", "count", type=click.IntRange(1, 1000), default=1, metavar="N",
    help="Up to N different proofs, small ones first.",
)  # fmt: skip
@click.option(
    "--inconsistencies",
    is_flag=True,
    help="Instead of a fact, every contradiction in the FILEs, or in the project's as they are.",
)
@report_errors
def explain(
    words: tuple[str, ...],
    project: Path | None,
    store: Path | None,
    lang: str,
    form: str,
    as_json: bool,
    count: int,
    inconsistencies: bool,
) -> None:
    """Why a fact holds: rules, axioms, and the clauses it rests on.

    FACT is "SUBJECT PROPERTY VALUE": names with a known prefix (my:garden), <IRIs>, `a`, or for
    the value a literal ("text"@en). With FILEs of RDF, why it holds by them alone, axioms among
    them; what cgkg reason wrote into them is proved all the same. Exits 1 if the fact does not
    follow; with --inconsistencies, if there are any.
    """
    from cgkg.pipeline import reason
    from cgkg.presentation.explanations import contradictions, explained, written
    from cgkg.reasoning.stored import reclose

    if len(words) == 3 and not any(map(Path.is_file, map(Path, words))):
        words = (" ".join(words),)  # a fact without its quotation marks
    fact = None if inconsistencies else next(iter(words), None)
    files = tuple(map(Path, words if inconsistencies else words[1:]))
    if fact is None and not (inconsistencies and all(map(Path.is_file, files))):
        raise ConfigError(
            "give a fact or --inconsistencies, one of the two",
            hint="files of RDF may follow; without any, the project is asked",
        )
    answer: Explanation | tuple[Explanation, ...]
    prefixes: Mapping[str, str]
    others: tuple[str, ...] = ()
    if files:
        if project is not None or store is not None:
            raise ConfigError("give files or a project, one of the two")
        answer, asked, prefixes = _explain_by_files(fact, files, count)
        base = BASE
    elif fact is None:
        judged = choose_project(project, "explain --inconsistencies")
        asked, closure = reason(judged)
        answer, base, prefixes = contradictions(closure), judged.base, judged.prefixes
        others = judged.languages
    else:
        generation, _ = choose_graph(project, store, "explain")
        base, prefixes, others = generation.base, generation.prefixes, generation.languages
        asked = generation.open()
        triple = _triple(fact, asked, prefixes, base)
        answer = explained(triple, asked, reclose(generation).explain_all, count, prefixes)
    form = "json" if as_json else form
    click.echo(written(answer, form, asked, lang, base, prefixes, others), nl=False)
    sys.exit(1 if inconsistencies and answer else 0)


def _explain_by_files(
    fact: str | None, files: tuple[Path, ...], count: int
) -> tuple[Explanation | tuple[Explanation, ...], Graph, Mapping[str, str]]:
    """The answer, the graph to tell it with, and the prefixes of the files."""
    from cgkg.presentation.explanations import contradictions, explained, place_leaves
    from cgkg.rdf.io import read_prefixes
    from cgkg.rdf.terms import Quad
    from cgkg.reasoning.files import ExplainedFiles
    from cgkg.store.graph import Graph

    if len(files) == 1 and files[0].is_dir():
        return _explain_by_run(fact, files[0], count)
    read = ExplainedFiles(files)
    quads = [Quad(triple.subject, triple.predicate, triple.object) for triple in read.triples()]
    prefixes = dict(STANDARD)
    for path in files:
        prefixes.update(read_prefixes(path))
    answer: Explanation | tuple[Explanation, ...]
    if fact is None:
        answer = contradictions(read.closure)
    else:
        graph = Graph.of(quads)
        triple = _triple(fact, graph, prefixes, BASE)
        answer = explained(triple, graph, read.closure.explain_all, count, prefixes)
    several = answer if isinstance(answer, tuple) else (answer,)
    return answer, Graph.of([*quads, *place_leaves(several, read.place)]), prefixes


def _explain_by_run(
    fact: str | None, folder: Path, count: int
) -> tuple[Explanation | tuple[Explanation, ...], Graph, Mapping[str, str]]:
    """As `_explain_by_files`, by the work folder of a run on Spark."""
    from cgkg.presentation.explanations import explained
    from cgkg.rdf.terms import Quad, parts
    from cgkg.reasoning.spark.proofs import ProvedRun
    from cgkg.store.graph import Graph

    if fact is None:
        raise ConfigError("a run says its contradictions itself", hint="give a fact")
    run = ProvedRun(folder)
    graph = Graph.of([Quad(*parts(axiom.triple)) for axiom in run.axioms])
    prefixes = dict(STANDARD)
    triple = _triple(fact, graph, prefixes, BASE)
    return explained(triple, graph, run.explain_all, count, prefixes), graph, prefixes


def _triple(text: str, graph: Graph, prefixes: Mapping[str, str], base: str) -> Any:
    from cgkg.rdf.notation import read_triple

    try:
        return read_triple(text, prefixes)
    except ValueError as error:
        raise ConfigError(
            str(error),
            hint=f"write '{_example(graph, prefixes, base)}', with prefixes, <IRIs> or literals",
        ) from None


def _example(graph: Graph, prefixes: Mapping[str, str], base: str) -> str:
    """What kind of thing one of the project's individuals is, as people write it."""
    from cgkg.rdf.notation import abbreviate_text
    from cgkg.rdf.vocab import RDF

    facts = (
        abbreviate_text(f"{triple.subject} a {triple.object}", prefixes)
        for triple in islice(graph.triples(p=RDF.type), _LOOKED_AT)
        if str(triple.subject).startswith(f"<{base}id/")
    )
    return min((fact for fact in facts if "<" not in fact), default="SUBJECT PROPERTY VALUE")
