"""The command line: parse, call one function, print. Data to stdout, log to stderr.

Exit codes: 0 done, 1 findings or failure, 2 wrong usage.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from cgkg import __version__
from cgkg.errors import BuildRejectedError, CgkgError, ConfigError, SourceError
from cgkg.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])
_LIBRARIES = ("pyoxigraph", "numpy", "rdflib", "owlrl", "pyshacl", "flask", "waitress")

_project = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Project folder; otherwise the working folder if it has a cgkg.toml, else the project"
    " about five world city clusters that comes with cgkg.",
)
_store = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the built graph [default: build/store in the project folder].",
)
_source = click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The source document, if you have it: its digests are checked and its words are shown.",
)
_lang = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of the findings."
)


def _reported(command: Command) -> Command:
    """Errors of cgkg become one message, a hint and exit code 1; a report is printed whole."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except BuildRejectedError as error:
            click.echo(error.report.text(options.get("lang", "en")), err=True)
            _fail(error)
        except ConfigError as error:
            _fail(error, code=2)
        except CgkgError as error:
            _fail(error)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(1)

    return run  # type: ignore[return-value]  # same signature, kept by wraps


def _fail(error: CgkgError, code: int = 1) -> NoReturn:
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    sys.exit(code)


def _say(stage: str, counts: Mapping[str, int], seconds: float) -> None:
    numbers = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items())
    click.echo(f"{stage:>21}  {numbers}  ({seconds:.2f} s)", err=True)


def _print_warnings(report: Any, lang: Any) -> None:
    for finding in report.warnings:
        click.echo(finding.text(lang), err=True)
    _print_summary(report)


def _print_summary(report: Any) -> None:
    warnings, infos = len(report.warnings), len(report.infos)
    if warnings or infos:
        click.echo(
            f"{'findings':>21}  {warnings} warnings, {infos} infos  (cgkg validate lists them)",
            err=True,
        )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cgkg")
def main() -> None:
    """A policy document as a knowledge graph in which every statement leads to the clause it
    comes from and every inference to its proof.

    Start with `cgkg serve`: it builds the graph and shows it in your browser.
    """


@main.command()
@_project
@_store
@_source
@_lang
@click.option(
    "--reasoner",
    type=click.Choice(["cgkg", "owlrl"]),
    default="cgkg",
    help="owlrl is the reference: the same facts, some fifty times slower, without proofs.",
)
@_reported
def build(
    project: Path | None, store: Path | None, source: Path | None, lang: str, reasoner: Any
) -> None:
    """Read, validate, reason and store; nothing is stored if there is a violation."""
    from cgkg.build import build as run

    found = Project.find(project)
    generation, report = run(found, store or found.store, source=source, engine=reasoner, say=_say)
    _print_warnings(report, lang)
    click.echo(f"{generation.id}\t{generation.folder}")


@main.command()
@_project
@_source
@_lang
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@_reported
def validate(project: Path | None, source: Path | None, lang: Any, as_json: bool) -> None:
    """Check the project and list every finding; store nothing. Exits 1 on a violation."""
    from cgkg.build import check, open_text

    found = Project.find(project)
    report = check(found, text=open_text(found, source), say=_say).report
    if as_json:
        rows = [finding.as_dict() for finding in report.findings]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        click.echo(report.text(lang))
    sys.exit(0 if report.conforms else 1)


@main.command()
@_project
@_source
@_lang
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_reported
def check(project: Path | None, source: Path | None, lang: Any, as_json: bool) -> None:
    """Everything to know before committing: files, names, spans, shapes, closure, questions.

    One line per finding, with its file and line. Exits 1 on a violation or a failed question.
    """
    from cgkg.inspection import inspect

    found = inspect(Project.find(project), source=source, say=_say)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        for finding in found.report.findings:
            click.echo(finding.line_text(lang))
    click.echo(
        f"{'checked':>21}  {len(found.report.violations)} violations,"
        f" {len(found.report.warnings)} warnings, {len(found.report.infos)} infos;"
        f" {found.passed} of {found.asked} questions passed",
        err=True,
    )
    sys.exit(0 if found.sound else 1)


@main.command()
@click.argument("query")
@_project
@_store
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "xml", "csv", "tsv", "ttl", "nt", "rdf", "jsonld"]),
    help="Output [default: table for SELECT and ASK, ttl for CONSTRUCT and DESCRIBE].",
)
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True)
@click.option("--asserted", is_flag=True, help="Ask the asserted facts only, nothing inferred.")
@_reported
def query(
    query: str,
    project: Path | None,
    store: Path | None,
    form: str | None,
    timeout: float,
    asserted: bool,
) -> None:
    """Answer a SPARQL query: a file's path, - for standard input, or the query itself."""
    from cgkg.ask import ask

    found = Project.find(project)
    answer = ask(_current(store or found.store), _query_text(query), form, timeout, asserted)
    sys.stdout.buffer.write(answer)
    if not answer.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _query_text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if "{" in given or "\n" in given:
        return given
    try:
        return Path(given).read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"{given}: {error.strerror}", hint="give a file, - or a query such as 'SELECT …'"
        ) from None


