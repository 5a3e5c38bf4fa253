"""What the commands share: options, how errors are told, and how a report is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from cgkg.errors import BuildRejectedError, CgkgError, ConfigError
from cgkg.languages import SOURCE, known, lookup, pick
from cgkg.project.folder import Project
from cgkg.project.location import carried, refuse_installed
from cgkg.validation.engines import VALIDATORS

if TYPE_CHECKING:
    from cgkg.project.imports import Imports

CARRIED = "carried"
_NAMES = 5  # files named for each reason
_STATEMENTS = 20

Command = TypeVar("Command", bound=Callable[..., Any])


class ProjectFolder(click.Path):
    """A project's folder, or the word that names the project in the package.

    A folder of that name goes first: what is written down somewhere keeps its meaning.
    """

    def __init__(self) -> None:
        super().__init__(exists=True, file_okay=False, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The folder as a path."""
        if value == CARRIED and not Path(value).is_dir():
            return carried()
        return super().convert(value, param, ctx)


class OutputPath(click.Path):
    """A file or folder to write, outside the installed package."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The path; a usage error for one inside the package."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        try:
            refuse_installed(path)
        except ConfigError as error:
            self.fail(error.message, param, ctx)
        return path


validator_option = click.option(
    "--validator",
    type=click.Choice(VALIDATORS),
    default=VALIDATORS[0],
    help="Who validates by the shapes; pyshacl is the reference, some hundred times slower.",
)


def spark_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of `--reasoner spark`, which the command gets as `cluster`: None without any."""

    @wraps(command)
    def with_cluster(
        master: str | None,
        work: Path | None,
        conf: tuple[str, ...],
        even_if_small: bool,
        **options: Any,
    ) -> Any:
        if options["reasoner"] != "spark":
            if master or work or conf or even_if_small:
                raise click.UsageError(
                    "--master, --work, --conf and --even-if-small go with --reasoner spark"
                )
            return command(**options, cluster=None)
        from cgkg.reasoning.cluster import Cluster

        wrong = next((one for one in conf if not one.startswith("spark.") or "=" not in one), None)
        if wrong is not None:
            raise click.BadParameter(f"{wrong} is not spark.NAME=VALUE", param_hint="--conf")
        settings = dict(one.split("=", 1) for one in conf)
        cluster = Cluster(master or Cluster.master, work, settings, even_if_small)
        return command(**options, cluster=cluster)

    for option in reversed(_SPARK_OPTIONS):
        with_cluster = option(with_cluster)
    return with_cluster


_SPARK_OPTIONS = (
    click.option(
        "--master",
        metavar="URL",
        help="Of Spark: spark://HOST:PORT, or local[N] for N cores of this machine; all of them"
        " by default.",
    ),
    click.option(
        "--work",
        type=OutputPath(file_okay=False),
        help="Folder for what Spark keeps, seen by all workers: a run that was broken off goes on"
        " from there. By default beside the output, and removed at the end.",
    ),
    click.option(
        "--conf", multiple=True, metavar="NAME=VALUE", help="A setting of Spark, over ours."
    ),
    click.option(
        "--even-if-small",
        is_flag=True,
        help="Let Spark close also what one machine closes sooner.",
    ),
)
project_option = click.option(
    "--project",
    type=ProjectFolder(),
    help="Project folder, or `carried` for the project that comes with cgkg"
    " [default: the working folder or the nearest above it that has a cgkg.toml].",
)
store_option = click.option(
    "--store",
    type=OutputPath(file_okay=False),
    help="Folder of the built graph [default: build/store in the project folder, or the user's"
    " cache folder if that cannot be written].",
)
source_option = click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The source document, if you have it: its digests are checked and its words are shown.",
)

lenient_option = click.option(
    "--lenient",
    is_flag=True,
    help="Leave out statements of Turtle, TriG, N-Triples and N-Quads that are wrong, and say which"
    "; without it the first one is an error.",
)


class Language(click.ParamType):  # type: ignore[type-arg]  # no generic in click 8.1
    """One of the languages that are offered when the command runs."""

    name = "language"

    def __init__(self, offered: Callable[[], Sequence[str]]) -> None:
        self._offered = offered

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """The languages, as click shows a choice."""
        return f"[{'|'.join(self._offered())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The language that suits the value; fails if none does."""
        tag = lookup(self._offered(), str(value))
        if tag is None:
            self.fail(f"{value!r} is not one of {', '.join(self._offered())}.", param, ctx)
        return tag


language_option = click.option(
    "--lang", type=Language(known), default=SOURCE, help="Language of the findings."
)


def report_errors(command: Command) -> Command:
    """The command, with errors of cgkg as one message, a hint and an exit code.

    1 for a failure, 2 for a wrong setting or folder; a report is printed whole.
    """

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except BuildRejectedError as error:
            click.echo(error.report.text(options.get("lang", SOURCE)), err=True)
            fail(error)
        except ConfigError as error:
            fail(error, code=2)
        except CgkgError as error:
            fail(error)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(1)
        except OSError as error:
            if not error.filename:
                raise
            hint = "change its permissions" if isinstance(error, PermissionError) else ""
            fail(CgkgError(f"{error.filename}: {error.strerror}", hint=hint))

    return run  # type: ignore[return-value]  # same signature, kept by wraps


def fail(error: CgkgError, code: int = 1) -> NoReturn:
    """Print the error and its hint on standard error, and exit."""
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    sys.exit(code)


def say(stage: str, counts: Mapping[str, int], seconds: float) -> None:
    """Print a line for a stage on standard error (a `cgkg.progress.Say`)."""
    numbers = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items())
    click.echo(f"{stage:>21}  {numbers}  ({seconds:.2f} s)", err=True)


def print_not_read(project: Project) -> None:
    """Say on standard error what of a bare folder is not read: a line for each reason."""
    if not project.bare:
        return
    by_reason: dict[str, list[str]] = {}
    for name, reason in project.not_read:
        by_reason.setdefault(reason, []).append(name)
    for reason, names in sorted(by_reason.items()):
        more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
        click.echo(f"{'not read':>21}  {', '.join(names[:_NAMES])}{more}  ({reason})", err=True)


def print_imports(imports: Imports) -> None:
    """Say on standard error which imports led nowhere, and what is odd about catalogs."""
    for missing in imports.missing:
        line = f":{missing.line}" if missing.line else ""
        said = f"<{missing.iri}> was not imported: {missing.why}; {missing.hint}"
        click.echo(f"{missing.path}{line}: {said}", err=True)
    for remark in imports.remarks:
        click.echo(f"{remark.path}:{remark.line}: {pick(remark.message, SOURCE)}", err=True)


def print_left_out(count: int, statements: Sequence[str]) -> None:
    """Say on standard error which statements were wrong and left out: the first, and how many."""
    for text in statements[:_STATEMENTS]:
        click.echo(f"{'left out':>21}  {text}", err=True)
    if count > _STATEMENTS:
        click.echo(f"{'left out':>21}  {count:,} statements in all", err=True)


def print_warnings(report: Any, lang: Any) -> None:
    """Print every warning and the summary of a `Report` on standard error."""
    for text in report.told(report.warnings, lang):
        click.echo(text, err=True)
    print_summary(report)


def print_summary(report: Any) -> None:
    """Print how many warnings and infos a `Report` has, if any, on standard error."""
    warnings, infos = len(report.warnings), len(report.infos)
    if warnings or infos:
        click.echo(
            f"{'findings':>21}  {warnings} warnings, {infos} infos  (cgkg validate lists them)",
            err=True,
        )