@main.command()
@_project
@_store
@_source
@_lang
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True)
@_reported
def serve(
    project: Path | None,
    store: Path | None,
    source: Path | None,
    lang: str,
    host: str,
    port: int,
    workers: int,
    timeout: float,
) -> None:
    """Build the graph if it changed, then serve pages and the SPARQL endpoint."""
    from cgkg.build import build as run
    from cgkg.serving import Address, serve_generation

    found = Project.find(project)
    address = Address.claim(host, port)
    generation, report = run(found, store or found.store, source=source, say=_say)
    _print_summary(report)
    serve_generation(
        generation,
        found,
        address,
        source=source,
        workers=workers,
        timeout=timeout,
        ready=_announce,
    )


def _announce(url: str) -> None:
    click.echo(f"{'serving':>21}  {url}  (SPARQL at {url}sparql; Ctrl-C stops)", err=True)
    click.echo(url)


@main.command()
@_project
@_store
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_reported
def info(project: Path | None, store: Path | None, as_json: bool) -> None:
    """Generation, counts per layer and class, versions, digests of the inputs."""
    found = Project.find(project)
    generation = _current(store or found.store)
    content = {
        **generation.manifest,
        "store": str(generation.folder),
        "versions": {"python": platform.python_version(), **_versions()},
    }
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))
    else:
        _print_table(content)


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "?"
    return found


def _print_table(content: Mapping[str, Any], indent: str = "") -> None:
    for key, value in content.items():
        if isinstance(value, Mapping):
            click.echo(f"{indent}{key}")
            _print_table(value, indent + "  ")
        else:
            click.echo(f"{indent}{key:<40} {value}")


@main.command()
@click.argument("fact", required=False)
@_project
@_store
@_lang
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
    help="Instead of a fact, every contradiction in the project's files as they are.",
)
@_reported
def explain(
    fact: str | None,
    project: Path | None,
    store: Path | None,
    lang: str,
    form: str,
    as_json: bool,
    count: int,
    inconsistencies: bool,
) -> None:
    """Why a fact holds: rules, axioms, and the clauses it rests on.

    FACT is "SUBJECT PROPERTY VALUE": names with a known prefix (place:seoul), <IRIs>, `a`, or for
    the value a literal ("text"@en). Exits 1 if it does not follow; with --inconsistencies, if
    there are any.
    """
    from cgkg.build import reason, reclose
    from cgkg.explain import Explanation, contradictions, explained, written

    found = Project.find(project)
    if inconsistencies == (fact is not None):
        raise ConfigError("give a fact or --inconsistencies, one of the two")
    answer: Explanation | tuple[Explanation, ...]
    if fact is None:
        graph, closure = reason(found)
        answer = contradictions(closure)
    else:
        triple = _triple(fact)
        generation = _current(store or found.store)
        graph = generation.open()
        answer = explained(triple, graph, reclose(generation).explain_all, count)
    form = "json" if as_json else form
    click.echo(written(answer, form, graph, lang, found.base), nl=False)
    sys.exit(1 if inconsistencies and answer else 0)


def _triple(text: str) -> Any:
    from cgkg.notation import read_triple

    try:
        return read_triple(text)
    except ValueError as error:
        raise ConfigError(
            str(error), hint="write 'place:seoul a cg:City', with prefixes, <IRIs> or literals"
        ) from None


@main.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The N-Triples file to write: asserted and inferred triples, sorted.",
)
@click.option(
    "--ontology",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another file to read; axioms count wherever they stand.",
)
@click.option(
    "--reasoner",
    type=click.Choice(["cgkg", "owlrl"]),
    default="cgkg",
    help="owlrl is the reference: the same facts, very much slower, without limits.",
)
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this time.")
@click.option("--max-triples", type=click.IntRange(min=0), help="Give up beyond this many triples.")
@_reported
def reason(
    files: tuple[Path, ...],
    out: Path,
    ontology: tuple[Path, ...],
    reasoner: Any,
    max_seconds: float | None,
    max_triples: int | None,
) -> None:
    """Close RDF files of any syntax under the rules of OWL 2 RL.

    Exits 1 with the list of contradictions if there are any; axioms that no rule uses are named on
    standard error.
    """
    from cgkg.reason import Limits
    from cgkg.reason import reason as run

    inputs = tuple(dict.fromkeys((*ontology, *files)))
    limits = Limits(max_seconds, max_triples)
    found = run(inputs, out, engine=reasoner, limits=limits, say=_say)
    for axiom, place in found.unsupported:
        line = f":{place.line}" if place and place.line else ""
        click.echo(f"{place.path}{line}: {axiom.message}" if place else axiom.message, err=True)
    for one in found.inconsistencies:
        click.echo(one.message)
    sys.exit(1 if found.inconsistencies else 0)


@main.command()
@_project
@_source
@click.option("--json", "as_json", is_flag=True, help="As JSON, with a row for every sentence.")
@click.option("--write", is_flag=True, help="Write the mention table anew; needs the document.")
@_reported
def coverage(project: Path | None, source: Path | None, as_json: bool, write: bool) -> None:
    """Which graphs cite each sentence, and what no statement mentions. Exits 1 on a gap."""
    from cgkg.build import open_text
    from cgkg.coverage import cover, write_mentions
    from cgkg.sources import load

    found = Project.find(project)
    text = open_text(found, source)
    if write:
        if text is None:
            raise ConfigError("the document is not at hand", hint="give --source FILE")
        write_mentions(found, text)
    result = cover(load(found), text)
    if as_json:
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(result.lines()))
    sys.exit(0 if result.whole else 1)


@main.command()
@click.argument("before")
@click.argument("after")
@_project
@_lang
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def diff(before: str, after: str, project: Path | None, lang: Any, as_json: bool) -> None:
    """What an edit changes: statements and inferences added (+), removed (-), cited anew (~).

    BEFORE and AFTER are project folders, stores, generations, or REV: for the project as it was
    in a git revision (HEAD: is the last commit). Exits 0 if nothing differs, 1 if something does,
    2 if a side cannot be read.
    """
    from cgkg.difference import difference, open_side

    try:
        found = Project.find(project)
        result = difference(open_side(before, found), open_side(after, found))
    except CgkgError as error:
        _fail(error, code=2)
    if as_json:
        click.echo(json.dumps(result.as_dict(lang), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(result.lines(lang)))
    sys.exit(1 if result.changes else 0)


@main.command()
@click.argument("words", required=False)
@_project
@_source
@click.option(
    "--relocate",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="OLD NEW",
    help="Say where every span of the project stands in a corrected edition of the document.",
)
@click.option(
    "--write",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="With --relocate: write the data for the new edition into this folder.",
)
@click.option("--partial", is_flag=True, help="Write although some spans have no place.")
@click.option("--json", "as_json", is_flag=True, help="With --relocate: as JSON.")
@_reported
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

    Needs the document: --source FILE, or a copy in the project's texts/ folder.

    With --relocate OLD NEW it says instead where the spans of the project stand in a corrected
    edition, and exits 1 if it cannot tell for some. The project itself is never changed.
    """
    if (words is None) == (relocate is None):
        raise click.UsageError("give either the words to look for or --relocate OLD NEW")
    if relocate is None and (write or partial or as_json):
        raise click.UsageError("--write, --partial and --json go with --relocate")
    found = Project.find(project)
    if relocate:
        _relocate(found, *relocate, write, partial, as_json)
    else:
        _headers(found, words or "", source)


def _headers(project: Project, words: str, source: Path | None) -> None:
    from cgkg.build import open_text
    from cgkg.evidence import block_headers
    from cgkg.sources import load

    text = open_text(project, source)
    if text is None:
        raise ConfigError(
            "the document is not at hand", hint="give --source FILE or put it into texts/"
        )
    headers = list(block_headers(words, text, load(project).tables.values()))
    if not headers:
        raise SourceError(
            "these words do not occur in it",
            path=source or "the document",
            hint="copy them exactly, blanks and punctuation included",
        )
    click.echo("\n\n".join(headers))


def _relocate(
    project: Project, old: Path, new: Path, write: Path | None, partial: bool, as_json: bool
) -> None:
    from cgkg.relocation import relocate, rewrite
    from cgkg.sources import load

    found = relocate(load(project), old, new)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(found.lines()))
    if write:
        for path in rewrite(found, project, write, partial=partial):
            click.echo(f"wrote {path}", err=True)
        click.echo(
            "sentences may be numbered anew: check the tables in data/source that name them",
            err=True,
        )
    sys.exit(0 if found.complete else 1)


@main.command()
@_project
@_store
@click.option(
    "--merged",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Write ontology, individuals and evidence into this one Turtle file, for Protégé.",
)
@_reported
def export(project: Path | None, store: Path | None, merged: Path) -> None:
    """Write the built graph for other tools."""
    from cgkg.export import merged as content

    found = Project.find(project)
    body = content(_current(store or found.store))
    try:
        merged.write_bytes(body)
    except OSError as error:
        raise ConfigError(f"cannot write {merged}: {error.strerror}") from None
    click.echo(f"{merged}: {len(body):,} bytes", err=True)


def _current(folder: Path) -> Any:
    from cgkg.store import GenerationStore

    return GenerationStore(folder).current()
